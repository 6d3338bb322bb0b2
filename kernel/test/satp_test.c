// SPDX-License-Identifier: MIT
// kernel/test/satp_test.c - a switch takes the address space along.
//
// There is no user space yet, so the space is the kernel's under another ASID.
#include "kernel/ktest_support.h"
#include "kernel/processor.h"
#include "kernel/riscv/csr.h"
#include "kernel/riscv/irq.h"
#include "kernel/riscv/sv39.h"

#define SATP_ASID_1 (UINT64_C(1) << 44)

// What the thread found in satp when it started, and after another thread had run.
struct seen {
    uint64_t first;
    uint64_t later;
};

static int look_twice(void *arg)
{
    struct seen *seen = arg;

    seen->first = csr_read(satp);
    thread_yield();
    seen->later = csr_read(satp);
    return 0;
}

// Give `tid`, which has never run, another ASID. Returns: the satp that makes.
static uint64_t give_asid(tid_t tid)
{
    struct thread *t = thread_get(tid);

    t->context.sp[-1].satp ^= SATP_ASID_1;
    uint64_t satp = t->context.sp[-1].satp;
    thread_put(t);
    return satp;
}

KTEST(d06_satp_switched, "D-06: a switch loads the address space of the thread that it goes to")
{
    struct seen seen = {};
    unsigned cpu = test_cpu();

    test_pin(cpu);
    unsigned long saved = irq_save();
    uint64_t ours = csr_read(satp);
    tid_t tid = test_spawn_on(test_bit(cpu), look_twice, &seen);
    uint64_t other = give_asid(tid);
    irq_restore(saved);
    thread_yield();
    KT_CHECK(csr_read(satp) == ours);
    test_join(tid, 0);
    KT_CHECK(csr_read(satp) == ours);
    KT_CHECK(seen.first == other && seen.later == other);
    test_unpin();
}

static int return_whether_same(void *satp)
{
    return csr_read(satp) == (uint64_t)satp;
}

KTEST(d06_satp_kept, "D-06: kernel threads share one address space on every hart")
{
    for (unsigned i = 0; i < 2 * harts_online(); i++) {
        uint64_t ours = csr_read(satp);
        unsigned cpu = test_next_cpu(i % MAX_HARTS);

        test_join(test_spawn_on(test_bit(cpu), return_whether_same, (void *)ours), 1);
    }
}
