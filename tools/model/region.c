// SPDX-License-Identifier: MIT
// tools/model/region.c - counts regions of interest.
#include "tools/model/region.h"

#include <stdint.h>
#include <stdio.h>

#include "tools/model/engine.h"

static const char *path;
static unsigned harts;
static unsigned regions;

bool region_start(const char *out, struct coherence *coherence, unsigned harts_count)
{
    (void)coherence;
    path = out;
    harts = harts_count;
    return true;
}

void region_begin(void)
{
    regions++;
}

void region_end(void)
{
}

void region_finish(void)
{
    uint64_t instructions = 0;

    for (unsigned i = 0; i < harts; i++) {
        instructions += engine_hart(i)->instructions;
    }
    if (path != NULL) {
        (void)fprintf(stderr, "model: %u regions, %lu instructions, %lu turns\n", regions,
                      (unsigned long)instructions, (unsigned long)engine_turns());
    }
}
