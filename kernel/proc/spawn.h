// SPDX-License-Identifier: MIT
// kernel/proc/spawn.h - a program that is ready to run in a process which is not there yet.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/proc/process.h"
#include "kernel/riscv/context.h"

struct spawn {
    struct aspace *as; // with the program and its stack filled in; referenced
    struct file *executable;
    struct program_strings strings;
    struct signal_actions *actions; // all default; referenced
    struct trap_frame frame;
    char name[PROCESS_NAME_BYTES];
};

// Make a child of the calling process that runs it. What it takes over is NULL afterwards.
// Returns: its pid; -errno. Context: thread, no locks.
NODISCARD long spawn_child(struct spawn *spawn);
