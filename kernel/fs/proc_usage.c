// SPDX-License-Identifier: MIT
// kernel/fs/proc_usage.c - /proc/hartbeat/usage: how much of everything is in use, to find leaks.
//
// A line `name number` each. Before it is made, whatever is kept for reuse is given back; so two
// readings with nothing going on in between are equal, and whatever more the second one has leaked.
// `frames` are those that no cache has: how full slabs are depends on who came and went. Nor has
// the thread pool, which keeps its slots for good.
#include "kernel/fs/proc_usage.h"

#include "kernel/dispatch.h"
#include "kernel/pool.h"
#include "mm/frame.h"
#include "mm/kstack.h"
#include "mm/memory.h"
#include "mm/objcache.h"

static unsigned count_threads(void)
{
    struct thread_info info;
    unsigned nr = 0;

    for (unsigned slot = 0; thread_info_next(&slot, &info);) {
        nr++;
    }
    return nr;
}

void show_usage(struct sink *sink, uint64_t id, int status)
{
    struct objcache *cache = NULL;
    struct objcache_usage usage;
    size_t in_caches = 0;

    (void)id;
    (void)status;
    mm_reclaim();
    while (objcache_next(&cache, &usage)) {
        sink_print(sink, "%s %zu\n", usage.name, usage.objects);
        in_caches += usage.frames;
    }
    sink_print(sink, "threads %u\nstacks %zu\nframes %zu\n", count_threads(), kstack_mapped(),
               frames_total() - frames_free_count() - in_caches - pool_frames());
}
