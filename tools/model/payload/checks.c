// SPDX-License-Identifier: MIT
// tools/model/payload/checks.c - what the launcher has to know about counters, timers and
// interrupts before it trusts them.
#include "tools/model/payload/checks.h"

#include <stdatomic.h>

#include "kernel/abi/model.h"
#include "kernel/riscv/csr.h"
#include "kernel/riscv/delay.h"
#include "kernel/riscv/relax.h"
#include "kernel/riscv/sv39.h"
#include "tools/model/payload/parameters.h"
#include "tools/model/payload/record.h"
#include "tools/model/payload/virt.h"

#define LOOP_ITERATIONS 1000

#define NAME_OF(prefix, number) prefix##number
#define NAME(prefix, number)    NAME_OF(prefix, number)
#define counter_read(number)    csr_read(NAME(hpmcounter, number))

static _Atomic uint64_t answers;

static void check_loop(void)
{
    uint64_t cycles = csr_read(cycle);
    uint64_t instructions = csr_read(instret);

    spin_iterations(LOOP_ITERATIONS);
    instructions = csr_read(instret) - instructions;
    cycles = csr_read(cycle) - cycles;
    record_number("loop_cycles", cycles);
    record_number("loop_instructions", instructions);
}

static void check_hits(void)
{
    static volatile uint64_t word; // each of the loads has to be made
    uint64_t hits = counter_read(MODEL_HITS);

    for (unsigned i = 0; i < CHECK_LOADS; i++) {
        (void)word;
    }
    record_number("hits", counter_read(MODEL_HITS) - hits);
}

// Translation is off in machine mode, whatever satp says; what it does to the TLB is the same.
static void flush_often(void)
{
    for (unsigned i = 0; i < CHECK_FENCES; i++) {
        __asm__ volatile("sfence.vma" ::: "memory");
    }
    for (unsigned i = 0; i < CHECK_SATP_CHANGES / 2; i++) {
        csr_write(satp, SATP_MODE_SV39 | 1);
        csr_write(satp, 0);
    }
    for (unsigned i = 0; i < CHECK_SUM_CHANGES / 2; i++) {
        csr_set(sstatus, SSTATUS_SUM);
        csr_clear(sstatus, SSTATUS_SUM);
    }
}

static void check_flushes(void)
{
    uint64_t flushes = counter_read(MODEL_TLB_FLUSHES);
    uint64_t satp_changes = counter_read(MODEL_SATP_CHANGES);
    uint64_t sum_changes = counter_read(MODEL_SUM_CHANGES);

    flush_often();
    record_number("flushes", counter_read(MODEL_TLB_FLUSHES) - flushes);
    record_number("satp_changes", counter_read(MODEL_SATP_CHANGES) - satp_changes);
    record_number("sum_changes", counter_read(MODEL_SUM_CHANGES) - sum_changes);
}

static void check_sleep(void)
{
    uint64_t start = csr_read(time);

    virt_set_timer(0, start + CHECK_SLEEP_TICKS);
    csr_set(mie, MIE_TIMER);
    virt_wait_for_interrupt();
    record_number("slept", csr_read(time) - start);
    csr_clear(mie, MIE_TIMER);
}

static void check_calls(void)
{
    for (uint64_t hart = 1; hart < parameters()->harts; hart++) {
        virt_set_software(hart, 1);
        while (atomic_load_explicit(&answers, memory_order_relaxed) != hart) {
            cpu_relax();
        }
    }
    record_number("answers", atomic_load_explicit(&answers, memory_order_relaxed));
}

void checks_run(void)
{
    check_loop();
    check_hits();
    check_sleep();
    check_calls();
    check_flushes(); // last: how long it takes to print depends on whether there is a plugin
}

void checks_answer(uint64_t me)
{
    csr_write(mie, MIE_SOFTWARE);
    virt_wait_for_interrupt();
    virt_set_software(me, 0);
    atomic_fetch_add_explicit(&answers, 1, memory_order_relaxed);
}
