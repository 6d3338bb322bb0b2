// SPDX-License-Identifier: MIT
// kernel/proc/exit.c - how threads leave their process, and what becomes of it after the last.
//
// The last thread gives up what the process has, and only then makes it a zombie: so whoever has
// waited for it finds its memory free.
#include "kernel/abi/errno.h"
#include "kernel/bootargs.h"
#include "kernel/console.h"
#include "kernel/fs/fdtable.h"
#include "kernel/fs/file.h"
#include "kernel/fs/fs.h"
#include "kernel/poweroff.h"
#include "kernel/proc/cpu_time.h"
#include "kernel/proc/futex.h"
#include "kernel/proc/cpu_timer.h"
#include "kernel/proc/itimer.h"
#include "kernel/proc/make.h"
#include "kernel/proc/process.h"
#include "kernel/proc/signal.h"
#include "kernel/proc/user_timer.h"
#include "kernel/proc/unknown.h"
#include "kernel/proc/wait_status.h"
#include "kernel/riscv/irq.h"
#include "kernel/waitq.h"

void user_thread_set_aspace(struct aspace *as)
{
    unsigned long saved = irq_save();

    current()->aspace = as;
    aspace_activate(as);
    irq_restore(saved);
}

void process_release(struct process *p)
{
    spin_lock(&p->lock); // /proc looks
    struct fdtable *files = p->files;
    struct fs_context *fs = p->fs;
    struct file *executable = p->executable;
    struct signal_actions *actions = p->actions;
    struct aspace *aspace = p->aspace;
    p->files = NULL;
    p->fs = NULL;
    p->executable = NULL;
    p->actions = NULL;
    p->aspace = NULL;
    spin_unlock(&p->lock);
    if (files != NULL) {
        fdtable_put(files);
    }
    if (fs != NULL) {
        fs_context_put(fs);
    }
    if (executable != NULL) {
        file_put(executable);
    }
    if (actions != NULL) {
        signal_actions_put(actions);
    }
    if (aspace != NULL) {
        aspace_put(aspace);
    }
}

// ---- The threads of a process ------------------------------------------------------------------

// Tell every thread of `p` but `except`, which may be NULL, to look at p->exiting.
static void notify_threads(struct process *p, const struct thread *except) REQUIRES(p->lock)
{
    struct list *node;

    spin_assert_held(&p->lock);
    list_for_each(node, &p->threads)
    {
        struct user_thread *user = list_entry(node, struct user_thread, link);

        if (user->thread != except) {
            thread_notify(user->thread);
        }
    }
}

void process_end_locked(struct process *p, int status)
{
    spin_assert_held(&p->lock);
    if (!p->exiting || p->execing != NULL) { // the end beats an exec
        p->exiting = true;
        p->execing = NULL;
        p->group_code = status;
        notify_threads(p, NULL);
    }
}

void process_exit_group(int status)
{
    struct process *p = current_process();

    spin_lock(&p->lock);
    process_end_locked(p, status);
    status = p->group_code;
    spin_unlock(&p->lock);
    process_exit_thread(status);
}

void process_release_vfork(struct process *p)
{
    spin_lock(&p->thread_gone.lock);
    current()->user->has_execed = true;
    (void)waitq_wake(&p->thread_gone, UINT32_MAX);
    spin_unlock(&p->thread_gone.lock);
}

int process_become_single(void)
{
    struct process *p = current_process();
    int err = 0;

    spin_lock(&p->lock);
    bool first = !p->exiting;
    if (first && p->nr_threads == 1) { // which makes no other
        spin_unlock(&p->lock);
        return 0;
    }
    if (first) {
        p->exiting = true;
        p->execing = current()->user;
        notify_threads(p, current());
    }
    spin_unlock(&p->lock);
    if (!first) {
        return -EAGAIN;
    }
    unsigned long saved = spin_lock_irqsave(&p->thread_gone.lock);
    while (p->nr_threads > 1 && err == 0) { // the last to leave takes the lock after it has counted
        err = waitq_sleep(&p->thread_gone, WAIT_UNINTERRUPTIBLE, TIME_NEVER);
        spin_lock_irqoff(&p->thread_gone.lock);
    }
    spin_unlock_irqrestore(&p->thread_gone.lock, saved);
    spin_lock(&p->lock);
    bool still = p->execing == current()->user;
    p->exiting = !still;
    p->execing = NULL;
    spin_unlock(&p->lock);
    return still ? 0 : -EAGAIN;
}

// Take the calling thread out of the list. Returns: whether it was the last; if not, `user` has got
// a reference, since what follows may take the one that it has away: see stop_being_user().
static bool leave_threads(struct process *p, struct user_thread *user, int status)
{
    spin_lock(&p->lock);
    user->leaving = true;
    list_remove(&user->link);
    // relaxed: the lock orders it; so who waits for the process has the time of all its threads.
    (void)atomic_fetch_add_explicit(&p->threads_run_ns, thread_run_ns(user->thread),
                                    memory_order_relaxed);
    bool last = --p->nr_threads == 0;
    if (!last) {
        fdtable_put(p->files); // not the last reference, which is the last thread's
        // relaxed: there is one.
        (void)atomic_fetch_add_explicit(&user->refs, 1, memory_order_relaxed);
    }
    if (last && !p->exiting) { // exit() of the last one is the process's
        p->exiting = true;
        p->group_code = status;
    }
    signal_leave(p, user);
    spin_unlock(&p->lock);
    spin_lock(&p->thread_gone.lock);
    (void)waitq_wake(&p->thread_gone, UINT32_MAX);
    spin_unlock(&p->thread_gone.lock);
    return last;
}

// ---- The end of a process ----------------------------------------------------------------------

// All children of `p` are init's from now on. Returns: whether init has one to wait for.
static bool give_children_to_init(struct process *p) REQUIRES(tree_lock)
{
    struct list *node;
    bool zombies = false;

    spin_assert_held(&tree_lock);
    while ((node = list_pop_front(&p->children)) != NULL) {
        struct process *child = list_entry(node, struct process, sibling);

        child->parent = init_process;
        child->parent_pid = init_process->pid;
        child->exit_signal = SIGCHLD;
        if (child->zombie) {
            list_push_front(&init_process->children, node);
            zombies = true;
        } else {
            list_push_back(&init_process->children, node);
        }
    }
    return zombies;
}

void process_wake_waiters(struct process *p)
{
    spin_lock(&p->waiters.lock);
    (void)waitq_wake(&p->waiters, UINT32_MAX);
    spin_unlock(&p->waiters.lock);
}

// `p` has given up everything; its parent may have it now.
static void become_zombie(struct process *p)
{
    struct process *parent;
    struct signal_info info = {.pid = p->pid,
                               .code = wait_status_code(p->group_code),
                               .status = wait_status_value(p->group_code)};

    spin_lock(&tree_lock);
    bool zombies = give_children_to_init(p);
    p->exit_status = p->group_code;
    p->zombie = true;
    parent = process_get(p->parent);
    list_remove(&p->sibling);
    list_push_front(&parent->children, &p->sibling); // those who can be waited for come first
    int exit_signal = p->exit_signal;
    bool reap = exit_signal == SIGCHLD && signal_ignores_children(parent);
    reap = reap && process_unlink(p);
    spin_unlock(&tree_lock);
    if (reap) {
        process_forget(p);
    } // else it may be gone by now, too
    (void)signal_send(parent, exit_signal, &info);
    process_wake_waiters(parent);
    process_put(parent);
    if (zombies) {
        process_wake_waiters(init_process);
    }
}

void process_end_machine(int code)
{
    unknown_calls_report();
    if (bootargs.command[0] != '\0') {
        printk("%%%%hartbeat end %d%%%%\n", code);
    }
    poweroff(code);
}

// The thread is none that runs a program from now on. The user part of a first thread stays, as its
// number does, until the process has been waited for, or another thread has taken the number in an
// exec. Unless the thread is the last, that may have happened by now.
static void stop_being_user(struct thread *t, struct user_thread *user, bool last)
{
    user_thread_lose_hart(user); // the thread may come back as another
    if (last && user->process->leader == t) {
        return;
    }
    spin_lock(&tree_lock);
    bool own = t->user == user && user->process->leader != t;
    if (own) {
        t->user = NULL;
    }
    spin_unlock(&tree_lock);
    if (own) {
        user_thread_drop(user);
    }
    if (!last) {
        user_thread_drop(user);
    }
}

void process_exit_thread(int status)
{
    struct thread *t = current();
    struct user_thread *user = t->user;
    struct process *p = user->process;

    futex_exit_robust(user);
    if (user->clear_child_tid != 0 && put_user_u32(user->clear_child_tid, 0) == 0) {
        futex_wake_user(user->clear_child_tid, 1);
    }
    user_thread_set_aspace(NULL); // once it has left, another may be the one to free it
    bool last = leave_threads(p, user, status);
    if (last && p == init_process) {
        process_end_machine(wait_status_shell(p->group_code));
    }
    if (last) {
        itimer_cancel(p);
        cpu_timers_cancel(p);
        user_timers_drop(p);
        process_release(p);
        signal_queue_flush(&p->signals);
    }
    stop_being_user(t, user, last);
    if (last) {
        become_zombie(p); // which somebody may reap at once
    }
    thread_exit(0);
}
