// SPDX-License-Identifier: MIT
// kernel/proc/futex_pi.h - futexes with priority inheritance: locks whose owner the kernel knows.
//
// The word is the tid of the owner, and FUTEX_WAITERS once the kernel has to be asked to unlock it.
// While somebody waits, the owner is at least as urgent as the most urgent of those who wait, and
// so is whoever the owner waits for. An unlock hands the lock to the most urgent.
#pragma once

#include "kernel/proc/futex.h"

// Lock it; wait until `deadline_ticks` for that.
// Returns: 0; -EDEADLK the caller has it, or its owner waits for the caller; -ESRCH its owner is no
// more; -ETIMEDOUT; -EFAULT; -EINVAL; -ENOMEM; -ERESTARTNOINTR. Context: thread of a program.
NODISCARD long futex_lock_pi(struct futex_word word, uint64_t deadline_ticks);

// The same at once or not at all: -EAGAIN.
NODISCARD long futex_trylock_pi(struct futex_word word);

// Returns: 0; -EPERM the caller does not have it; -EFAULT; -EINVAL.
NODISCARD long futex_unlock_pi(struct futex_word word);

// `user`, which does not run yet or is the caller, begins with a program.
void futex_begin_pi(struct user_thread *user);

// The calling thread leaves its program: what it has goes to those who wait for it.
void futex_exit_pi(struct user_thread *user);

// How urgent `user` is by itself has changed. Context: thread.
void futex_pi_reconsider(struct user_thread *user);
