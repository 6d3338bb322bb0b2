// SPDX-License-Identifier: MIT
// kernel/proc/pi_state.c - who owns and who waits for a lock with priority inheritance.
#include "kernel/proc/pi_state.h"

#include "kernel/abi/errno.h"
#include "kernel/dispatch.h"
#include "kernel/proc/urgency.h"
#include "kernel/riscv/fence.h"
#include "kernel/riscv/irq.h"
#include "mm/objcache.h"

enum { HASH_SHIFT = 6, CHAIN_MAX = 1024 };

struct mutex pi_mutex = MUTEX_INIT(pi_mutex);
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

struct pi_state *pi_find(const struct futex_key *key)
{
    return *slot_of(key);
}

// relaxed throughout: written under the mutex; see futex_exit_pi() for who looks without.
struct pi_state *pi_owned_by(const struct user_thread *user)
{
    return atomic_load_explicit(&user->pi, memory_order_relaxed);
}

void pi_own(struct user_thread *user, struct pi_state *state)
{
    state->owner = user;
    state->next_owned = pi_owned_by(user);
    atomic_store_explicit(&user->pi, state, memory_order_relaxed);
}

struct user_thread *pi_disown(struct pi_state *state)
{
    struct user_thread *user = state->owner;
    struct pi_state *before = pi_owned_by(user);

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

void pi_forget(struct pi_state *state)
{
    *slot_of(&state->key) = state->next;
    objcache_free(&state_cache, state);
}

struct pi_state *pi_make(struct user_thread *owner, const struct futex_key *key, int *err)
{
    struct pi_state *state = objcache_alloc(&state_cache);

    if (state == NULL) {
        *err = -ENOMEM;
        return NULL;
    }
    *state = (struct pi_state){.key = *key};
    list_init(&state->waiters);
    *slot_of(key) = state;
    pi_own(owner, state);
    fence_full(); // pairs with the one in futex_exit_pi()
    if (is_leaving(owner)) {
        (void)pi_disown(state);
        pi_forget(state);
        *err = -ESRCH;
        return NULL;
    }
    return state;
}

void pi_unmake(struct pi_state *state)
{
    struct user_thread *owner = pi_disown(state);

    pi_forget(state);
    user_thread_put(owner);
}

// ---- Inheritance --------------------------------------------------------------------------------

struct pi_waiter *pi_first_waiter(const struct pi_state *state)
{
    struct list *node = list_first(&state->waiters);

    return node != NULL ? list_entry(node, struct pi_waiter, node) : NULL;
}

void pi_line_up(struct pi_waiter *waiter)
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

    for (struct pi_state *state = pi_owned_by(user); state != NULL; state = state->next_owned) {
        struct pi_waiter *first = pi_first_waiter(state);
        int urgency = first != NULL ? urgency_of(first->user) : 0;

        most = urgency > most ? urgency : most;
    }
    return most;
}

void pi_propagate(struct user_thread *user)
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
        pi_line_up(waiter);
        user = waiter->state->owner;
    }
}

bool pi_waits_for(const struct user_thread *owner, const struct user_thread *user)
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

void pi_leave(void)
{
    unsigned long saved = irq_save();

    if (!is_leaving(current()->user)) {
        urgency_apply(current()->user);
    }
    mutex_unlock(&pi_mutex);
    irq_restore(saved);
}
