// SPDX-License-Identifier: MIT
// user/sh/complete.h - what the word before the cursor may become: a command, or a file.
#pragma once

#include <stddef.h>

// In the arena.
struct completions {
    const char *more; // what all of them go on with, and a space after the only one
    char **names;     // sorted
    int count;
};

// The first word of a command is one of the shell's own commands or a program along PATH, unless it
// has a slash; any other is a file. Words with quotes in them are not understood.
struct completions complete_word(const char *line, size_t cursor);
