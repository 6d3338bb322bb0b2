// SPDX-License-Identifier: MIT
// kernel/proc/signal_deliver.c - what is done about signals on the way to user mode.
//
// A call that a signal has interrupted says by its result how it goes on (kernel/abi/errno.h). The
// first handler decides for it: handlers that follow interrupt the one before, not the call.
#include "kernel/abi/errno.h"
#include "kernel/proc/process.h"
#include "kernel/proc/signal.h"
#include "kernel/proc/signal_action.h"
#include "kernel/proc/signal_frame.h"
#include "kernel/proc/signal_mask.h"
#include "kernel/proc/signal_queue.h"
#include "kernel/proc/wait_status.h"
#include "kernel/riscv/csr.h"
#include "kernel/riscv/irq.h"

enum { ECALL_BYTES = 4, A7 = 17, NR_RESTART_SYSCALL = 128 };

// ---- Restarts ----------------------------------------------------------------------------------

static bool is_restart(long result)
{
    return result == -ERESTARTSYS || result == -ERESTARTNOINTR || result == -ERESTARTNOHAND ||
           result == -ERESTART_RESTARTBLOCK;
}

// If `frame` is that of a call that is to go on, have it made again. Returns: how it is to go on,
// or 0.
static long prepare_restart(struct trap_frame *frame)
{
    long result = (long)frame->x[REG_A0];

    if (frame->scause != EXC_USER_ECALL) {
        return 0;
    }
    frame->scause = SCAUSE_NONE;
    if (!is_restart(result)) {
        return 0;
    }
    frame->x[REG_A0] = frame->stval; // what it was called with
    frame->sepc -= ECALL_BYTES;
    return result;
}

// A handler with `flags` comes between: does the call end instead?
static void decide_restart(struct trap_frame *frame, long how, uint64_t flags)
{
    if (how == -ERESTARTNOHAND || how == -ERESTART_RESTARTBLOCK ||
        (how == -ERESTARTSYS && (flags & SA_RESTART) == 0)) {
        frame->x[REG_A0] = (uint64_t)-EINTR;
        frame->sepc += ECALL_BYTES;
    }
}

// ---- What there is to do -----------------------------------------------------------------------

enum todo { NOTHING, DELIVER, LEAVE };

// What is to be done about it. SA_RESETHAND: no second time.
static void take_action(struct signal_actions *actions, int signo, struct ksigaction *action)
{
    spin_lock_irqoff(&actions->lock);
    *action = *signal_action_of(actions, signo);
    if (unlikely((action->flags & SA_RESETHAND) != 0) && action->handler > SIG_IGN) {
        struct ksigaction reset = *action;

        reset.handler = SIG_DFL;
        signal_action_set(actions, signo, &reset);
    }
    spin_unlock_irqoff(&actions->lock);
}

// Take a signal that the calling thread does not block. Returns: whether there is one. Out of line
// for the sake of the registers of who looks for the next.
static NOINLINE bool take(struct user_thread *user, struct delivery *delivery)
    REQUIRES(user->process->lock)
{
    delivery->signo = signal_take(user, ~user->blocked, &delivery->info);
    if (delivery->signo == 0) {
        return false;
    }
    take_action(user->process->actions, delivery->signo, &delivery->action);
    return true;
}

static bool does_nothing(const struct process *p, const struct delivery *delivery)
{
    uint64_t handler = delivery->action.handler;

    return signal_handler_ignores(handler, delivery->signo) ||
           (handler == SIG_DFL && p == init_process);
}

// Take the next signal that something is to be done about. Returns: whether there is one.
static bool find(struct user_thread *user, struct delivery *delivery) REQUIRES(user->process->lock)
{
    bool found = take(user, delivery);

    while (unlikely(found && does_nothing(user->process, delivery))) {
        found = take(user, delivery);
    }
    return found;
}

// A handler is to be entered: block what it blocks. What else waits will have the note set again.
static void block_for(struct user_thread *user, struct delivery *delivery)
    REQUIRES(user->process->lock)
{
    const struct ksigaction *action = &delivery->action;
    uint64_t own = (action->flags & SA_NODEFER) != 0 ? 0 : signal_bit(delivery->signo);

    delivery->before = user->restore_blocked ? user->saved_blocked : user->blocked;
    signal_mask_set_locked(user, user->blocked | action->mask | own);
}

// Look what is next. If nothing is, the thread blocks what it did before the call.
static enum todo next(struct user_thread *user, struct delivery *delivery) NO_TSA
{
    struct process *p = user->process;
    enum todo todo = NOTHING;

    irq_disable();
    spin_lock_irqoff(&p->lock);
    // relaxed: under the lock, before the look; see signal.h.
    (void)atomic_fetch_and_explicit(&user->thread->notes, ~(unsigned)THREAD_SIGNALLED,
                                    memory_order_relaxed);
    if (p->exiting && p->execing != user) {
        todo = LEAVE;
        delivery->exit_status = p->group_code;
    } else if (find(user, delivery)) {
        todo = DELIVER;
        delivery->blocked = user->blocked;
        if (delivery->action.handler != SIG_DFL) {
            block_for(user, delivery);
        }
    } else if (user->restore_blocked) {
        user->restore_blocked = false;
        signal_mask_set_locked(user, user->saved_blocked);
    }
    spin_unlock_irqoff(&p->lock);
    irq_enable();
    return todo;
}

// Have `frame` enter the handler, after which the mask is that from before the call. If it cannot,
// it is as if the signal had not been, and another comes.
static void enter_handler(struct user_thread *user, struct trap_frame *frame,
                          const struct delivery *delivery)
{
    if (likely(signal_frame_push(frame, delivery) == 0)) {
        user->restore_blocked = false;
        return;
    }
    if (delivery->signo == SIGSEGV) { // the handler for having no stack
        process_exit_group(wait_status_signal(SIGSEGV));
    }
    signal_mask_set(delivery->blocked);
    signal_fault(SIGSEGV, SI_KERNEL, 0);
}

static void deliver(struct user_thread *user, struct trap_frame *frame,
                    const struct delivery *delivery)
{
    if (delivery->action.handler == SIG_DFL) {
        process_exit_group(wait_status_signal(delivery->signo));
    }
    enter_handler(user, frame, delivery);
}

void signal_deliver(struct trap_frame *frame)
{
    struct user_thread *user = current()->user;
    struct delivery delivery;
    long restart = prepare_restart(frame);

    switch (next(user, &delivery)) {
    case DELIVER:
        decide_restart(frame, restart, delivery.action.flags);
        deliver(user, frame, &delivery);
        break;
    case LEAVE:
        process_exit_thread(delivery.exit_status);
    case NOTHING:
        if (restart == -ERESTART_RESTARTBLOCK) {
            frame->x[A7] = NR_RESTART_SYSCALL;
        }
        break;
    }
}
