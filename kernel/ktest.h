// SPDX-License-Identifier: MIT
// kernel/ktest.h - tests that run inside the kernel: the command `test`, with TAP output.
//
//     KTEST(park_token, "D-02: an unpark before the park is not lost")
//     {
//         KT_CHECK(thread_unpark(current()->tid) == 0);
//         KT_CHECK(thread_park(TIME_NEVER) == 0);
//     }
//
// A test checks behaviour, never speed. Besides its own checks, each fails if it leaves threads or
// memory behind.
#pragma once

#include <stdatomic.h>

#include "kernel/base/compiler.h"
#include "kernel/base/types.h"

struct ktest {
    const char *name;
    const char *what;
    void (*run)(void);
};

// Define the test `test`, shown as `description`; its body follows.
#define KTEST(test, description)                                                                   \
    static void test##_run(void);                                                                  \
    static const struct ktest test##_test = {                                                      \
        .name = #test, .what = (description), .run = test##_run};                                  \
    USED SECTION("ktests") static const struct ktest *const test##_registered = &test##_test;      \
    static void test##_run(void)

// Record a failure of the running test if `condition` does not hold, and go on. From any thread.
#define KT_CHECK(condition)                                                                        \
    (likely(condition) ? (void)0 : ktest_fail(#condition, __FILE__, __LINE__))

// What KT_CHECK calls.
void ktest_fail(const char *condition, const char *file, int line);

// Wait until `*flag` is at least `value`, giving way meanwhile; for tests that need a moment to
// have come. No time limit: a test that hangs is ended, and reported, by whoever started it.
void ktest_wait_for(const atomic_uint *flag, unsigned value);

// What must be equal before and after: threads, and frames once every cache has been drained, those
// counted as free that hold numbers for threads, and are kept.
struct ktest_balance {
    unsigned threads;
    size_t frames;
};

struct ktest_balance ktest_balance_now(void);
