// SPDX-License-Identifier: MIT
// user/sh/arena.h - memory that is given back in the reverse order, all at once.
//
// A command's syntax tree and the words it expands to live here: a mark is taken before, and what
// was allocated since is released after. A shell function outlives its command: arena_pin() keeps
// all that there is.
#pragma once

#include <stddef.h>

struct arena_block;
struct arena_mark {
    struct arena_block *block;
    size_t used;
};

// Zeroed memory. Ends the shell where there is none left.
void *arena_alloc(size_t bytes);

// A copy of `length` bytes, with a zero byte after it.
char *arena_copy(const char *text, size_t length);

struct arena_mark arena_mark(void);

// Release what was allocated since the mark, but for what is pinned.
void arena_release(struct arena_mark mark);

// Never release what is allocated now.
void arena_pin(void);
