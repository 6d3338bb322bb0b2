// SPDX-License-Identifier: MIT
// kernel/panic.c - the end of everything.
//
// The first hart to panic sets hart_stop_word and interrupts the others; they stop in panic_stop()
// or, if they spin with interrupts off, in cpu_relax(). Once they have, or have had their time, the
// one that panicked prints alone: it breaks the console's lock and switches lock checks off.
#include "kernel/panic.h"

#include <stdarg.h>

#include "kernel/backtrace.h"
#include "kernel/base/bits.h"
#include "kernel/base/format.h"
#include "kernel/base/panic.h"
#include "kernel/console.h"
#include "kernel/hart_report.h"
#include "kernel/poweroff.h"
#include "kernel/processor.h"
#include "kernel/riscv/fence.h"
#include "kernel/riscv/irq.h"
#include "kernel/riscv/relax.h"
#include "kernel/thread.h"
#include "kernel/trap.h"
#include "sync/spinlock.h"

#define STOP_TIMEOUT_NS UINT64_C(2000000000)

enum { MESSAGE_BYTES = 256, PANIC_STATUS = 101 };

atomic_bool hart_stop_word;

// Say where this hart is and wait for ever. `frame` or `fp` is where its backtrace starts.
static NORETURN void stop(const struct trap_frame *frame, uint64_t fp)
{
    struct processor *p = this_processor();

    p->stop_frame = frame;
    p->stop_fp = fp;
    // release: pairs with the acquire in wait_for_stops().
    atomic_store_explicit(&p->stopped, true, memory_order_release);
    csr_write(sie, 0);
    for (;;) {
        wait_for_interrupt();
    }
}

void hart_stop_here(void)
{
    irq_disable();
    stop(NULL, (uint64_t)__builtin_frame_address(0));
}

void panic_stop(const struct trap_frame *frame)
{
    stop(frame, 0);
}

static bool has_stopped(unsigned cpu)
{
    // acquire: pairs with the release in stop().
    return atomic_load_explicit(&processor_of(cpu)->stopped, memory_order_acquire);
}

static bool all_stopped(const struct processor *me)
{
    for (uint64_t mask = harts_online_mask(); mask != 0; mask &= mask - 1) {
        unsigned cpu = bit_lowest(mask);

        if (processor_of(cpu) != me && !has_stopped(cpu)) {
            return false;
        }
    }
    return true;
}

// Stop the other harts; give them a bounded time.
static void stop_others(const struct processor *me)
{
    uint64_t deadline = deadline_after_ns(STOP_TIMEOUT_NS);

    for (unsigned cpu = 0; cpu < harts_present(); cpu++) {
        if (processor_of(cpu) != me && (harts_online_mask() >> cpu & 1)) {
            ipi_send(cpu, IPI_STOP);
        }
    }
    while (!all_stopped(me) && time_now_ticks() < deadline) {
        // not cpu_relax(): this hart is the one that goes on
    }
}

static void print_registers(const struct trap_frame *frame)
{
    static const char *const names[32] = {
        "zero", "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "s0", "s1", "a0",
        "a1",   "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5",
        "s6",   "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
    };

    printk("  sepc %016lx  stval %016lx  scause %lx (%s)  sstatus %lx\n", frame->sepc, frame->stval,
           frame->scause, trap_cause_name(frame->scause), frame->sstatus);
    for (unsigned i = 1; i < 32; i++) {
        printk("  %-4s %016lx%s", names[i], frame->x[i], i % 4 == 0 || i == 31 ? "\n" : "");
    }
}

// What is left of the registers where no trap saved them: those that say where and in what state.
static void print_state(uint64_t fp)
{
    printk("  fp %016lx  tp %016lx  satp %016lx\n", fp, (uint64_t)this_processor(), csr_read(satp));
    printk("  sstatus %lx  sie %lx  sip %lx  scause %lx  sepc %lx  stval %lx (of the last trap)\n",
           csr_read(sstatus), csr_read(sie), csr_read(sip), csr_read(scause), csr_read(sepc),
           csr_read(stval));
}

static void print_others(const struct processor *me)
{
    for (unsigned cpu = 0; cpu < harts_present(); cpu++) {
        const struct processor *p = processor_of(cpu);

        if (p == me || p == NULL) {
            continue;
        }
        if (!(harts_online_mask() >> cpu & 1)) {
            printk("hart %lu (cpu %u) never came up\n", p->hart.hartid.raw, cpu);
        } else if (!has_stopped(cpu)) {
            printk("hart %lu (cpu %u) did not stop; last known:\n", p->hart.hartid.raw, cpu);
            hart_report(p, NULL, 0);
        } else {
            hart_report(p, p->stop_frame, p->stop_fp);
        }
    }
}

// Report, once, from the hart that was first; the others stop.
static NORETURN void report(const char *message, const struct trap_frame *frame, uint64_t fp)
{
    static struct processor *reporting; // read by the hart that wrote it only

    irq_disable();
    struct processor *me = this_processor();
    if (reporting == me) {
        poweroff(PANIC_STATUS); // the report itself went wrong
    }
    // relaxed: the first to set it wins; nothing else is read on the strength of it.
    if (atomic_exchange_explicit(&hart_stop_word, true, memory_order_relaxed)) {
        stop(frame, fp);
    }
    reporting = me;
    fence_full(); // pairs with the one in secondary_main()
    stop_others(me);
    spin_checks_off();
    console_break_lock();
    printk("\nPANIC: %s\n", message);
    if (frame != NULL) {
        print_registers(frame);
    } else {
        print_state(fp);
    }
    hart_report(me, frame, fp);
    print_others(me);
    poweroff(PANIC_STATUS);
}

void panic(const char *text, ...)
{
    char message[MESSAGE_BYTES];
    va_list arguments;

    va_start(arguments, text);
    (void)vformat(message, sizeof(message), text, arguments);
    va_end(arguments);
    report(message, NULL, (uint64_t)__builtin_frame_address(0));
}

void panic_trap(const struct trap_frame *frame, const char *what)
{
    report(what, frame, 0);
}
