// SPDX-License-Identifier: MIT
// tools/model/arguments.h - what the plugin is told on QEMU's command line, as KEY=VALUE.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tools/model/checker.h"
#include "tools/model/engine.h"
#include "tools/model/machine.h"
#include "tools/model/region.h"

enum mode { MODE_COUNT, MODE_MODEL, MODE_EXPLORE, MODES };

struct arguments {
    enum mode mode;
    uint64_t ram;   // bytes of the guest's memory
    uint64_t nodes; // that share it evenly
    struct region_options region;
    struct checker_options checker;
    struct machine machine;
    struct engine_options engine;
};

// Read them; what is not given has its default. Keys that are none of ours are the machine's. The
// strings are changed. Returns whether all are right; says on stderr what is not.
bool arguments_read(struct arguments *arguments, int argc, char **argv);

// Check that they fit together, for so many harts; under `count` nothing is modelled, and all do.
// Returns whether they do; says on stderr what does not.
bool arguments_check(struct arguments *arguments, unsigned harts);

// Say on stderr that an argument is refused. Returns false.
bool arguments_refuse(const char *argument, const char *allowed);
