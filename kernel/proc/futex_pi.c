// SPDX-License-Identifier: MIT
// kernel/proc/futex_pi.c - futexes with priority inheritance: taking them and handing them over.
#include "kernel/proc/futex_pi.h"

#include "kernel/abi/errno.h"
#include "kernel/dispatch.h"
#include "kernel/proc/pi_state.h"
#include "kernel/riscv/fence.h"
#include "kernel/riscv/irq.h"

enum { ENTERED = 1 };

// ---- Taking it ----------------------------------------------------------------------------------

// The word names an owner that somebody is about to wait for: have its unlock come here. Returns: 0
// and a state; -EAGAIN the word has changed; -ESRCH the owner is no more; -EFAULT; -ENOMEM.
static int attach(uva_t at, uint32_t value, const struct futex_key *key, struct pi_state **made)
    REQUIRES(pi_mutex)
{
    struct user_thread *owner = user_thread_find((int)(value & FUTEX_TID_MASK));
    uint32_t found;
    int err = -ESRCH;

    *made = owner != NULL ? pi_make(owner, key, &err) : NULL;
    if (*made == NULL) {
        if (owner != NULL) {
            user_thread_put(owner);
        }
        return get_user_u32(&found, at) == 0 && found != value ? -EAGAIN : err;
    }
    err = compare_exchange_user_u32(at, value, value | FUTEX_WAITERS, &found);
    err = err == 0 && found != value ? -EAGAIN : err;
    if (err != 0) {
        pi_unmake(*made);
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
        *state = pi_find(key);
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
        pi_unmake(state);
    }
    return err;
}

// The wait has ended without the lock.
static void give_up(struct pi_waiter *waiter) REQUIRES(pi_mutex)
{
    struct pi_state *state = waiter->state;

    list_remove(&waiter->node);
    if (list_is_empty(&state->waiters) && !state->unsaid) {
        struct user_thread *owner = pi_disown(state);

        pi_forget(state);
        pi_propagate(owner);
        user_thread_put(owner);
    } else {
        pi_propagate(state->owner);
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
        bool cycle = pi_waits_for(waiter.state->owner, waiter.user);

        pi_line_up(&waiter);
        pi_propagate(waiter.state->owner);
        if (cycle) {
            give_up(&waiter);
            err = -EDEADLK;
        } else {
            err = wait(&waiter, word.at, deadline_ticks);
        }
    }
    pi_leave();
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
            pi_unmake(state);
        }
    }
    pi_leave();
    return err;
}

// ---- Handing it over ----------------------------------------------------------------------------

// The first who waits has the lock from now on.
static void hand_over(struct pi_state *state, bool owner_died) REQUIRES(pi_mutex)
{
    struct pi_waiter *next = pi_first_waiter(state);
    struct user_thread *old = pi_disown(state);
    unsigned long saved;

    list_remove(&next->node);
    next->owns = true;
    next->owner_died = owner_died;
    state->unsaid = owner_died;
    if (list_is_empty(&state->waiters) && !owner_died) {
        pi_forget(state);
    } else {
        pi_own(user_thread_find(next->user->thread->tid), state); // it waits, so it is there
        pi_propagate(next->user);
    }
    pi_propagate(old);
    user_thread_put(old);
    saved = irq_save();
    (void)dispatch_wake(next->user->thread, 0);
    irq_restore(saved);
}

// Let go of the lock that the word says the caller has. Returns: 0; -EAGAIN it has changed; -EPERM
// it is not the caller's; -EINVAL; -EFAULT.
static int unlock(uva_t at, const struct futex_key *key) REQUIRES(pi_mutex)
{
    struct pi_state *state = pi_find(key);
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
        state != NULL ? (uint32_t)pi_first_waiter(state)->user->thread->tid | FUTEX_WAITERS : 0;

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
    pi_leave();
    return err;
}

// Against pi_make(): each stores its own, fences, and looks at the other's; so either it finds
// this thread leaving, or is found here.
void futex_exit_pi(struct user_thread *user)
{
    atomic_store_explicit(&user->pi_leaving, true, memory_order_relaxed);
    fence_full();
    if (pi_owned_by(user) == NULL) {
        return;
    }
    mutex_lock(&pi_mutex);
    while (pi_owned_by(user) != NULL) {
        hand_over(pi_owned_by(user), true);
    }
    pi_leave();
}

void futex_begin_pi(struct user_thread *user)
{
    atomic_store_explicit(&user->pi_leaving, false, memory_order_relaxed);
    if (scheduling_of(user).priority != 0) {
        futex_pi_reconsider(user);
    }
}

void futex_pi_reconsider(struct user_thread *user)
{
    mutex_lock(&pi_mutex);
    pi_propagate(user);
    pi_leave();
}
