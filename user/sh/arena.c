// SPDX-License-Identifier: MIT
// user/sh/arena.c - memory that is given back in the reverse order, all at once.
#include "user/sh/arena.h"

#include <stdlib.h>
#include <string.h>

#include "user/lib/fail.h"

enum { BLOCK_BYTES = 4000, ALIGN = 16 };

struct arena_block {
    struct arena_block *before;
    size_t number; // from 1, ascending from block to block
    size_t room;
    _Alignas(ALIGN) char data[];
};

static struct arena_block *last;
static size_t used;
static struct arena_mark pinned;

static void add_block(size_t bytes)
{
    size_t room = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;
    struct arena_block *block = malloc(sizeof(*block) + room);
    if (block == NULL) {
        die("memory");
    }
    *block = (struct arena_block){
        .before = last, .number = last != NULL ? last->number + 1 : 1, .room = room};
    last = block;
    used = 0;
}

void *arena_alloc(size_t bytes)
{
    bytes = (bytes + ALIGN - 1) / ALIGN * ALIGN;
    if (last == NULL || bytes > last->room - used) {
        add_block(bytes);
    }
    void *memory = last->data + used;
    used += bytes;
    return memset(memory, 0, bytes);
}

char *arena_copy(const char *text, size_t length)
{
    return memcpy(arena_alloc(length + 1), text, length);
}

struct arena_mark arena_mark(void)
{
    return (struct arena_mark){last, used};
}

static size_t number_of_block(const struct arena_block *block)
{
    return block != NULL ? block->number : 0;
}

void arena_release(struct arena_mark mark)
{
    size_t number = number_of_block(mark.block);
    size_t floor = number_of_block(pinned.block);
    if (number < floor || (number == floor && mark.used < pinned.used)) {
        mark = pinned;
    }
    while (last != mark.block) {
        struct arena_block *before = last->before;
        free(last);
        last = before;
    }
    used = mark.used;
}

void arena_pin(void)
{
    pinned = arena_mark();
}
