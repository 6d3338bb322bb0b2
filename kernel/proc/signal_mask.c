// SPDX-License-Identifier: MIT
// kernel/proc/signal_mask.c - which signals a thread blocks.
#include "kernel/proc/signal_mask.h"

#include "kernel/proc/signal.h"
#include "kernel/riscv/irq.h"

NOINLINE void signal_retarget(struct process *p, uint64_t which, const struct user_thread *except)
{
    struct list *node;

    spin_assert_held(&p->lock);
    list_for_each(node, &p->threads)
    {
        const struct user_thread *user = list_entry(node, struct user_thread, link);

        if (which == 0) {
            return;
        }
        if (user != except && (which & ~user->blocked) != 0) {
            which &= user->blocked;
            thread_notify(user->thread);
        }
    }
}

void signal_mask_changed(struct user_thread *user, uint64_t newly)
{
    spin_assert_held(&user->process->lock);
    if ((signal_waiting(user) & ~user->blocked) != 0) {
        thread_notify(user->thread);
    }
    signal_retarget(user->process, newly & user->process->signals.pending, user);
}

static NOINLINE void set_slow(uint64_t mask)
{
    struct user_thread *user = current()->user;
    unsigned long saved = spin_lock_irqsave(&user->process->lock);

    signal_mask_set_locked(user, mask);
    spin_unlock_irqrestore(&user->process->lock, saved);
}

// In most cases the lock is free and nothing waits, and then it takes no frame.
NOINLINE void signal_mask_set(uint64_t mask)
{
    struct user_thread *user = current()->user;
    unsigned long saved = irq_save();

    if (likely(spin_trylock_irqoff(&user->process->lock))) {
        bool quiet = signal_waiting(user) == 0;

        if (likely(quiet)) {
            user->blocked = mask & ~SIGNALS_UNBLOCKABLE;
        }
        spin_unlock_irqrestore(&user->process->lock, saved);
        if (likely(quiet)) {
            return;
        }
    } else {
        irq_restore(saved);
    }
    set_slow(mask);
}

void signal_mask_for_call(uint64_t mask)
{
    struct user_thread *user = current()->user;

    user->saved_blocked = user->blocked;
    signal_mask_set(mask);
}

void signal_mask_call_over(bool interrupted)
{
    struct user_thread *user = current()->user;

    if (interrupted) {
        user->restore_blocked = true; // and signal_deliver() follows
    } else {
        signal_mask_set(user->saved_blocked);
    }
}

void signal_leave(struct process *p, struct user_thread *user)
{
    spin_assert_held(&p->lock);
    signal_retarget(p, p->signals.pending & ~user->blocked, user);
}

bool signal_is_pending(void)
{
    struct user_thread *user = current()->user;

    spin_lock(&user->process->lock);
    bool pending = (signal_waiting(user) & ~user->blocked) != 0 || user->process->exiting;
    spin_unlock(&user->process->lock);
    return pending || thread_killed();
}
