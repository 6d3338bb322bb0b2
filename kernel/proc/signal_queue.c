// SPDX-License-Identifier: MIT
// kernel/proc/signal_queue.c - signals that wait to be delivered.
#include "kernel/proc/signal_queue.h"

#include "kernel/abi/errno.h"
#include "kernel/proc/signal_action.h"
#include "kernel/proc/user_timer.h"
#include "mm/objcache.h"

enum { QUEUED_MAX = 1024 }; // in one queue: more would let a program take up all memory

struct queued_signal {
    struct list node;
    int signo;
    struct signal_info info;
};

static struct objcache queued_cache = OBJCACHE_INIT(queued_cache, struct queued_signal);

// Raised by what the thread itself does, and only so.
#define FAULTS                                                                                     \
    (UINT64_C(1) << (SIGSEGV - 1) | UINT64_C(1) << (SIGBUS - 1) | UINT64_C(1) << (SIGILL - 1) |    \
     UINT64_C(1) << (SIGTRAP - 1) | UINT64_C(1) << (SIGFPE - 1) | UINT64_C(1) << (SIGSYS - 1))

void signal_queue_init(struct signal_queue *queue)
{
    queue->pending = 0;
    queue->nr_queued = 0;
    queue->spare = NULL;
    list_init(&queue->queued);
}

void signal_queue_flush(struct signal_queue *queue)
{
    signal_queue_drop(queue, ~UINT64_C(0));
    if (queue->spare != NULL) {
        objcache_free(&queued_cache, queue->spare);
        queue->spare = NULL;
    }
}

// signal_queue_add() where there is no memory yet.
static NOINLINE int add_slow(struct signal_queue *queue, int signo, const struct signal_info *info)
{
    queue->spare = queue->nr_queued < QUEUED_MAX ? objcache_alloc(&queued_cache) : NULL;
    if (queue->spare != NULL) {
        return signal_queue_add(queue, signo, info);
    }
    if (signo >= SIGRTMIN && info->code != SI_USER) {
        return -EAGAIN;
    }
    queue->pending |= signal_bit(signo);
    return 0;
}

int signal_queue_add(struct signal_queue *queue, int signo, const struct signal_info *info)
{
    struct queued_signal *queued = queue->spare;

    if (signo < SIGRTMIN && (queue->pending & signal_bit(signo)) != 0) {
        return 0;
    }
    if (unlikely(queued == NULL)) {
        return add_slow(queue, signo, info);
    }
    queued->signo = signo;
    queued->info = *info;
    list_push_back(&queue->queued, &queued->node);
    queue->nr_queued++;
    queue->spare = NULL;
    queue->pending |= signal_bit(signo);
    return 0;
}

// The memory stays for the next, since one is all that most ever need.
static NOINLINE void forget(struct signal_queue *queue, struct queued_signal *queued)
{
    list_remove(&queued->node);
    queue->nr_queued--;
    if (queue->spare == NULL) {
        queue->spare = queued;
    } else {
        objcache_free(&queued_cache, queued);
    }
}

// What is known of `signo`, oldest first, which is forgotten. Returns: whether there is more of it.
static bool take_info(struct signal_queue *queue, int signo, struct signal_info *info)
{
    struct queued_signal *found = NULL;
    struct list *node;

    *info = (struct signal_info){.code = SI_USER};
    list_for_each(node, &queue->queued)
    {
        struct queued_signal *queued = list_entry(node, struct queued_signal, node);

        if (queued->signo != signo) {
            continue;
        }
        if (found != NULL) {
            forget(queue, found);
            return true;
        }
        found = queued;
        *info = queued->info;
    }
    if (found != NULL) {
        forget(queue, found);
    }
    return false;
}

// Take out `signo`, which waits. Returns: it, hidden from the compiler, which would have the caller
// keep it in a frame of its own.
static NOINLINE int take_slow(struct user_thread *user, struct signal_queue *queue, int signo,
                              struct signal_info *info) REQUIRES(user->process->lock)
{
    if (!take_info(queue, signo, info)) {
        queue->pending &= ~signal_bit(signo);
    }
    if (info->code == SI_TIMER) {
        user_timer_heard(user->process, info);
    }
    __asm__("" : "+r"(signo));
    return signo;
}

// Those that a fault raises come before others. That one signal waits, and no more, is usual.
int signal_take(struct user_thread *user, uint64_t which, struct signal_info *info)
{
    bool own = (user->signals.pending & which) != 0;
    struct signal_queue *queue = own ? &user->signals : &user->process->signals;
    uint64_t ready = queue->pending & which;

    if (ready == 0) {
        return 0;
    }
    int signo = (int)bit_lowest((ready & FAULTS) != 0 ? ready & FAULTS : ready) + 1;
    struct queued_signal *only = list_entry(queue->queued.next, struct queued_signal, node);

    if (unlikely(queue->nr_queued != 1 || queue->spare != NULL || only->signo != signo ||
                 only->info.code == SI_TIMER)) {
        return take_slow(user, queue, signo, info);
    }
    *info = only->info;
    list_init(&queue->queued);
    queue->nr_queued = 0;
    queue->spare = only;
    queue->pending &= ~signal_bit(signo);
    return signo;
}

struct signal_info *signal_queue_find_timer(struct signal_queue *queue, int signo, int id)
{
    struct list *node;

    list_for_each(node, &queue->queued)
    {
        struct queued_signal *queued = list_entry(node, struct queued_signal, node);

        if (queued->signo == signo && queued->info.code == SI_TIMER && queued->info.pid == id) {
            return &queued->info;
        }
    }
    return NULL;
}

void signal_queue_drop(struct signal_queue *queue, uint64_t which)
{
    struct list *node;
    struct list *after;

    queue->pending &= ~which;
    list_for_each_removable(node, after, &queue->queued)
    {
        struct queued_signal *queued = list_entry(node, struct queued_signal, node);

        if ((which & signal_bit(queued->signo)) != 0) {
            forget(queue, queued);
        }
    }
}
