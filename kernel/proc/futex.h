// SPDX-License-Identifier: MIT
// kernel/proc/futex.h - waiting for a word of a program's memory to change.
//
// A futex is nothing until somebody waits. Waiters are in a table of buckets by the identity of the
// word (struct futex_key). Waiter and waker, the word being the program's:
//
//   waiter (bucket locked)                      waker
//   bucket.waiters++                            change the word, in the program
//   fence_full()                                fence_full()
//   read the word; as expected? queue, sleep    bucket.waiters == 0? nobody to wake
//                                               lock the bucket, look
//
// At least one of the two sees the other's store. While the waiter reads the word, its space's lock
// keeps the page in place, so that reading it under the bucket's spinlock does not fault.
#pragma once

#include "kernel/abi/futex.h"
#include "kernel/base/annot.h"
#include "kernel/proc/process.h"
#include "mm/user/copy.h"

// Context: boot.
void futex_init(void);

// A word of the calling thread's program.
struct futex_word {
    uva_t at;
    bool shared; // other processes may know it, perhaps by another address
};

// Wait while the word is `expected`, until a wake whose bits meet `bits`.
// Returns: 0; -EAGAIN it is not; -ETIMEDOUT; -EFAULT; -EINVAL; -EINTR.
// Context: thread of a program.
NODISCARD int futex_wait(struct futex_word word, uint32_t expected, uint32_t bits,
                         uint64_t deadline_ticks);

// Wake the first `n` that wait with one of `bits`. Returns: how many there were; -EFAULT; -EINVAL.
long futex_wake(struct futex_word word, unsigned n, uint32_t bits);

// Wake the first `wake` that wait at `from`, and have the next `move` wait at `to` instead; only if
// the word is *expected, unless that is NULL.
// Returns: how many there were in all; -EAGAIN; -EFAULT; -EINVAL.
long futex_requeue(struct futex_word from, struct futex_word to, unsigned wake, unsigned move,
                   const uint32_t *expected);

// Wake up to `n` threads that wait at the user address `at`, which other processes may share.
// Context: thread, its address space still there.
void futex_wake_user(uint64_t at, unsigned n);

// Which word it is. Returns: 0; -EFAULT; -EINVAL if it is not aligned.
NODISCARD int futex_key_of(struct futex_word word, struct futex_key *key);

static inline bool futex_key_equal(const struct futex_key *a, const struct futex_key *b)
{
    return a->object == b->object && a->offset == b->offset;
}

// Walk the robust list of the calling thread: locks that it dies with are marked and handed on.
void futex_exit_robust(struct user_thread *user);
