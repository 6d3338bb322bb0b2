// SPDX-License-Identifier: MIT
// kernel/proc/process.c - which processes there are, and finding them.
#include "kernel/proc/process.h"

#include "kernel/abi/errno.h"
#include "kernel/base/string.h"
#include "kernel/pool.h"
#include "kernel/proc/call_counts.h"
#include "kernel/proc/cpu_timer.h"
#include "kernel/proc/itimer.h"
#include "kernel/proc/signal.h"
#include "kernel/waitq.h"
#include "kernel/proc/make.h"
#include "mm/objcache.h"

struct spinlock tree_lock = SPINLOCK_INIT("process tree", RANK_PROCESSES);

static struct objcache process_cache = OBJCACHE_INIT(process_cache, struct process);
static struct objcache user_cache = OBJCACHE_INIT(user_cache, struct user_thread);

struct process *process_new(void)
{
    struct process *p = objcache_alloc(&process_cache);

    if (p == NULL) {
        return NULL;
    }
    memset(p, 0, offsetof(struct process, limits));
    atomic_init(&p->refs, 1);
    list_init(&p->children);
    list_init(&p->sibling);
    list_init(&p->members);
    list_init(&p->threads);
    list_init(&p->timers);
    waitq_init(&p->waiters, "wait for children");
    waitq_init(&p->thread_gone, "wait for threads");
    spin_init(&p->lock, "process", RANK_PROCESS);
    signal_queue_init(&p->signals);
    itimer_new(p);
    return p;
}

struct process *process_get(struct process *p)
{
    // relaxed: the caller has a reference, or tree_lock, under which one lasts.
    (void)atomic_fetch_add_explicit(&p->refs, 1, memory_order_relaxed);
    return p;
}

void process_put(struct process *p)
{
    // acq_rel: release pairs with the acquire of whoever drops the last reference and frees.
    if (atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) == 1) {
        // relaxed: nobody else has it.
        if (p->cpu_timers != NULL) {
            cpu_timers_free(p->cpu_timers);
        }
        call_counts_free(atomic_load_explicit(&p->call_counts, memory_order_relaxed));
        objcache_free(&process_cache, p);
    }
}

struct user_thread *user_thread_new(struct process *p)
{
    struct user_thread *user = objcache_alloc(&user_cache);

    if (user == NULL) {
        return NULL;
    }
    memset((char *)user + sizeof(user->fp), 0, sizeof(*user) - sizeof(user->fp));
    atomic_init(&user->refs, 1);
    user->process = process_get(p);
    list_init(&user->link);
    signal_queue_init(&user->signals);
    return user;
}

void user_thread_drop(struct user_thread *user)
{
    // acq_rel: as in process_put().
    if (atomic_fetch_sub_explicit(&user->refs, 1, memory_order_acq_rel) == 1) {
        signal_queue_flush(&user->signals);
        process_put(user->process);
        objcache_free(&user_cache, user);
    }
}

// ---- Finding them ------------------------------------------------------------------------------

// The thread `tid`, referenced, if it runs a program. thread.user stays as long as the lock is
// held.
static struct thread *find(int tid) REQUIRES(tree_lock)
{
    struct thread *t = thread_get(tid);

    spin_assert_held(&tree_lock);
    if (t != NULL && t->user == NULL) {
        thread_put(t);
        return NULL;
    }
    return t;
}

// Returns: the process with the number `pid`, even if it is not in the tree, or no longer.
static struct process *numbered(pid_t pid) REQUIRES(tree_lock)
{
    struct thread *t = find(pid);
    struct process *p = NULL;

    if (t != NULL) {
        p = t->user->process->pid == pid ? t->user->process : NULL;
        thread_put(t); // p->leader is another reference
    }
    return p;
}

struct process *process_find_locked(pid_t pid)
{
    struct process *p = numbered(pid);

    return p != NULL && p->in_tree ? p : NULL;
}

struct process *process_find(pid_t pid)
{
    spin_lock(&tree_lock);
    struct process *p = process_find_locked(pid);
    if (p != NULL) {
        (void)process_get(p);
    }
    spin_unlock(&tree_lock);
    return p;
}

struct user_thread *user_thread_find(int tid)
{
    struct user_thread *user = NULL;

    spin_lock(&tree_lock);
    struct thread *t = find(tid);
    if (t != NULL && !t->user->leaving) { // racy: it may leave at once
        user = t->user;
        (void)atomic_fetch_add_explicit(&user->refs, 1,
                                        memory_order_relaxed); // it has one: see find()
    }
    spin_unlock(&tree_lock);
    if (t != NULL && user == NULL) {
        thread_put(t);
    }
    return user;
}

void user_thread_put(struct user_thread *user)
{
    struct thread *t = user->thread;

    user_thread_drop(user);
    thread_put(t);
}

// Returns: the first process whose slot is >= *slot, which is advanced past it; NULL: none.
static struct process *next_at(unsigned *slot) REQUIRES(tree_lock)
{
    struct thread *t;
    struct process *p = NULL;

    spin_assert_held(&tree_lock);
    while (p == NULL && (t = pool_next(slot)) != NULL) {
        p = t->user != NULL ? t->user->process : NULL;
        p = p != NULL && p->in_tree && p->pid == t->tid ? p : NULL;
        thread_put(t);
    }
    return p;
}

struct process *process_next(pid_t after)
{
    unsigned slot = after == 0 ? 0 : (unsigned)after % POOL_SLOTS + 1;

    spin_lock(&tree_lock);
    struct process *found = next_at(&slot);
    if (found != NULL) {
        (void)process_get(found);
    }
    spin_unlock(&tree_lock);
    return found;
}

void process_each(void (*visit)(struct process *p, void *context), void *context)
{
    struct process *p;
    unsigned slot = 0;

    spin_lock(&tree_lock);
    while ((p = next_at(&slot)) != NULL) {
        visit(p, context);
    }
    spin_unlock(&tree_lock);
}

// ---- The end of a number -----------------------------------------------------------------------

// Nobody finds anything by the number of `p` any more.
static void give_up_number(struct process *p) REQUIRES(tree_lock)
{
    p->unlinked_user = p->leader->user;
    p->leader->user = NULL;
}

void process_forget(struct process *p)
{
    user_thread_drop(p->unlinked_user);
    thread_put(p->leader);
    process_put(p);
}

// ---- Groups ------------------------------------------------------------------------------------

struct process *process_group_find(pid_t pgid)
{
    struct process *group = numbered(pgid);

    return group != NULL && !list_is_empty(&group->members) ? group : NULL;
}

// The number of a process that has been waited for is given up by the last of its group.
static void leave_group(struct process *p) REQUIRES(tree_lock)
{
    struct process *group = p->group;

    list_remove(&p->group_node);
    if (group != p && !group->in_tree && list_is_empty(&group->members)) {
        give_up_number(group);
        process_forget(group);
    }
}

void process_join_group(struct process *p, struct process *group)
{
    spin_assert_held(&tree_lock);
    if (p->group == group) {
        return; // which might go if its last one left
    }
    if (p->group != NULL) {
        leave_group(p);
    }
    p->group = group;
    p->pgid = group->pid;
    list_push_back(&group->members, &p->group_node);
}

// ---- The tree ----------------------------------------------------------------------------------

int process_link(struct process *p, struct process *from, bool sibling)
{
    spin_lock(&tree_lock);
    // relaxed: who notifies all of a group holds this lock.
    if (from != NULL && atomic_load_explicit(&current()->notes, memory_order_relaxed) != 0) {
        spin_unlock(&tree_lock);
        return -ERESTARTNOINTR;
    }
    process_join_group(p, from != NULL ? from->group : p);
    p->sid = from != NULL ? from->sid : p->pid;
    if (from != NULL) {
        p->parent = sibling && from->parent != NULL ? from->parent : from;
        p->parent_pid = p->parent->pid;
        list_push_back(&p->parent->children, &p->sibling);
    }
    p->in_tree = true;
    spin_unlock(&tree_lock);
    return 0;
}

bool process_unlink(struct process *p)
{
    spin_assert_held(&tree_lock);
    list_remove(&p->sibling);
    p->in_tree = false;
    leave_group(p);
    bool needed = !list_is_empty(&p->members);
    if (!needed) {
        give_up_number(p);
    }
    return !needed;
}
