// SPDX-License-Identifier: MIT
// kernel/proc/call_counts.c - how often a process has made which system call: task_info().
#include "kernel/proc/call_counts.h"

#include "kernel/abi/errno.h"
#include "kernel/base/string.h"
#include "kernel/proc/process.h"
#include "kernel/proc/sys.h"
#include "kernel/proc/user_time.h"
#include "kernel/riscv/syscall.h"
#include "mm/objcache.h"
#include "mm/user/copy.h"

enum { COUNTED_CALLS = 500, TASK_RUNNING = 2, NS_PER_MS = 1000000, TASK_INFO = 410 };

struct call_counts {
    atomic_uint of[COUNTED_CALLS]; // relaxed: sums
};

// What the teaching kernels give.
struct task_info {
    uint32_t status;
    uint32_t calls[COUNTED_CALLS];
    uint64_t time_ms; // since it was made
};

static struct objcache counts_cache = OBJCACHE_INIT(counts_cache, struct call_counts);

// Those of `p`, made when they are first needed. Returns: NULL if memory is short.
static struct call_counts *counts_of(struct process *p)
{
    // acquire: pairs with the release of whoever has made them.
    struct call_counts *counts = atomic_load_explicit(&p->call_counts, memory_order_acquire);

    if (counts != NULL) {
        return counts;
    }
    struct call_counts *made = objcache_alloc(&counts_cache);
    if (made == NULL) {
        return NULL;
    }
    memset(made, 0, sizeof(*made));
    // acq_rel: who loads it finds zeros. acquire: what another thread has made, likewise.
    if (atomic_compare_exchange_strong_explicit(&p->call_counts, &counts, made,
                                                memory_order_acq_rel, memory_order_acquire)) {
        return made;
    }
    objcache_free(&counts_cache, made);
    return counts;
}

void call_counts_note(uint64_t number)
{
    struct call_counts *counts = counts_of(current_process());

    if (counts != NULL && number < COUNTED_CALLS) {
        (void)atomic_fetch_add_explicit(&counts->of[number], 1, memory_order_relaxed);
    }
}

void call_counts_free(struct call_counts *counts)
{
    if (counts != NULL) {
        objcache_free(&counts_cache, counts);
    }
}

// Every hart counts from its next call on.
static void begin_to_count(void)
{
    for (unsigned cpu = 0; cpu < harts_present(); cpu++) {
        atomic_store_explicit(&processor_of(cpu)->system_calls, syscalls_counted,
                              memory_order_relaxed);
    }
}

long sys_task_info(uint64_t at)
{
    struct process *p = current_process();

    // acquire: as in counts_of(). Nothing is counted yet: not even this call.
    if (atomic_load_explicit(&p->call_counts, memory_order_acquire) == NULL) {
        begin_to_count();
        call_counts_note(TASK_INFO);
    }
    struct call_counts *counts = counts_of(p);
    uint64_t time_ms = ticks_to_ns(time_now_ticks() - p->start_ticks) / NS_PER_MS;

    if (counts == NULL) {
        return -ENOMEM;
    }
    if (put_user_u32(at, TASK_RUNNING) != 0 ||
        copy_to_user(at + offsetof(struct task_info, calls), counts->of, sizeof(counts->of)) != 0 ||
        copy_to_user(at + offsetof(struct task_info, time_ms), &time_ms, sizeof(time_ms)) != 0) {
        return -EFAULT;
    }
    return 0;
}
