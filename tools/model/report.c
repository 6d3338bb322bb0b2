// SPDX-License-Identifier: MIT
// tools/model/report.c - the JSON of a region, written as it is computed.
#include "tools/model/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    PAGE_BYTES = 4096,
    HEAD_BYTES = 64,
    HEADS = 4, // blocks of one page, two, four and eight
};

struct report {
    FILE *file;
    struct report_memory memory;
};

static const char *const counter_names[REPORT_COUNTERS] = {
    [REPORT_CYCLES] = "cycles",
    [REPORT_INSTRUCTIONS] = "instructions",
    [REPORT_HITS] = "hits",
    [REPORT_MISSES] = "misses",
    [REPORT_TRANSFERS] = "transfers",
    [REPORT_UPGRADES] = "upgrades",
    [REPORT_STALL_CYCLES] = "stall_cycles",
    [REPORT_QUEUED_CYCLES] = "queued_cycles",
    [REPORT_TLB_FLUSHES] = "tlb_flushes",
    [REPORT_SATP_CHANGES] = "satp_changes",
    [REPORT_SUM_CHANGES] = "sum_changes",
};

struct report *report_open(const char *path, const struct report_memory *memory)
{
    struct report *report = calloc(1, sizeof(*report));

    if (report == NULL) {
        return NULL;
    }
    if (memory != NULL) {
        report->memory = *memory;
    }
    report->file = fopen(path, "w");
    if (report->file == NULL) {
        free(report);
        return NULL;
    }
    return report;
}

int report_close(struct report *report)
{
    int status = report != NULL ? fclose(report->file) : 0;

    free(report);
    return status;
}

// A comma between the elements of a list.
static const char *comma(size_t i)
{
    return i > 0 ? ", " : "";
}

// ---- Counters ----------------------------------------------------------------------------------

static void write_hart(FILE *file, const struct report_hart *begin, const struct report_hart *end)
{
    for (size_t i = 0; i < REPORT_COUNTERS; i++) {
        fprintf(file, "%s\"%s\": %" PRIu64, comma(i), counter_names[i],
                end->value[i] - begin->value[i]);
    }
}

static void write_harts(FILE *file, const struct report_region *region)
{
    fputs("\"harts\": [", file);
    for (unsigned hart = 0; hart < region->harts; hart++) {
        fprintf(file, "%s{", comma(hart));
        write_hart(file, &region->begin[hart], &region->end[hart]);
        fputc('}', file);
    }
    fputc(']', file);
}

static void write_counts(FILE *file, const struct hot_counts *counts)
{
    fprintf(file,
            "\"misses\": %" PRIu64 ", \"transfers\": %" PRIu64 ", \"upgrades\": %" PRIu64
            ", \"stores\": %" PRIu64 ", \"stall_cycles\": %" PRIu64 ", \"queued_cycles\": %" PRIu64,
            counts->misses, counts->transfers, counts->upgrades, counts->stores,
            counts->stall_cycles, counts->queued_cycles);
}

// ---- Whose memory ------------------------------------------------------------------------------

static void write_hex(FILE *file, const unsigned char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        fprintf(file, "%02x", bytes[i]);
    }
}

static void write_bytes(const struct report *report, uint64_t pa, uint64_t count)
{
    unsigned char bytes[PAGE_BYTES];

    fputc('"', report->file);
    for (uint64_t at = 0; at < count; at += PAGE_BYTES) {
        size_t some = count - at < PAGE_BYTES ? count - at : PAGE_BYTES;

        report->memory.read(pa + at, bytes, some);
        write_hex(report->file, bytes, some);
    }
    fputc('"', report->file);
}

static void write_heads(const struct report *report, uint64_t pa)
{
    fputs(", \"heads\": [", report->file);
    for (unsigned order = 0; order < HEADS; order++) {
        uint64_t base = pa - pa % ((uint64_t)PAGE_BYTES << order);

        // RAM may start in the middle of such a block.
        if (base >= report->memory.ram_base) {
            fputs(comma(order), report->file);
            write_bytes(report, base, HEAD_BYTES);
        }
    }
    fputc(']', report->file);
}

// Is a line neither in the image's data nor unknown because there is no memory to look into?
static bool is_elsewhere(const struct report *report, uint64_t pa)
{
    const struct report_memory *m = &report->memory;

    return m->data_bytes > 0 && pa - m->data_base >= m->data_bytes;
}

static void write_around(const struct report *report, uint64_t pa)
{
    fputs(", \"page\": ", report->file);
    write_bytes(report, pa - pa % PAGE_BYTES, PAGE_BYTES);
    write_heads(report, pa);
}

// ---- Lines -------------------------------------------------------------------------------------

// One address and one instruction, by all harts; they follow one another in `site`.
// Returns: how many of the `count` sites that were.
static size_t write_site(FILE *file, const struct hot_site *site, size_t count)
{
    struct hot_counts sum = {0};
    size_t n = 0;

    fprintf(file, "{\"offset\": %" PRIu64 ", \"pc\": %" PRIu64 ", \"harts\": {",
            site->pa % LINE_BYTES, site->pc);
    for (; n < count && site[n].pa == site->pa && site[n].pc == site->pc; n++) {
        fprintf(file, "%s\"%u\": %" PRIu64, comma(n), site[n].hart, site[n].counts.misses);
        hot_counts_add(&sum, &site[n].counts);
    }
    fputs("}, ", file);
    write_counts(file, &sum);
    fputc('}', file);
    return n;
}

static void write_line(const struct report *report, const struct hot_line *line)
{
    fprintf(report->file, "{\"pa\": %" PRIu64 ", ", line->pa);
    write_counts(report->file, &line->counts);
    fputs(", \"sites\": [", report->file);
    for (size_t i = 0; i < line->nr_sites;) {
        fputs(comma(i), report->file);
        i += write_site(report->file, &line->sites[i], line->nr_sites - i);
    }
    fputc(']', report->file);
    if (is_elsewhere(report, line->pa)) {
        write_around(report, line->pa);
    }
    fputc('}', report->file);
}

static void write_lines(const struct report *report, struct hot *hot)
{
    struct hot_line top[REPORT_LINES];
    size_t count = hot_rank(hot, top, REPORT_LINES);
    struct hot_counts discarded = hot_discarded(hot);
    bool any_elsewhere = false;

    fprintf(report->file,
            ", \"discarded\": {\"misses\": %" PRIu64 ", \"stall_cycles\": %" PRIu64
            "}, \"lines\": [",
            discarded.misses, discarded.stall_cycles);
    for (size_t i = 0; i < count; i++) {
        fputs(comma(i), report->file);
        write_line(report, &top[i]);
        any_elsewhere |= is_elsewhere(report, top[i].pa);
    }
    fputc(']', report->file);
    if (any_elsewhere) {
        fputs(", \"data\": ", report->file);
        write_bytes(report, report->memory.data_base, report->memory.data_bytes);
    }
}

int report_region(struct report *report, const struct report_region *region)
{
    fprintf(report->file, "{\"region\": %u, ", region->number);
    write_harts(report->file, region);
    if (region->hot != NULL) {
        write_lines(report, region->hot);
    }
    fputs("}\n", report->file);
    fflush(report->file);
    return ferror(report->file) ? -1 : 0;
}
