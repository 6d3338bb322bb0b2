// SPDX-License-Identifier: MIT
// kernel/proc/signal.c - signals: for now each ends its process, but for those ignored by default.
#include "kernel/proc/signal.h"

#include "kernel/base/bits.h"
#include "kernel/base/string.h"
#include "kernel/console.h"
#include "kernel/proc/process.h"
#include "kernel/proc/wait_status.h"
#include "mm/objcache.h"

struct signal_actions {
    atomic_uint refs;
};

static struct objcache actions_cache = OBJCACHE_INIT(actions_cache, struct signal_actions);

struct signal_actions *signal_actions_new(void)
{
    struct signal_actions *actions = objcache_alloc(&actions_cache);

    if (actions != NULL) {
        memset(actions, 0, sizeof(*actions));
        atomic_init(&actions->refs, 1);
    }
    return actions;
}

struct signal_actions *signal_actions_fork(struct signal_actions *from)
{
    (void)from;
    return signal_actions_new();
}

struct signal_actions *signal_actions_get(struct signal_actions *actions)
{
    (void)atomic_fetch_add_explicit(&actions->refs, 1, memory_order_relaxed);
    return actions;
}

void signal_actions_put(struct signal_actions *actions)
{
    if (atomic_fetch_sub_explicit(&actions->refs, 1, memory_order_acq_rel) == 1) {
        objcache_free(&actions_cache, actions);
    }
}

void signal_actions_exec(struct signal_actions *actions)
{
    (void)actions;
}

void signal_queue_init(struct signal_queue *queue)
{
    queue->pending = 0;
    list_init(&queue->queued);
}

void signal_queue_flush(struct signal_queue *queue)
{
    queue->pending = 0;
}

static bool ignored(int signo)
{
    return signo == SIGCHLD || signo == SIGURG || signo == SIGWINCH || signo == SIGCONT;
}

void signal_send(struct process *p, int signo, const struct signal_info *info)
{
    struct list *node;

    (void)info;
    if (signo == 0 || ignored(signo)) {
        return;
    }
    spin_lock(&p->lock);
    p->signals.pending |= bit((unsigned)signo - 1);
    list_for_each(node, &p->threads)
    {
        thread_notify(list_entry(node, struct user_thread, link)->thread);
    }
    spin_unlock(&p->lock);
}

void signal_send_thread(struct user_thread *user, int signo, const struct signal_info *info)
{
    signal_send(user->process, signo, info);
}

void signal_fault(int signo, int code, uint64_t address)
{
    printk("%s (%d): signal %d, code %d, at %lx, pc %lx\n", current_process()->name,
           current_process()->pid, signo, code, address, user_frame()->sepc);
    process_exit_group(wait_status_signal(signo));
}

bool signal_is_pending(void)
{
    return current_process()->signals.pending != 0;
}

void signal_deliver(struct trap_frame *frame)
{
    (void)frame;
    (void)atomic_fetch_and_explicit(&current()->notes, ~(unsigned)THREAD_SIGNALLED,
                                    memory_order_relaxed);
    uint64_t pending = current_process()->signals.pending;
    if (pending != 0) {
        process_exit_group(wait_status_signal((int)bit_lowest(pending) + 1));
    }
}

bool signal_ignores_children(struct process *p)
{
    (void)p;
    return false;
}
