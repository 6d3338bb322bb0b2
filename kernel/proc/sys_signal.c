// SPDX-License-Identifier: MIT
// kernel/proc/sys_signal.c - what a program says about signals: actions, masks, the stack for
// handlers; and the return from one.
#include "kernel/abi/errno.h"
#include "kernel/proc/signal.h"
#include "kernel/proc/signal_action.h"
#include "kernel/proc/signal_frame.h"
#include "kernel/proc/signal_mask.h"
#include "kernel/proc/signal_queue.h"
#include "kernel/proc/sys.h"
#include "kernel/proc/sys_signal.h"
#include "kernel/riscv/csr.h"
#include "mm/user/copy.h"

#define SA_KNOWN                                                                                   \
    (SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_EXPOSE_TAGBITS | SA_ONSTACK | SA_RESTART |      \
     SA_NODEFER | SA_RESETHAND)

// ---- rt_sigaction() ----------------------------------------------------------------------------

// `signo` is ignored from now on: nothing of it waits, for the process or any of its threads.
static void drop_waiting(struct process *p, int signo) REQUIRES(p->lock)
{
    struct list *node;

    signal_queue_drop(&p->signals, signal_bit(signo));
    list_for_each(node, &p->threads)
    {
        signal_queue_drop(&list_entry(node, struct user_thread, link)->signals, signal_bit(signo));
    }
}

// Set the action, if `action` is not NULL. *old: what it was.
static void exchange_action(int signo, const struct ksigaction *action, struct ksigaction *old)
{
    struct signal_actions *actions = current_process()->actions; // it has a thread
    unsigned long saved = spin_lock_irqsave(&actions->lock);

    *old = *signal_action_of(actions, signo);
    if (action != NULL) {
        signal_action_set(actions, signo, action);
    }
    spin_unlock_irqrestore(&actions->lock, saved);
}

// The same with one that ignores it. What waits goes in the same step: a sender has decided by the
// old action, and queued the signal, or will decide by the new one. Otherwise it would be the same
// as if it had sent earlier, or later.
static NOINLINE void ignore(int signo, const struct ksigaction *action, struct ksigaction *old)
{
    struct process *p = current_process();

    spin_lock(&p->lock);
    exchange_action(signo, action, old);
    drop_waiting(p, signo);
    spin_unlock(&p->lock);
}

// An action is short, and most are asked for in turn, for every signal there is: it is read and
// written in place.
static int get_action(struct ksigaction *action, uva_t from)
{
    const struct ksigaction *at =
        is_aligned(from, sizeof(uint64_t)) ? hold_user_range(from, sizeof(*action), false) : NULL;

    if (unlikely(at == NULL)) {
        return copy_from_user(action, from, sizeof(*action));
    }
    *action = *at;
    release_user_range();
    return 0;
}

static int put_action(uva_t to, const struct ksigaction *action)
{
    struct ksigaction *at =
        is_aligned(to, sizeof(uint64_t)) ? hold_user_range(to, sizeof(*action), true) : NULL;

    if (unlikely(at == NULL)) {
        return copy_to_user(to, action, sizeof(*action));
    }
    *at = *action;
    release_user_range();
    return 0;
}

static bool has_action(int signo)
{
    return signo >= 1 && signo <= SIGRTMAX;
}

static int set_action(int signo, uva_t from, struct ksigaction *old)
{
    struct ksigaction action;

    if (get_action(&action, from) != 0) {
        return -EFAULT;
    }
    if (!has_action(signo) || (signal_bit(signo) & SIGNALS_UNBLOCKABLE) != 0) {
        return -EINVAL;
    }
    action.flags &= SA_KNOWN;
    action.mask &= ~SIGNALS_UNBLOCKABLE;
    if (signal_handler_ignores(action.handler, signo)) {
        ignore(signo, &action, old);
    } else {
        exchange_action(signo, &action, old);
    }
    return 0;
}

long sys_rt_sigaction(uint64_t signo, uint64_t action_at, uint64_t old_at, uint64_t set_bytes)
{
    struct ksigaction old;

    if (set_bytes != SIGNAL_SET_BYTES || (action_at == 0 && !has_action((int)signo))) {
        return -EINVAL;
    }
    if (action_at == 0) {
        exchange_action((int)signo, NULL, &old);
    } else {
        int err = set_action((int)signo, action_at, &old);

        if (err != 0) {
            return err;
        }
    }
    return old_at != 0 ? put_action(old_at, &old) : 0;
}

// ---- Masks -------------------------------------------------------------------------------------

int get_signal_set(uint64_t *set, uint64_t at, uint64_t bytes)
{
    return bytes != SIGNAL_SET_BYTES ? -EINVAL : copy_from_user(set, at, sizeof(*set));
}

// What `how` makes of `old` and `set`. Returns: 0; -EINVAL.
static int combine(uint64_t how, uint64_t old, uint64_t set, uint64_t *result)
{
    switch ((int)how) {
    case SIG_BLOCK:
        *result = old | set;
        return 0;
    case SIG_UNBLOCK:
        *result = old & ~set;
        return 0;
    case SIG_SETMASK:
        *result = set;
        return 0;
    default:
        return -EINVAL;
    }
}

long sys_rt_sigprocmask(uint64_t how, uint64_t set_at, uint64_t old_at, uint64_t set_bytes)
{
    uint64_t old = current()->user->blocked;
    uint64_t set;
    uint64_t mask;

    if (set_bytes != SIGNAL_SET_BYTES) {
        return -EINVAL;
    }
    if (set_at != 0) {
        int err = get_signal_set(&set, set_at, set_bytes);

        err = err != 0 ? err : combine(how, old, set, &mask);
        if (err != 0) {
            return err;
        }
        signal_mask_set(mask);
    }
    return old_at != 0 ? copy_to_user(old_at, &old, sizeof(old)) : 0;
}

long sys_rt_sigpending(uint64_t set_at, uint64_t set_bytes)
{
    struct user_thread *user = current()->user;

    if (set_bytes > SIGNAL_SET_BYTES) {
        return -EINVAL;
    }
    spin_lock(&user->process->lock);
    uint64_t waiting = signal_waiting(user) & user->blocked;
    spin_unlock(&user->process->lock);
    return copy_to_user(set_at, &waiting, set_bytes);
}

// A signal that the new mask lets through ends the sleep, or does not let it begin.
long sys_rt_sigsuspend(uint64_t set_at, uint64_t set_bytes)
{
    uint64_t mask;
    int err = get_signal_set(&mask, set_at, set_bytes);

    if (err != 0) {
        return err;
    }
    signal_mask_for_call(mask);
    (void)thread_sleep(TIME_NEVER);
    signal_mask_call_over(true);
    return -ERESTARTNOHAND;
}

// ---- The stack for handlers, and the way back --------------------------------------------------

long sys_sigaltstack(uint64_t new_at, uint64_t old_at)
{
    uint64_t sp = user_frame()->x[REG_SP];
    struct ksigaltstack old = signal_altstack_get(sp);
    struct ksigaltstack stack;

    if (new_at != 0) {
        if (copy_from_user(&stack, new_at, sizeof(stack)) != 0) {
            return -EFAULT;
        }
        int err = signal_altstack_set(sp, &stack);
        if (err != 0) {
            return err;
        }
    }
    return old_at != 0 ? copy_to_user(old_at, &old, sizeof(old)) : 0;
}

// Goes on where the handler was entered, so what it returns is what was in a0 there, and not the
// result of a call that might have to be made again.
long sys_rt_sigreturn(void)
{
    struct trap_frame *frame = user_frame();

    if (signal_frame_pop(frame) != 0) {
        signal_fault(SIGSEGV, SI_KERNEL, 0);
    }
    frame->scause = SCAUSE_NONE;
    return (long)frame->x[REG_A0];
}
