// SPDX-License-Identifier: MIT
// kernel/proc/signal_send.c - sending signals.
#include "kernel/abi/errno.h"
#include "kernel/console.h"
#include "kernel/proc/make.h"
#include "kernel/proc/signal.h"
#include "kernel/proc/signal_action.h"
#include "kernel/proc/signal_mask.h"
#include "kernel/proc/signal_queue.h"
#include "kernel/proc/wait_status.h"

static const struct signal_info from_kernel = {.code = SI_KERNEL};

// Returns: the handler of `signo`, or SIG_*.
static uint64_t handler_for(struct process *p, int signo) REQUIRES(p->lock)
{
    spin_lock_irqoff(&p->actions->lock);
    uint64_t handler = signal_action_of(p->actions, signo)->handler;
    spin_unlock_irqoff(&p->actions->lock);
    return handler;
}

// Is `signo` lost on `p`? What `user` blocks may have a handler by the time it no longer does. The
// first process gets only what it has handlers for: it must not end.
static bool is_ignored(struct process *p, const struct user_thread *user, int signo)
    REQUIRES(p->lock)
{
    if (((user->blocked | user->awaited) & signal_bit(signo)) != 0) {
        return false;
    }
    uint64_t handler = handler_for(p, signo);

    return signal_handler_ignores(handler, signo) || (p == init_process && handler == SIG_DFL);
}

// `signo` waits for `p`: tell a thread that takes it. One that has been told of another will look
// for all. The first thread comes first, as in Linux.
static void tell_one(struct process *p, int signo) REQUIRES(p->lock)
{
    struct thread *takes = NULL;
    struct list *node;

    list_for_each(node, &p->threads)
    {
        const struct user_thread *user = list_entry(node, struct user_thread, link);

        if ((user->blocked & signal_bit(signo)) != 0) {
            continue;
        }
        takes = user->thread;
        // relaxed: set with the lock held, which is held.
        if (takes == current() ||
            (atomic_load_explicit(&takes->notes, memory_order_relaxed) & THREAD_SIGNALLED) == 0) {
            break;
        }
    }
    if (takes != NULL) {
        thread_notify(takes);
    }
}

// Queue `signo` for `user` if it is for that thread only, else for `p`, and tell whom it is for.
static int queue_and_tell(struct process *p, struct user_thread *user, int signo,
                          const struct signal_info *info) REQUIRES(p->lock)
{
    if (signo == SIGKILL) {
        process_end_locked(p, wait_status_signal(SIGKILL));
        return 0;
    }
    int err = signal_queue_add(user != NULL ? &user->signals : &p->signals, signo, info);

    if (err != 0) {
        return err;
    }
    if (user == NULL) {
        tell_one(p, signo);
    } else if ((user->blocked & signal_bit(signo)) == 0) {
        thread_notify(user->thread);
    }
    return 0;
}

static ALWAYS_INLINE int send(struct process *p, struct user_thread *user, int signo,
                              const struct signal_info *info) REQUIRES(p->lock)
{
    if (p->nr_threads == 0) {
        return 0;
    }
    const struct user_thread *asked =
        user != NULL ? user : list_entry(p->threads.next, struct user_thread, link);

    if (is_ignored(p, asked, signo)) {
        return 0;
    }
    return queue_and_tell(p, user, signo, info != NULL ? info : &from_kernel);
}

int signal_send_locked(struct process *p, struct user_thread *user, int signo,
                       const struct signal_info *info)
{
    return send(p, user, signo, info);
}

int signal_send(struct process *p, int signo, const struct signal_info *info)
{
    if (signo == 0) {
        return 0;
    }
    unsigned long saved = spin_lock_irqsave(&p->lock);
    int err = send(p, NULL, signo, info);

    spin_unlock_irqrestore(&p->lock, saved);
    return err;
}

NOINLINE int signal_send_thread(struct user_thread *user, int signo, const struct signal_info *info)
{
    struct process *p = user->process;
    int err = 0;

    if (signo == 0) {
        return 0;
    }
    spin_lock(&p->lock);
    if (!user->leaving) {
        err = signal_send_locked(p, user, signo, info);
    }
    spin_unlock(&p->lock);
    return err;
}

void signal_self(int signo)
{
    struct signal_info info = {.code = SI_USER, .pid = current_process()->pid};

    (void)signal_send_thread(current()->user, signo, &info);
}

// ---- Groups ------------------------------------------------------------------------------------

int signal_send_group(pid_t pgid, int signo, const struct signal_info *info)
{
    struct list *node;

    spin_lock(&tree_lock);
    struct process *group = process_group_find(pgid);
    if (group != NULL) {
        list_for_each(node, &group->members)
        {
            (void)signal_send(list_entry(node, struct process, group_node), signo, info);
        }
    }
    spin_unlock(&tree_lock);
    return group != NULL ? 0 : -ESRCH;
}

// ---- Faults ------------------------------------------------------------------------------------

// Make sure that the calling thread gets `signo`. Returns: whether it has a handler for it.
static bool force(struct user_thread *user, int signo, const struct signal_info *info)
{
    struct process *p = user->process;

    spin_lock(&p->lock);
    uint64_t handler = handler_for(p, signo);
    bool handled =
        handler != SIG_DFL && handler != SIG_IGN && (user->blocked & signal_bit(signo)) == 0;
    if (handled) {
        (void)signal_queue_add(&user->signals, signo, info);
        thread_notify(user->thread);
    }
    spin_unlock(&p->lock);
    return handled;
}

void signal_fault(int signo, int code, uint64_t address)
{
    struct signal_info info = {.code = code, .address = address};
    const struct process *p = current_process();

    if (!force(current()->user, signo, &info)) {
        printk("%s (%d): signal %d, code %d, at %lx, pc %lx\n", p->name, p->pid, signo, code,
               address, user_frame()->sepc);
        process_exit_group(wait_status_signal(signo));
    }
}
