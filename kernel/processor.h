// SPDX-License-Identifier: MIT
// kernel/processor.h - the Processor: what one hart knows, reached through tp and sscratch.
#pragma once

#include <stdatomic.h>
#include <stddef.h>

#include "kernel/base/random.h"
#include "kernel/base/types.h"
#include "kernel/riscv/context.h"
#include "kernel/riscv/hart.h"
#include "kernel/runq_type.h"
#include "kernel/thread.h"
#include "kernel/timer.h"

enum { OVERFLOW_STACK_BYTES = 4096 };

// What another hart may ask for by an interprocessor interrupt: bits of processor.ipi.
enum ipi {
    IPI_RESCHEDULE = 1, // look at the run queue
    IPI_STOP = 2,       // the machine is panicking
    IPI_TAKE = 4,       // it idles, and something waits for another hart that it may run
    IPI_NOTE = 8,       // the thread it runs has notes: come out of user mode and look
    IPI_LEAVE = 16,     // the address space that it has loaded goes away
};

struct processor {
    struct hart_state hart; // first: tp points at both

    // This hart's alone, interrupts off.
    struct thread *current;
    struct thread *idle;
    struct thread_state running;   // constant: Running(this hart)
    unsigned numa_node;            // constant: of the memory next to this hart
    uint64_t trap_sp;              // scratch of the trap entry
    uint64_t trap_t0;              // the same
    struct trap_frame *user_frame; // where a trap from user mode saves its registers: user_owner's
    // A table of kernel/riscv/syscall.S. relaxed: either is right at any time.
    _Atomic(const void *) system_calls;
    uint64_t overflow_sp; // where it goes on instead
    // The thread that returned to user mode last here: it is its floating-point registers that the
    // hart has, and its frame that the next trap uses. This hart's, interrupts off; but a hart that
    // this thread has gone to sets it to NULL. Relaxed: the run queues' locks order what the thread
    // itself does here and there, and nobody else sets it to that thread.
    _Atomic(struct thread *) user_owner;
    bool need_resched;   // give way on the way out of this trap
    bool may_take;       // idle, and called by IPI_TAKE, or it took one of more
    bool own_turn;       // the hart's own queue was served last, if it serves two
    uint64_t timer_set;  // ticks: what the hart's timer is programmed to
    uint64_t interrupts; // read racily by `harts`

    struct runq *rq; // what this hart serves; constant after topology_init()
    // guarded by: rq's lock; read racily by harts that look for something to take.
    unsigned restricted_waiting; // restricted threads in own.queue
    uint64_t restricted_allowed; // the harts that these allow, and some of before

    struct timer_queue timers;
    struct timer balance; // of kernel/balance.c
    struct random random; // whom to take from
    struct runq own;      // of this hart; with `global`, restricted threads wait in its queue, and
                          // its lock is not used

    atomic_uint ipi; // enum ipi bits; set by any hart, taken by this one: see ipi_send()

    // Written by this hart when it stops for a panic; published by `stopped`.
    const struct trap_frame *stop_frame; // what the stop interrupted; NULL: it was polling
    uint64_t stop_fp;                    // else the frame pointer to start from
    atomic_bool stopped;                 // release; pairs with the acquire in panic()

    _Alignas(16) unsigned char overflow_stack[OVERFLOW_STACK_BYTES];
};

_Static_assert(offsetof(struct processor, hart) == 0, "tp is the address of both");

extern struct processor boot_processor; // of the hart that booted; the others are allocated

// The Processor of `cpu`, 0..harts_present()-1; NULL until processors_init().
struct processor *processor_of(unsigned cpu);

// This hart's Processor. Context: interrupts off, or the answer may be another hart's by its use.
static inline struct processor *this_processor(void)
{
    return (struct processor *)(void *)this_hart();
}

// The running thread. One load off tp, which an interrupt cannot split, and a constant of the
// running thread: so it may be called, and the compiler may reuse its answer, anywhere.
static inline struct thread *current(void)
{
    struct thread *thread;

    __asm__("ld %0, %1(tp)" : "=r"(thread) : "i"(offsetof(struct processor, current)));
    return thread;
}

// Harts the device tree names, by cpu. Constant after processors_init().
extern uint64_t harts_present_mask;
unsigned harts_present(void);

// Harts that have come up, as a count and as bits by cpu.
unsigned harts_online(void);
uint64_t harts_online_mask(void);

// Number the harts in the order of the device tree, and make a Processor for each but this one.
// Context: boot. Panics if the memory for them is not there.
struct fdt;
void processors_init(const struct fdt *fdt, hartid_t boot_hart);

// Start the other harts through the firmware; wait a bounded time, and report those that do not
// come. One that comes later joins all the same. Context: boot, once everything else works.
void processors_start(void);

// This hart takes part from now on. Context: boot, on the boot hart.
void processor_boot_online(void);

// Ask the hart `cpu` for `what`. Interrupts it unless something is already asked of it.
void ipi_send(unsigned cpu, enum ipi what);

// Take what was asked of this hart. Context: the software interrupt.
void ipi_interrupt(const struct trap_frame *frame);
