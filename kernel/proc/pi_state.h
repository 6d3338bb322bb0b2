// SPDX-License-Identifier: MIT
// kernel/proc/pi_state.h - who owns and who waits for a lock with priority inheritance; private to
// kernel/proc/futex_pi.c, which takes locks and hands them over.
//
// One mutex serialises everything here: inheritance follows a chain from owner to owner, each of
// which may change as long as it is not held. Words are read and changed with it held; faults may
// happen then.
#pragma once

#include "kernel/proc/futex.h"
#include "kernel/proc/process.h"
#include "sync/block/mutex.h"

extern struct mutex pi_mutex;

// A lock that somebody waits for; others are known to programs only. guarded by: pi_mutex, as all
// here.
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

// The state of `key`'s lock; NULL: nobody waits for it.
struct pi_state *pi_find(const struct futex_key *key) REQUIRES(pi_mutex);

// Make `owner`, whose the lock is, known as that. Returns: the state, with nobody who waits; NULL
// and -ESRCH it leaves, -ENOMEM.
struct pi_state *pi_make(struct user_thread *owner, const struct futex_key *key, int *err)
    REQUIRES(pi_mutex);

// Take back pi_make(): nobody waits, and the word says what it has to. Gives up the owner's
// reference.
void pi_unmake(struct pi_state *state) REQUIRES(pi_mutex);

// Nobody waits any more, and it has no owner here.
void pi_forget(struct pi_state *state) REQUIRES(pi_mutex);

// The first of the states of which `user` is the owner, in no order; NULL: none. With the mutex;
// `user` itself may look without it, see futex_exit_pi().
struct pi_state *pi_owned_by(const struct user_thread *user);

// Make `user`, of which the state takes over a reference, the owner.
void pi_own(struct user_thread *user, struct pi_state *state) REQUIRES(pi_mutex);

// Its owner has it no longer. Returns: who that was, still referenced.
struct user_thread *pi_disown(struct pi_state *state) REQUIRES(pi_mutex);

// Who waits first; NULL: nobody.
struct pi_waiter *pi_first_waiter(const struct pi_state *state) REQUIRES(pi_mutex);

// Put `waiter`, which is in no list, behind those who are as urgent.
void pi_line_up(struct pi_waiter *waiter) REQUIRES(pi_mutex);

// Does `owner` wait, itself or through others, for `user`?
bool pi_waits_for(const struct user_thread *owner, const struct user_thread *user)
    REQUIRES(pi_mutex);

// Who waits for `user`, or its own urgency, has changed: so has its urgency, and that of whoever it
// waits for. The caller's own changes in pi_leave() only.
void pi_propagate(struct user_thread *user) REQUIRES(pi_mutex);

// Release the mutex. The caller's own urgency changes here only, where nothing can preempt it: it
// may have become less urgent than something that never ends.
void pi_leave(void) RELEASES(pi_mutex);
