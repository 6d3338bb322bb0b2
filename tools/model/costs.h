// SPDX-License-Identifier: MIT
// tools/model/costs.h - what serves a miss, and what that costs, by where the copies are.
#pragma once

#include "tools/model/coherence.h"

struct verdict {
    enum miss miss;
    uint32_t cost; // cycles, before queue and jitter
};

// Judge a miss of the hart at `place` on a line of which the directory says `entry`.
struct verdict cost_of_load(const struct machine *machine, const struct directory_line *entry,
                            const struct place *place);

// The same for a store or an atomic access; the hart may hold the line, Shared.
struct verdict cost_of_store(const struct machine *machine, const struct directory_line *entry,
                             const struct place *place);
