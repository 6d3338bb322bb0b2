// SPDX-License-Identifier: MIT
// kernel/fs/pipe_ring.h - where a pipe's bytes are. Context: pipe->lock held.
#pragma once

#include "kernel/fs/pipe.h"

// How many bytes there are, how many there can be, and for how many more there is room.
static inline uint64_t pipe_bytes_in(const struct pipe *pipe)
{
    return pipe->tail - pipe->head;
}

static inline uint64_t pipe_bytes_most(const struct pipe *pipe)
{
    return (uint64_t)pipe->nr_pages << PAGE_SHIFT;
}

static inline uint64_t pipe_room(const struct pipe *pipe)
{
    return pipe_bytes_most(pipe) - pipe_bytes_in(pipe);
}

// The place of the page that has, or will have, the byte at `position`.
static inline void **pipe_page_at(struct pipe *pipe, uint64_t position)
{
    return &pipe->pages[position >> PAGE_SHIFT & (pipe->nr_pages - 1)];
}
