// SPDX-License-Identifier: MIT
// kernel/proc/futex_pi.c - futexes with priority inheritance.
//
// A lock that nobody waits for is known to programs only. One mutex serialises everything here:
// inheritance follows a chain from owner to owner, each of which may change as long as it is not
// held. Words are read and changed with it held; faults may happen then.
#include "kernel/proc/futex_pi.h"

#include "kernel/abi/errno.h"
#include "kernel/dispatch.h"
#include "kernel/proc/urgency.h"
#include "kernel/riscv/fence.h"
#include "kernel/riscv/irq.h"
#include "mm/objcache.h"
#include "sync/block/mutex.h"

enum { HASH_SHIFT = 6, CHAIN_MAX = 1024, ENTERED = 1 };

// A lock that somebody waits for. guarded by: pi_mutex, as all here.
struct pi_state {
    struct pi_state *next; // in the table
    struct pi_state *next_owned;
    struct futex_key key;
    struct user_thread *owner; // referenced
    struct list waiters;       // of pi_waiter.node, the most urgent first
    bool unsaid;               // the word does not name the owner yet, who forgets the state
};

// On the stack of a thread that waits.
struct pi_waiter {
    struct list node;
    struct user_thread *user;
    struct pi_state *state;
    bool owns;       // it has been given the lock
    bool owner_died; // by an owner that is no more: the word does not say so yet
};

static struct mutex pi_mutex = MUTEX_INIT(pi_mutex);
static struct pi_state *table[1 << HASH_SHIFT] GUARDED_BY(pi_mutex);
static struct objcache state_cache = OBJCACHE_INIT(state_cache, struct pi_state);

static bool is_leaving(const struct user_thread *user)
{
    // relaxed: see futex_exit_pi().
    return atomic_load_explicit(&user->pi_leaving, memory_order_relaxed);
}

// ---- The table ----------------------------------------------------------------------------------

static struct pi_state **slot_of(const struct futex_key *key) REQUIRES(pi_mutex)
{
    uint64_t mixed = ((uint64_t)key->object ^ key->offset) * 0x9e3779b97f4a7c15;
    struct pi_state **slot = &table[mixed >> (64 - HASH_SHIFT)];

    while (*slot != NULL && !futex_key_equal(&(*slot)->key, key)) {
        slot = &(*slot)->next;
    }
    return slot;
}

// relaxed throughout: written under the mutex; see futex_exit_pi() for who looks without.
static struct pi_state *owned_by(const struct user_thread *user)
{
    return atomic_load_explicit(&user->pi, memory_order_relaxed);
}

static void own(struct user_thread *user, struct pi_state *state) REQUIRES(pi_mutex)
{
    state->owner = user;
    state->next_owned = owned_by(user);
    atomic_store_explicit(&user->pi, state, memory_order_relaxed);
}

// Its owner has it no longer. Returns: who that was, still referenced.
static struct user_thread *disown(struct pi_state *state) REQUIRES(pi_mutex)
{
    struct user_thread *user = state->owner;
    struct pi_state *before = owned_by(user);

    if (before == state) {
        atomic_store_explicit(&user->pi, state->next_owned, memory_order_relaxed);
    } else {
        while (before->next_owned != state) {
            before = before->next_owned;
        }
        before->next_owned = state->next_owned;
    }
    state->owner = NULL;
    return user;
}

// Nobody waits any more, and it has no owner here.
static void forget(struct pi_state *state) REQUIRES(pi_mutex)
{
    *slot_of(&state->key) = state->next;
    objcache_free(&state_cache, state);
}

// Release the mutex. The caller's own urgency changes here only, where nothing can preempt it: it
// may have become less urgent than something that never ends.
static void leave(void) RELEASES(pi_mutex)
{
    unsigned long saved = irq_save();

    if (!is_leaving(current()->user)) {
        urgency_apply(current()->user);
    }
    mutex_unlock(&pi_mutex);
    irq_restore(saved);
}

// ---- Inheritance --------------------------------------------------------------------------------

static struct pi_waiter *first_waiter(const struct pi_state *state)
{
    struct list *node = list_first(&state->waiters);

    return node != NULL ? list_entry(node, struct pi_waiter, node) : NULL;
}

// Put `waiter`, which is in no list, behind those who are as urgent.
static void line_up(struct pi_waiter *waiter) REQUIRES(pi_mutex)
{
    struct list *place = waiter->state->waiters.next;
    int urgency = urgency_of(waiter->user);

    while (place != &waiter->state->waiters &&
           urgency_of(list_entry(place, struct pi_waiter, node)->user) >= urgency) {
        place = place->next;
    }
    list_insert_before(place, &waiter->node);
}

// The most urgent who waits for something that `user` owns.
static int inherited(const struct user_thread *user) REQUIRES(pi_mutex)
{
    int most = 0;

    for (struct pi_state *state = owned_by(user); state != NULL; state = state->next_owned) {
        struct pi_waiter *first = first_waiter(state);
        int urgency = first != NULL ? urgency_of(first->user) : 0;

        most = urgency > most ? urgency : most;
    }
    return most;
}

// Who waits for `user`, or its own urgency, has changed: so has its urgency, and that of whoever it
// waits for.
static void propagate(struct user_thread *user) REQUIRES(pi_mutex)
{
    for (unsigned depth = 0; user != NULL && depth < CHAIN_MAX; depth++) {
        struct pi_waiter *waiter = user->pi_waits;

        user->inherited_urgency = inherited(user);
        if (user != current()->user && !is_leaving(user)) {
            urgency_apply(user);
        }
        if (waiter == NULL || waiter->owns) {
            return;
        }
        list_remove(&waiter->node);
        line_up(waiter);
        user = waiter->state->owner;
    }
}

// Does `owner` wait, itself or through others, for `user`?
static bool waits_for(const struct user_thread *owner, const struct user_thread *user)
    REQUIRES(pi_mutex)
{
    for (unsigned depth = 0; depth < CHAIN_MAX; depth++) {
        if (owner == user) {
            return true;
        }
        if (owner->pi_waits == NULL || owner->pi_waits->owns) {
            return false;
        }
        owner = owner->pi_waits->state->owner;
    }
    return true; // too long to tell
}

void futex_pi_reconsider(struct user_thread *user)
{
    mutex_lock(&pi_mutex);
    propagate(user);
    leave();
}

// ---- Taking it ----------------------------------------------------------------------------------

// Make `owner`, whose the lock is, known as that. Returns: the state, with nobody who waits; NULL
// and -ESRCH it leaves, -ENOMEM.
static struct pi_state *make_state(struct user_thread *owner, const struct futex_key *key, int *err)
    REQUIRES(pi_mutex)
{
    struct pi_state *state = objcache_alloc(&state_cache);

    if (state == NULL) {
        *err = -ENOMEM;
        return NULL;
    }
    *state = (struct pi_state){.key = *key};
    list_init(&state->waiters);
    *slot_of(key) = state;
    own(owner, state);
    fence_full(); // pairs with the one in futex_exit_pi()
    if (is_leaving(owner)) {
        (void)disown(state);
        forget(state);
        *err = -ESRCH;
        return NULL;
    }
    return state;
}

static void unmake_state(struct pi_state *state) REQUIRES(pi_mutex)
{
    struct user_thread *owner = disown(state);

    forget(state);
    user_thread_put(owner);
}

// The word names an owner that somebody is about to wait for: have its unlock come here. Returns: 0
// and a state; -EAGAIN the word has changed; -ESRCH the owner is no more; -EFAULT; -ENOMEM.
static int attach(uva_t at, uint32_t value, const struct futex_key *key, struct pi_state **made)
    REQUIRES(pi_mutex)
{
    struct user_thread *owner = user_thread_find((int)(value & FUTEX_TID_MASK));
    uint32_t found;
    int err = -ESRCH;

    *made = owner != NULL ? make_state(owner, key, &err) : NULL;
    if (*made == NULL) {
        if (owner != NULL) {
            user_thread_put(owner);
        }
        return get_user_u32(&found, at) == 0 && found != value ? -EAGAIN : err;
    }
    err = compare_exchange_user_u32(at, value, value | FUTEX_WAITERS, &found);
    err = err == 0 && found != value ? -EAGAIN : err;
    if (err != 0) {
        unmake_state(*made);
    }
    return err;
}

// What take() does if nobody waits yet; `value` is what the word was. Returns: as take(); -EAGAIN:
// it has changed.
static int take_alone(uva_t at, uint32_t value, const struct futex_key *key,
                      struct pi_state **state) REQUIRES(pi_mutex)
{
    uint32_t mine = (uint32_t)current()->tid | (value & FUTEX_OWNER_DIED);
    uint32_t found;
    int err;

    if ((value & FUTEX_TID_MASK) != 0) {
        err = attach(at, value, key, state);
        return err == 0 ? ENTERED : err;
    }
    err = compare_exchange_user_u32(at, value, mine, &found);
    return err == 0 && found != value ? -EAGAIN : err;
}

// Take the lock, or find what to wait for. Returns: 0: taken; ENTERED and *state; -EDEADLK; -ESRCH;
// -EFAULT; -ENOMEM.
static int take(uva_t at, const struct futex_key *key, struct pi_state **state) REQUIRES(pi_mutex)
{
    uint32_t value;
    int err;

    do {
        err = get_user_u32(&value, at);
        if (err != 0) {
            return err;
        }
        if ((value & FUTEX_TID_MASK) == (uint32_t)current()->tid) {
            return -EDEADLK;
        }
        *state = *slot_of(key);
        err = *state != NULL ? ENTERED : take_alone(at, value, key, state);
    } while (err == -EAGAIN);
    return err;
}

// Whoever had the lock died: say in the word that it is the caller's now. Until then the state says
// so, that nobody else takes what looks free.
static int write_owner(uva_t at, struct pi_state *state) REQUIRES(pi_mutex)
{
    uint32_t mine = (uint32_t)current()->tid | FUTEX_WAITERS | FUTEX_OWNER_DIED;
    uint32_t value;
    uint32_t found;
    int err = get_user_u32(&found, at);

    do {
        value = found;
        if (err == 0) {
            err = compare_exchange_user_u32(at, value, mine, &found);
        }
    } while (err == 0 && found != value);
    state->unsaid = false;
    if (list_is_empty(&state->waiters)) {
        unmake_state(state);
    }
    return err;
}

// The wait has ended without the lock.
static void give_up(struct pi_waiter *waiter) REQUIRES(pi_mutex)
{
    struct pi_state *state = waiter->state;

    list_remove(&waiter->node);
    if (list_is_empty(&state->waiters) && !state->unsaid) {
        struct user_thread *owner = disown(state);

        forget(state);
        propagate(owner);
        user_thread_put(owner);
    } else {
        propagate(state->owner);
    }
}

// Wait in waiter->state. Gives up the mutex meanwhile. Returns: 0: the lock is the caller's;
// -errno.
static int wait(struct pi_waiter *waiter, uva_t at, uint64_t deadline_ticks) REQUIRES(pi_mutex)
{
    unsigned long saved = irq_save();

    waiter->user->pi_waits = waiter;
    dispatch_prepare_wait(current());
    mutex_unlock(&pi_mutex);
    int err = dispatch_wait(WAIT_INTERRUPTIBLE, deadline_ticks);
    irq_restore(saved);
    mutex_lock(&pi_mutex);
    waiter->user->pi_waits = NULL;
    if (waiter->owns) { // even if it comes late
        return waiter->owner_died ? write_owner(at, waiter->state) : 0;
    }
    give_up(waiter);
    return err == -EINTR ? -ERESTARTNOINTR : err;
}

long futex_lock_pi(struct futex_word word, uint64_t deadline_ticks)
{
    struct pi_waiter waiter = {.user = current()->user};
    struct futex_key key;
    long err = futex_key_of(word, &key);

    if (err != 0) {
        return err;
    }
    mutex_lock(&pi_mutex);
    err = take(word.at, &key, &waiter.state);
    if (err == ENTERED) {
        bool cycle = waits_for(waiter.state->owner, waiter.user);

        line_up(&waiter);
        propagate(waiter.state->owner);
        if (cycle) {
            give_up(&waiter);
            err = -EDEADLK;
        } else {
            err = wait(&waiter, word.at, deadline_ticks);
        }
    }
    leave();
    return err;
}

long futex_trylock_pi(struct futex_word word)
{
    struct futex_key key;
    struct pi_state *state;
    long err = futex_key_of(word, &key);

    if (err != 0) {
        return err;
    }
    mutex_lock(&pi_mutex);
    err = take(word.at, &key, &state);
    if (err == ENTERED) {
        err = -EAGAIN;
        if (list_is_empty(&state->waiters) && !state->unsaid) {
            unmake_state(state);
        }
    }
    leave();
    return err;
}

// ---- Handing it over ----------------------------------------------------------------------------

// The first who waits has the lock from now on.
static void hand_over(struct pi_state *state, bool owner_died) REQUIRES(pi_mutex)
{
    struct pi_waiter *next = first_waiter(state);
    struct user_thread *old = disown(state);
    unsigned long saved;

    list_remove(&next->node);
    next->owns = true;
    next->owner_died = owner_died;
    state->unsaid = owner_died;
    if (list_is_empty(&state->waiters) && !owner_died) {
        forget(state);
    } else {
        own(user_thread_find(next->user->thread->tid), state); // it waits, so it is there
        propagate(next->user);
    }
    propagate(old);
    user_thread_put(old);
    saved = irq_save();
    (void)dispatch_wake(next->user->thread, 0);
    irq_restore(saved);
}

// Let go of the lock that the word says the caller has. Returns: 0; -EAGAIN it has changed; -EPERM
// it is not the caller's; -EINVAL; -EFAULT.
static int unlock(uva_t at, const struct futex_key *key) REQUIRES(pi_mutex)
{
    struct pi_state *state = *slot_of(key);
    uint32_t value;
    uint32_t found;
    int err = get_user_u32(&value, at);

    if (err != 0) {
        return err;
    }
    if ((value & FUTEX_TID_MASK) != (uint32_t)current()->tid) {
        return -EPERM;
    }
    if (state != NULL && state->owner != current()->user) {
        return -EINVAL;
    }
    uint32_t desired =
        state != NULL ? (uint32_t)first_waiter(state)->user->thread->tid | FUTEX_WAITERS : 0;

    err = compare_exchange_user_u32(at, value, desired, &found);
    if (err == 0 && found != value) {
        return -EAGAIN;
    }
    if (err == 0 && state != NULL) {
        hand_over(state, false);
    }
    return err;
}

long futex_unlock_pi(struct futex_word word)
{
    struct futex_key key;
    long err = futex_key_of(word, &key);

    if (err != 0) {
        return err;
    }
    mutex_lock(&pi_mutex);
    do {
        err = unlock(word.at, &key);
    } while (err == -EAGAIN);
    leave();
    return err;
}

// Against make_state(): each stores its own, fences, and looks at the other's; so either it finds
// this thread leaving, or is found here.
void futex_exit_pi(struct user_thread *user)
{
    atomic_store_explicit(&user->pi_leaving, true, memory_order_relaxed);
    fence_full();
    if (owned_by(user) == NULL) {
        return;
    }
    mutex_lock(&pi_mutex);
    while (owned_by(user) != NULL) {
        hand_over(owned_by(user), true);
    }
    leave();
}

void futex_begin_pi(struct user_thread *user)
{
    atomic_store_explicit(&user->pi_leaving, false, memory_order_relaxed);
    if (user->realtime_priority != 0) {
        futex_pi_reconsider(user);
    }
}
