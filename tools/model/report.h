// SPDX-License-Identifier: MIT
// tools/model/report.h - writes what happened in each region of interest: one JSON object a line.
//
//     {"region": 1,
//      "harts": [{"cycles": .., "instructions": .., ..}, ..],      by cpu; enum report_counter
//      "discarded": {"misses": .., "stall_cycles": ..},            what hot.h had no room for
//      "lines": [{"pa": .., "misses": .., ..,                      the ten hottest, hottest first
//                 "sites": [{"offset": .., "pc": .., "misses": .., .., "harts": {"0": misses, ..}},
//                           ..],
//                 "page": "hex", "heads": ["hex", ..]}, ..],
//      "data": "hex"}
//
// The last three say whose memory a line is that is outside of the image's data: the 4 KiB page
// around it, the first bytes of the aligned blocks of 4, 8, 16 and 32 KiB that hold it, and, once a
// region, the image's data.
// tools/launcher/hotlines.py turns addresses into names.
#pragma once

#include <stdint.h>

#include "tools/model/hot.h"

enum { REPORT_LINES = 10 };

enum report_counter {
    REPORT_CYCLES,
    REPORT_INSTRUCTIONS,
    REPORT_HITS,
    REPORT_MISSES,
    REPORT_TRANSFERS,
    REPORT_UPGRADES,
    REPORT_STALL_CYCLES,
    REPORT_QUEUED_CYCLES,
    REPORT_TLB_FLUSHES,
    REPORT_SATP_CHANGES,
    REPORT_SUM_CHANGES,
    REPORT_COUNTERS,
};

// What one hart has counted since the machine was switched on.
struct report_hart {
    uint64_t value[REPORT_COUNTERS];
};

// The guest's memory, and where in it the image's data is.
struct report_memory {
    void (*read)(uint64_t pa, void *to, size_t bytes);
    uint64_t ram_base;
    uint64_t data_base, data_bytes; // no bytes: nothing is looked up
};

struct report_region {
    unsigned number; // from 1
    unsigned harts;
    const struct report_hart *begin; // by cpu
    const struct report_hart *end;   // the same
    struct hot *hot;                 // NULL: there is no cache model, and no lines are reported
};

struct report;

// Start a new file, or truncate an old one. `memory` is copied; NULL: there is none to look into.
// Returns: NULL, with errno, if the file cannot be written or there is no memory.
struct report *report_open(const char *path, const struct report_memory *memory);

// Write one region, and ask the host to keep it. hot_rank() is called on region->hot.
// Returns: 0, or -1 with errno if it could not be written.
int report_region(struct report *report, const struct report_region *region);

// Returns: as report_region(). `report` may be NULL.
int report_close(struct report *report);
