// SPDX-License-Identifier: MIT
// tools/model/region.h - regions of interest: what happened between two hints of the guest.
//
// Misses are noted while a region is open, and a report says where. Reporting changes nothing that
// the guest can see.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tools/model/coherence.h"

struct region_options {
    const char *out;                // file for the reports, see report.h; NULL: there are none
    uint64_t data_base, data_bytes; // where the image's data is in memory; no bytes: not known
};

// Get ready. Returns false, having said why on stderr, if the file cannot be written.
bool region_start(const struct region_options *options, struct coherence *coherence,
                  unsigned harts);

// The hart that runs begins a region, or ends it. A region that is open ends when another begins.
void region_begin(void);
void region_end(void);

// QEMU ends. A region that is still open is not reported: it has no end.
void region_finish(void);
