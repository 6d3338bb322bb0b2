// SPDX-License-Identifier: MIT
// kernel/proc/exec.h - what an exec or a spawn() collects before it commits itself.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/proc/exec_args.h"
#include "kernel/proc/program.h"
#include "mm/user/aspace.h"

enum { EXEC_PATH_BYTES = PAGE_SIZE };

// All that an exec collects before it commits itself; too large for a stack.
struct exec {
    struct program program;
    struct exec_args args;
    struct aspace *as;
    char *path;                        // EXEC_PATH_BYTES
    char line[PROGRAM_LINE_BYTES + 1]; // of a script
};

// Returns: one that has nothing yet, with any path; NULL if memory is short. Context:
// thread.
NODISCARD struct exec *exec_new(void);
void exec_free(struct exec *exec); // with what it still has

// Find out what `path` and `args` run, a script's interpreter included.
// Returns: 0, with a new address space that has the program; -errno. Context: thread, blocks.
NODISCARD int exec_prepare(struct exec *exec);
