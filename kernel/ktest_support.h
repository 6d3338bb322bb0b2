// SPDX-License-Identifier: MIT
// kernel/ktest_support.h - what several tests inside the kernel need: threads that must start,
// joins that must succeed, and waiting until another thread has got somewhere.
//
// Whatever waits here gives way while it does, so that a test ends under every policy and on one
// hart. None has a time limit: a test that hangs is ended, and reported, by whoever started it.
#pragma once

#include "kernel/ktest.h"
#include "kernel/thread.h"

enum { TEST_MS = 1000000 }; // nanoseconds

// Start fn(arg) in a thread that may run on the harts in `mask`, bits by cpu; 0: on any.
// Returns: its tid; that it is one has been checked.
tid_t test_spawn_on(uint64_t mask, thread_fn *fn, void *arg);

static inline tid_t test_spawn(thread_fn *fn, void *arg)
{
    return test_spawn_on(0, fn, arg);
}

// Join `tid`, and check that its code is `code`.
void test_join(tid_t tid, int code);

// Wait until every thread and frame that the test used is back, detached threads' included.
void test_await_balance(struct ktest_balance before);

// How many threads wait in `wq`; wait until there are `n`, each of them off its hart for good.
unsigned test_waiters(struct waitq *wq);
void test_await_waiters(struct waitq *wq, unsigned n);

// What ps would say of `tid` now; wait until it sleeps, or has exited.
// Context: `tid` cannot be freed meanwhile.
struct thread_info test_info(tid_t tid);
void test_await_status(tid_t tid, enum thread_status status);

// A block of frames in a list.
struct test_held {
    struct test_held *next;
    unsigned order;
};

// Add blocks of `order` to `list` until only `left` frames are free, or no such block is.
// Returns: the list.
struct test_held *test_hold(struct test_held *list, unsigned order, size_t left);

// Free the blocks of `list`.
void test_let_go(struct test_held *list);

// Returns: how often to do what every hart takes part in, if one hart does it `rounds` times. Of
// four harts and more a quarter as often: where they are more than the host has cores, a round
// takes until the host has run each of them, several times.
unsigned test_rounds(unsigned rounds);

// Add one to `flag`, for ktest_wait_for() to see.
void test_raise(atomic_uint *flag);

// The hart that the caller runs on; without a pinned affinity it may be another by now.
unsigned test_cpu(void);

// The online hart after `cpu`, in turn; `cpu` itself if it is the only one.
unsigned test_next_cpu(unsigned cpu);

// Stay on `cpu` from now on; on any hart again.
void test_pin(unsigned cpu);
void test_unpin(void);

// Do equals that give way run in turn, however long each of them ran? Not under stride and hrrn.
bool test_takes_turns(void);

// thread_yield() for those who keep interrupts off, as a preemption does it.
void test_give_way(void);

// The bit of `cpu` in an affinity.
static inline uint64_t test_bit(unsigned cpu)
{
    return UINT64_C(1) << cpu;
}
