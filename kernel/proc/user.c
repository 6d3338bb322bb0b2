// SPDX-License-Identifier: MIT
// kernel/proc/user.c - what traps and switches ask of user space: kernel/user.h.
#include "kernel/user.h"

#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "kernel/bootargs.h"
#include "kernel/console.h"
#include "kernel/proc/alarm.h"
#include "kernel/proc/make.h"
#include "kernel/proc/process.h"
#include "kernel/proc/signal.h"
#include "kernel/proc/unknown.h"
#include "kernel/proc/wait_status.h"
#include "kernel/riscv/csr.h"
#include "kernel/riscv/irq.h"
#include "kernel/timer.h"
#include "kernel/trap.h"
#include "mm/user/copy.h"

enum { COMPLAINT_NS = 1000000000 };

// A kernel thread leaves the hart what it had: it does not look below the kernel's half.
struct context *user_activate(struct context *left)
{
    const struct thread *t = current();

    return t->user != NULL ? aspace_switch(t->aspace, left) : left;
}

// ---- Faults ------------------------------------------------------------------------------------

static enum fault_access access_of(uint64_t scause)
{
    return scause == EXC_INST_PAGE    ? FAULT_FETCH
           : scause == EXC_STORE_PAGE ? FAULT_STORE
                                      : FAULT_LOAD;
}

static bool is_page_fault(uint64_t scause)
{
    return scause == EXC_INST_PAGE || scause == EXC_LOAD_PAGE || scause == EXC_STORE_PAGE;
}

// Who has taken all memory may have a thousand children that die of it: one line a second will do.
static bool is_time_to_tell(void)
{
    static _Atomic(uint64_t) next; // ticks; relaxed: orders nothing
    uint64_t now = time_now_ticks();
    uint64_t from = atomic_load_explicit(&next, memory_order_relaxed);

    return now >= from &&
           atomic_compare_exchange_strong_explicit(&next, &from, now + ns_to_ticks(COMPLAINT_NS),
                                                   memory_order_relaxed, memory_order_relaxed);
}

static NOINLINE void die_of_memory(void)
{
    if (is_time_to_tell()) {
        printk("%s (%d): out of memory\n", current_process()->name, current_process()->pid);
    }
    process_exit_group(wait_status_signal(SIGKILL));
}

static void page_fault(const struct trap_frame *frame)
{
    int err = aspace_fault(current_aspace(), frame->stval, access_of(frame->scause));

    if (err == -ENOMEM) {
        die_of_memory();
    }
    if (err == -ENXIO) {
        signal_fault(SIGBUS, BUS_ADRERR, frame->stval);
    } else if (err != 0) {
        signal_fault(SIGSEGV, err == -EACCES ? SEGV_ACCERR : SEGV_MAPERR, frame->stval);
    }
}

// What a program gets that did something else wrong.
static void other_fault(const struct trap_frame *frame)
{
    switch (frame->scause) {
    case EXC_ILLEGAL:
        signal_fault(SIGILL, ILL_ILLOPC, frame->sepc);
        break;
    case EXC_BREAKPOINT:
        signal_fault(SIGTRAP, TRAP_BRKPT, frame->sepc);
        break;
    case EXC_INST_MISALIGNED:
    case EXC_LOAD_MISALIGNED:
    case EXC_STORE_MISALIGNED:
        signal_fault(SIGBUS, BUS_ADRALN, frame->stval);
        break;
    default:
        signal_fault(SIGSEGV, SEGV_ACCERR, frame->stval);
        break;
    }
}

void user_exception(struct trap_frame *frame)
{
    irq_enable();
    if (is_page_fault(frame->scause)) {
        page_fault(frame);
    } else {
        other_fault(frame);
    }
    irq_disable();
}

bool user_copy_fault(struct trap_frame *frame)
{
    struct aspace *as = current_aspace();

    if (as == NULL || !is_page_fault(frame->scause) || frame->stval >= USER_END ||
        (frame->sstatus & SSTATUS_SPIE) == 0) { // a copy happens with interrupts on
        return false;
    }
    irq_enable();
    bool handled = copy_handle_fault(as, frame);
    irq_disable();
    return handled;
}

bool user_must_end(void)
{
    struct thread *t = current();

    // relaxed: whoever decides it gives the thread a note next.
    if (likely(atomic_load_explicit(&t->notes, memory_order_relaxed) == 0) || t->user == NULL) {
        return false;
    }
    return thread_killed() || t->user->process->exiting; // racy: the next who asks sees it
}

// ---- The way back ------------------------------------------------------------------------------

void user_thread_lose_hart(struct user_thread *user)
{
    struct processor *at = user->fp_processor;
    struct thread *t = user->thread;

    if (at != NULL) {
        // relaxed: see processor.user_owner.
        (void)atomic_compare_exchange_strong_explicit(&at->user_owner, &t, NULL,
                                                      memory_order_relaxed, memory_order_relaxed);
    }
}

// This hart gets the thread's floating-point registers, and a trap the thread's frame. Where they
// were before they are no longer.
void user_take_hart(struct trap_frame *frame)
{
    struct user_thread *user = current()->user;
    struct processor *p = this_processor();

    if (user->fp_processor != p) {
        user_thread_lose_hart(user);
    }
    user->fp_processor = p;
    p->user_frame = frame;
    // relaxed: see processor.user_owner.
    atomic_store_explicit(&p->user_owner, user->thread, memory_order_relaxed);
    if ((csr_read(sstatus) & SSTATUS_FS) != 0) {
        fp_load(&user->fp); // last, so that it is a jump
    }
}

// A new thread has begun: tell it its tid, in its own memory.
static NOINLINE void begin(struct user_thread *user)
{
    uint64_t at = user->set_child_tid;

    irq_enable();
    user->set_child_tid = 0;
    (void)put_user_u32(at, (uint32_t)user->thread->tid); // as Linux: ignored
    irq_disable();
}

// `notes`: those of before; what comes later brings the thread here again.
static NOINLINE void work(struct trap_frame *frame, unsigned notes)
{
    irq_enable();
    if (unlikely((notes & THREAD_KILLED) != 0)) { // by the kernel's own `kill`
        process_exit_group(wait_status_signal(SIGKILL));
    }
    alarm_send_due();
    signal_deliver(frame);
    irq_disable();
}

// One thing at a time: who calls this looks again.
void user_return_work(struct trap_frame *frame)
{
    struct user_thread *user = current()->user;
    // relaxed: dispatch_notify() interrupts this hart if it comes later.
    unsigned notes = atomic_load_explicit(&current()->notes, memory_order_relaxed);

    if (unlikely(user->set_child_tid != 0)) {
        begin(user);
    } else if (notes != 0) {
        work(frame, notes);
    } else {
        user_take_hart(frame);
    }
}

// ---- Calls that are not there ------------------------------------------------------------------

long syscall_unknown(uint64_t number)
{
    unknown_calls_note(number);
    return -ENOSYS;
}
