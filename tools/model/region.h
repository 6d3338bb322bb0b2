// SPDX-License-Identifier: MIT
// tools/model/region.h - regions of interest: what happened between two hints of the guest.
#pragma once

#include <stdbool.h>

#include "tools/model/coherence.h"

// Reports go to the file `out`, a JSON object a line; nowhere if it is NULL. Returns false, having
// said why on stderr, if the file cannot be written.
bool region_start(const char *out, struct coherence *coherence, unsigned harts);

// The hart that runs begins a region, or ends it. A region that is open ends when another begins.
void region_begin(void);
void region_end(void);

// QEMU ends: write what the whole run took.
void region_finish(void);
