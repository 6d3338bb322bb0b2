// SPDX-License-Identifier: MIT
// kernel/proc/exec_args.h - what a program is started with: its arguments and environment, on their
// way from the old program's memory to the new one's stack.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/types.h"

enum { EXEC_STRINGS_MAX_ORDER = 9 }; // frames of strings, as a power of two: 2 MiB, as Linux has it

// Strings, one after the other, first those of argv, then those of envp.
struct exec_args {
    char *strings; // 2^order frames
    unsigned order;
    size_t bytes;      // used
    size_t argv_bytes; // of these: argv's
    unsigned argc;
    unsigned envc;
};

// Returns: 0; -ENOMEM.
NODISCARD int exec_args_init(struct exec_args *args);
void exec_args_free(struct exec_args *args);

// Copy the two arrays of the calling program. NULL counts as an empty array; an empty argv gets one
// empty string. Returns: 0; -EFAULT; -E2BIG; -ENOMEM.
NODISCARD int exec_args_copy(struct exec_args *args, uint64_t argv, uint64_t envp);

// Add one of the kernel's own strings to argv; environment strings come after. Returns: as above.
NODISCARD int exec_args_add(struct exec_args *args, const char *text);

// A script: `first`, `second` if it is not NULL, and `path` take the place of argv[0].
NODISCARD int exec_args_interpret(struct exec_args *args, const char *first, const char *second,
                                  const char *path);
