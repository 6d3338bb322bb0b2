// SPDX-License-Identifier: MIT
// kernel/test/account_test.c - what ps says of waiting, of changing harts and of stacks.
#include "kernel/account.h"
#include "kernel/base/format.h"
#include "kernel/ktest_support.h"
#include "kernel/pool.h"
#include "kernel/riscv/irq.h"
#include "kernel/timer.h"
#include "mm/kstack.h"
#include "sync/block/semaphore.h"

enum { ROUNDING_NS = 2 }; // of ticks to ns, at either end

static struct semaphore go = SEMAPHORE_INIT(go, 0);

static int wait_to_go(void *unused)
{
    (void)unused;
    return semaphore_down(&go);
}

static void spin_ns(uint64_t ns)
{
    uint64_t end = time_now_ns() + ns;

    while (time_now_ns() < end) {
        // another thread waits for this hart
    }
}

KTEST(account_wait, "the time that a thread is Ready counts as waiting, the time asleep does not")
{
    unsigned cpu = test_cpu();

    test_pin(cpu);
    tid_t tid = test_spawn_on(test_bit(cpu), wait_to_go, NULL);
    test_await_status(tid, THREAD_SLEEPING);
    uint64_t asleep = test_info(tid).wait_ns;
    spin_ns(TEST_MS);
    KT_CHECK(test_info(tid).wait_ns == asleep);

    unsigned long saved = irq_save(); // so that it stays Ready
    uint64_t before = time_now_ns();
    semaphore_up(&go);
    uint64_t ready = time_now_ns();
    spin_ns(TEST_MS);
    uint64_t least = time_now_ns() - ready;
    struct thread_info info = test_info(tid);
    uint64_t most = time_now_ns() - before;
    irq_restore(saved);
    KT_CHECK(info.status == THREAD_READY);
    KT_CHECK(info.wait_ns - asleep + ROUNDING_NS >= least);
    KT_CHECK(info.wait_ns - asleep <= most + ROUNDING_NS);

    test_join(tid, 0);
    test_unpin();
}

KTEST(account_migrations, "a thread that runs on another hart than before has migrated")
{
    unsigned cpu = test_cpu();
    tid_t me = current()->tid;

    test_pin(cpu);
    uint64_t before = test_info(me).migrations;
    unsigned next = test_next_cpu(cpu);
    uint64_t arrived = hart_accounts[next].migrations;
    test_pin(next);
    KT_CHECK(test_info(me).migrations == before + (next != cpu));
    KT_CHECK(hart_accounts[next].migrations >= arrived + (next != cpu));
    KT_CHECK(thread_sleep(1) == 0); // and runs there again
    KT_CHECK(test_info(me).migrations == before + (next != cpu));
    test_unpin();
}

enum { DEPTH = 6, FRAME_BYTES = 256 };

// Each frame is used before and after the call, so the compiler must keep them all.
static NOINLINE unsigned use_stack(unsigned depth)
{
    char frame[FRAME_BYTES];

    (void)format(frame, sizeof(frame), "%u", depth);
    unsigned below = depth == 0 ? 0 : use_stack(depth - 1);
    return below + (unsigned char)frame[0];
}

static int use_and_wait(void *depth)
{
    return use_stack((unsigned)(uintptr_t)depth) == 0 ? 1 : semaphore_down(&go);
}

static size_t stack_bytes(tid_t tid)
{
    unsigned slot = (unsigned)tid % POOL_SLOTS;
    struct thread_info info = {};

    KT_CHECK(thread_info_next(&slot, &info) && info.tid == tid);
    return info.stack_bytes;
}

KTEST(account_stack, "the most of its stack that a thread has used stays known")
{
    tid_t shallow = test_spawn(use_and_wait, (void *)0);
    tid_t deep = test_spawn(use_and_wait, (void *)DEPTH);

    test_await_status(shallow, THREAD_SLEEPING);
    test_await_status(deep, THREAD_SLEEPING);
    KT_CHECK(stack_bytes(shallow) > FRAME_BYTES);
    KT_CHECK(stack_bytes(deep) >= stack_bytes(shallow) + (size_t)(DEPTH - 1) * FRAME_BYTES);
    KT_CHECK(stack_bytes(deep) < KSTACK_SIZE);
    semaphore_up(&go);
    semaphore_up(&go);
    test_join(shallow, 0);
    test_join(deep, 0);
}
