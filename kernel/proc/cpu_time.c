// SPDX-License-Identifier: MIT
// kernel/proc/cpu_time.c - for how long threads and processes have run.
#include "kernel/proc/cpu_time.h"

#include "kernel/dispatch.h"

uint64_t thread_run_ns(struct thread *t)
{
    struct thread_info info;

    dispatch_describe(t, &info);
    return info.run_ns;
}

uint64_t process_run_ns_locked(struct process *p)
{
    struct list *node;

    // relaxed: who leaves the list counts itself under the lock.
    uint64_t sum = atomic_load_explicit(&p->threads_run_ns, memory_order_relaxed);
    list_for_each(node, &p->threads)
    {
        sum += thread_run_ns(list_entry(node, struct user_thread, link)->thread);
    }
    return sum;
}

uint64_t process_run_ns(struct process *p)
{
    spin_lock(&p->lock);
    uint64_t ns = process_run_ns_locked(p);
    spin_unlock(&p->lock);
    return ns;
}

uint64_t process_children_run_ns(struct process *p)
{
    spin_lock(&tree_lock);
    uint64_t ns = p->children_run_ns;
    spin_unlock(&tree_lock);
    return ns;
}
