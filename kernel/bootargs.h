// SPDX-License-Identifier: MIT
// kernel/bootargs.h - what the command line in the device tree chooses.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/types.h"

enum { BOOTARG_BYTES = 32, BOOTARG_COMMAND_BYTES = 512 };

// Where time comes from; decides the unit of a bench.
enum timing {
    TIMING_HOST,    // the host's clock
    TIMING_COUNT,   // instructions
    TIMING_MODEL,   // cycles of the timing model
    TIMING_EXPLORE, // the same, but it serves the interleaving and means nothing
};

struct bootargs {
    char sched[BOOTARG_BYTES];
    char queues[BOOTARG_BYTES];
    char victim[BOOTARG_BYTES]; // whom an idle hart takes from
    char take[BOOTARG_BYTES];   // and how much
    char lockwait[BOOTARG_BYTES];
    char timing_name[BOOTARG_BYTES];
    char model[BOOTARG_BYTES]; // the machine that the timing model is of; empty: there is none
    char rev[BOOTARG_BYTES];
    char qemu[BOOTARG_BYTES];
    char omit[BOOTARG_BYTES];            // a step to leave out: see kernel/omit.h
    char host_cpus[BOOTARG_BYTES];       // a number, or empty: not known
    char host_free[BOOTARG_BYTES];       // in cores, with a fraction; the same
    char command[BOOTARG_COMMAND_BYTES]; // run this instead of a prompt; empty: a prompt
    enum timing timing;
    uint64_t quantum_ns;
    uint64_t seed;
    bool counters;        // the timing model answers kernel/riscv/model.h
    bool user;            // init=user: the first thread runs /init of the initial files
    bool report_syscalls; // syscalls=report: list the unknown ones at the end
    uint64_t asids;       // no more than so many are used; 0: none but ASID 0
    uint64_t watchdog;    // see watchdog_init(); 0: off
};

// Constant after bootargs_init().
extern struct bootargs bootargs;

// All of them as they were given, as the device tree has them. Constant after bootargs_init().
extern const char *bootargs_given;

struct fdt;

// Read /chosen/bootargs. Words that are missing get defaults; the command is all that follows
// `cmd=`. Returns: 0; -EINVAL, with a message printed, if a word has a value that is not allowed.
NODISCARD int bootargs_init(const struct fdt *fdt);
