// SPDX-License-Identifier: MIT
// tools/model/region.c - collects what a region's report needs, and has it written.
#include "tools/model/region.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/model/harts.h"
#include "tools/model/hot.h"
#include "tools/model/internals.h"
#include "tools/model/report.h"

static struct {
    const char *path;
    struct report *report; // NULL: nobody wants to know
    struct coherence *coherence;
    struct hot *hot;
    struct report_hart *begin, *end; // by hart
    unsigned harts;
    unsigned number; // of the region that began last
    bool open;
} region;

static void read_memory(uint64_t pa, void *to, size_t bytes)
{
    qemu.cpu_physical_memory_rw(pa, to, bytes, false);
}

// Returns false with errno.
static bool allocate(const struct region_options *options)
{
    region.hot = hot_new();
    region.begin = calloc(region.harts, sizeof(*region.begin));
    region.end = calloc(region.harts, sizeof(*region.end));
    if (region.hot == NULL || region.begin == NULL || region.end == NULL) {
        return false;
    }
    region.report =
        report_open(options->out, &(struct report_memory){.read = read_memory,
                                                          .ram_base = region.coherence->ram_base,
                                                          .data_base = options->data_base,
                                                          .data_bytes = options->data_bytes});
    return region.report != NULL;
}

static void complain(void)
{
    (void)fprintf(stderr, "model: out=%s: %s\n", region.path, strerror(errno));
}

bool region_start(const struct region_options *options, struct coherence *coherence, unsigned harts)
{
    region.path = options->out;
    region.coherence = coherence;
    region.harts = harts;
    if (options->out == NULL || allocate(options)) {
        return true;
    }
    complain();
    return false;
}

// A hart that sleeps has the clock of when it fell asleep: it is as late as the one that runs.
static uint64_t clock_of(const struct hart *hart)
{
    return hart->clock > harts_running->clock ? hart->clock : harts_running->clock;
}

static void take_counters(struct report_hart *counters)
{
    for (unsigned i = 0; i < region.harts; i++) {
        const struct hart *hart = harts_get(i);
        const struct hart_counters *cache = coherence_counters(region.coherence, i);

        counters[i] = (struct report_hart){{
            [REPORT_CYCLES] = clock_of(hart),
            [REPORT_INSTRUCTIONS] = hart->instructions,
            [REPORT_HITS] = cache->hits,
            [REPORT_MISSES] = cache->misses,
            [REPORT_TRANSFERS] = cache->transfers,
            [REPORT_UPGRADES] = cache->upgrades,
            [REPORT_STALL_CYCLES] = cache->stall_cycles,
            [REPORT_QUEUED_CYCLES] = cache->queued_cycles,
            [REPORT_TLB_FLUSHES] = hart->tlb_flushes,
            [REPORT_SATP_CHANGES] = hart->satp_changes,
            [REPORT_SUM_CHANGES] = hart->sum_changes,
        }};
    }
}

void region_begin(void)
{
    region_end();
    region.number++;
    if (region.report == NULL) {
        return;
    }
    region.open = true;
    hot_clear(region.hot);
    take_counters(region.begin);
    region.coherence->note_ctx = region.hot;
    region.coherence->note = hot_note;
}

void region_end(void)
{
    if (!region.open) {
        return;
    }
    region.open = false;
    region.coherence->note = NULL;
    take_counters(region.end);
    if (report_region(region.report, &(struct report_region){.number = region.number,
                                                             .harts = region.harts,
                                                             .begin = region.begin,
                                                             .end = region.end,
                                                             .hot = region.hot}) != 0) {
        complain();
    }
}

void region_finish(void)
{
    if (report_close(region.report) != 0) {
        complain();
    }
    region.report = NULL;
}
