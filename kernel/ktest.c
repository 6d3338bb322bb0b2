// SPDX-License-Identifier: MIT
// kernel/ktest.c - runs the tests inside the kernel.
#include "kernel/ktest.h"

#include "kernel/abi/errno.h"
#include "kernel/base/string.h"
#include "kernel/command.h"
#include "kernel/console.h"
#include "kernel/pool.h"
#include "kernel/thread.h"
#include "mm/frame.h"
#include "mm/memory.h"

extern const struct ktest *const __start_ktests[];
extern const struct ktest *const __stop_ktests[];

// Failures of the running test. Relaxed: read after the threads that fail it have been joined.
static atomic_uint failures;

void ktest_fail(const char *condition, const char *file, int line)
{
    atomic_fetch_add_explicit(&failures, 1, memory_order_relaxed);
    printk("# %s:%d: failed: %s\n", file, line, condition);
}

void ktest_wait_for(const atomic_uint *flag, unsigned value)
{
    // acquire: pairs with the release of whoever raises the flag.
    while (atomic_load_explicit(flag, memory_order_acquire) < value) {
        thread_yield();
    }
}

struct ktest_balance ktest_balance_now(void)
{
    mm_reclaim();
    return (struct ktest_balance){thread_count(), frames_free_count() + pool_frames()};
}

static void check_balance(struct ktest_balance before)
{
    struct ktest_balance after = ktest_balance_now();

    if (after.threads != before.threads || after.frames != before.frames) {
        printk("# threads: %u before, %u after; free frames: %zu before, %zu after\n",
               before.threads, after.threads, before.frames, after.frames);
        ktest_fail("nothing is left behind", __FILE__, __LINE__);
    }
}

static bool run_test(const struct ktest *test, unsigned number)
{
    // relaxed: no other thread of the test runs yet, or any more.
    atomic_store_explicit(&failures, 0, memory_order_relaxed);
    struct ktest_balance before = ktest_balance_now();
    test->run();
    check_balance(before);
    bool passed = atomic_load_explicit(&failures, memory_order_relaxed) == 0;

    printk("%s %u - %s: %s\n", passed ? "ok" : "not ok", number, test->name, test->what);
    return passed;
}

// Is `test` asked for: no names, or its own among them?
static bool selected(const struct ktest *test, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], test->name) == 0) {
            return true;
        }
    }
    return argc == 1;
}

// Is every name that of a test? Says which are not.
static bool all_known(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const struct ktest *const *t = __start_ktests;

        while (t < __stop_ktests && strcmp(argv[i], (*t)->name) != 0) {
            t++;
        }
        if (t == __stop_ktests) {
            printk("test: %s is not a test\n", argv[i]);
            return false;
        }
    }
    return true;
}

static int test_run(int argc, char **argv)
{
    if (__stop_ktests - __start_ktests == 0) {
        printk("test: a release build has none; use BUILD=test, or debug\n");
        return 1;
    }
    if (!all_known(argc, argv)) {
        return -EINVAL;
    }
    unsigned ran = 0;
    unsigned failed = 0;

    for (const struct ktest *const *t = __start_ktests; t < __stop_ktests; t++) {
        if (selected(*t, argc, argv)) {
            failed += !run_test(*t, ++ran);
        }
    }
    printk("1..%u\n# %u passed, %u failed\n", ran, ran - failed, failed);
    return failed != 0;
}
COMMAND(test, "test", "[NAME...]", "run the kernel's own tests, all or those named", test_run);
