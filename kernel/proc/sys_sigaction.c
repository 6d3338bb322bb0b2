// SPDX-License-Identifier: MIT
// kernel/proc/sys_sigaction.c - rt_sigaction().
//
// posix_spawn() of glibc asks for the action of every signal and sets it, though nearly all are the
// default and stay so. Both are done in place, in line, without a frame, and without the lock of
// the actions, if nobody else has these: the calling thread has no company, its process does not
// share them, and so they change by its own hand only. Everything else is done by the functions
// called slow, which begin again.
#include "kernel/abi/errno.h"
#include "kernel/proc/process.h"
#include "kernel/proc/signal_action.h"
#include "kernel/proc/signal_queue.h"
#include "kernel/proc/sys.h"
#include "kernel/proc/sys_signal.h"
#include "mm/user/copy.h"
#include "mm/user/copy_page.h"

#define SA_KNOWN                                                                                   \
    (SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_EXPOSE_TAGBITS | SA_ONSTACK | SA_RESTART |      \
     SA_NODEFER | SA_RESETHAND)

// ---- With the lock ------------------------------------------------------------------------------

static void drop_from(struct signal_queue *queue, int signo)
{
    if ((queue->pending & signal_bit(signo)) != 0) {
        signal_queue_drop(queue, signal_bit(signo));
    }
}

// `signo` is ignored from now on: nothing of it waits, for the process or any of its threads.
static void drop_waiting(struct process *p, int signo) REQUIRES(p->lock)
{
    struct list *node;

    drop_from(&p->signals, signo);
    list_for_each(node, &p->threads)
    {
        drop_from(&list_entry(node, struct user_thread, link)->signals, signo);
    }
}

// Set the action, if `action` is not NULL. *old: what it was.
static NOINLINE void exchange_action(int signo, const struct ksigaction *action,
                                     struct ksigaction *old)
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

static bool has_action(int signo)
{
    return signo >= 1 && signo <= SIGRTMAX;
}

static int set_action(int signo, struct ksigaction *action, struct ksigaction *old)
{
    if (!has_action(signo) || (signal_bit(signo) & SIGNALS_UNBLOCKABLE) != 0) {
        return -EINVAL;
    }
    action->flags &= SA_KNOWN;
    action->mask &= ~SIGNALS_UNBLOCKABLE;
    if (signal_handler_ignores(action->handler, signo)) {
        ignore(signo, action, old);
    } else {
        exchange_action(signo, action, old);
    }
    return 0;
}

static NOINLINE long sigaction_slow(uint64_t signo, uva_t action_at, uva_t old_at,
                                    uint64_t set_bytes)
{
    struct ksigaction action;
    struct ksigaction old;

    if (set_bytes != SIGNAL_SET_BYTES || (action_at == 0 && !has_action((int)signo))) {
        return -EINVAL;
    }
    if (action_at == 0) {
        exchange_action((int)signo, NULL, &old);
    } else {
        if (copy_from_user(&action, action_at, sizeof(action)) != 0) {
            return -EFAULT;
        }
        int err = set_action((int)signo, &action, &old);

        if (err != 0) {
            return err;
        }
    }
    return old_at != 0 ? copy_to_user(old_at, &old, sizeof(old)) : 0;
}

// ---- Without ------------------------------------------------------------------------------------

// The same for who has locked the space, interrupts being off, and not found the page there.
static NOINLINE long sigaction_locked_slow(uint64_t signo, uva_t action_at, uva_t old_at) NO_TSA
{
    table_note_again(current_aspace(), action_at != 0 ? action_at : old_at);
    (void)copy_leave(current_aspace(), 0);
    return sigaction_slow(signo, action_at, old_at, SIGNAL_SET_BYTES);
}

static NOINLINE long set_locked_slow(int signo, const struct ksigaction *at) NO_TSA
{
    struct ksigaction action = *at;
    struct ksigaction old;

    (void)copy_leave(current_aspace(), 0);
    return set_action(signo, &action, &old);
}

// A condition that nearly always holds. The barrier keeps the compiler from making one value of it
// and others, which takes longer than a branch for each.
static ALWAYS_INLINE bool holds(bool condition)
{
    if (unlikely(!condition)) {
        return false;
    }
    compiler_barrier();
    return true;
}

// Lock the space if the calling thread alone has its actions, and the program's at `at` can be
// reached at once. Returns: whether it did; then interrupts are off, too.
static ALWAYS_INLINE bool enter(const struct process *p, struct aspace *as, uva_t at) NO_TSA
{
    return holds(signal_actions_are_own(p)) && holds(is_aligned(at, sizeof(uint64_t))) &&
           holds(copy_is_in_page(at, sizeof(struct ksigaction))) && copy_enter(as);
}

static ALWAYS_INLINE long get_action(uint64_t signo, uva_t old_at) NO_TSA
{
    const struct process *p = current_process();
    const struct signal_actions *actions = p->actions;
    struct aspace *as = current_aspace();
    char *at;

    if (!enter(p, as, old_at)) {
        return sigaction_slow(signo, 0, old_at, SIGNAL_SET_BYTES);
    }
    if (!copy_find_again(as, old_at, FAULT_STORE, &at)) {
        return sigaction_locked_slow(signo, 0, old_at);
    }
    struct ksigaction *old = (struct ksigaction *)(void *)at;

    if (likely((actions->set & signal_bit((int)signo)) == 0)) {
        *old = (struct ksigaction){.handler = SIG_DFL};
    } else {
        *old = actions->of[(int)signo - 1];
    }
    return (long)copy_leave(as, 0);
}

// Is the action of `signo` the default, and nothing to be done if it is made so again? racy: what
// comes to wait just now comes as if it were later, since what is decided by is the same.
static ALWAYS_INLINE bool stays_default(const struct process *p,
                                        const struct signal_actions *actions, int signo)
{
    uint64_t others =
        actions->set | p->signals.pending | current()->user->signals.pending | SIGNALS_UNBLOCKABLE;

    return (others & signal_bit(signo)) == 0;
}

static ALWAYS_INLINE long set_default(uint64_t signo, uva_t action_at) NO_TSA
{
    const struct process *p = current_process();
    const struct signal_actions *actions = p->actions;
    struct aspace *as = current_aspace();
    char *at;

    if (!enter(p, as, action_at)) {
        return sigaction_slow(signo, action_at, 0, SIGNAL_SET_BYTES);
    }
    if (!copy_find_again(as, action_at, FAULT_LOAD, &at)) {
        return sigaction_locked_slow(signo, action_at, 0);
    }
    const struct ksigaction *action = (const struct ksigaction *)(const void *)at;

    if (holds((action->handler | action->flags | action->mask) == 0) &&
        holds(stays_default(p, actions, (int)signo))) {
        return (long)copy_leave(as, 0);
    }
    return set_locked_slow((int)signo, action);
}

long sys_rt_sigaction(uint64_t signo, uint64_t action_at, uint64_t old_at, uint64_t set_bytes)
{
    if (holds(set_bytes == SIGNAL_SET_BYTES) && holds(has_action((int)signo))) {
        if (action_at == 0 && holds(old_at != 0)) {
            return get_action(signo, old_at);
        }
        if (action_at != 0 && holds(old_at == 0)) {
            return set_default(signo, action_at);
        }
    }
    return sigaction_slow(signo, action_at, old_at, set_bytes);
}
