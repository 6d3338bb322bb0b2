// SPDX-License-Identifier: MIT
// tools/model/directory.c - room for the directory, which the host fills in as it is touched.
#include "tools/model/directory.h"

#include <stdlib.h>
#include <sys/mman.h>

static void *reserve(size_t bytes)
{
    void *room = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (room == MAP_FAILED) {
        return NULL;
    }
    // Huge pages would give memory to lines that are far from any that is touched. Where the host
    // has none it refuses, and that is as well.
    (void)madvise(room, bytes, MADV_NOHUGEPAGE);
    return room;
}

static void give_back(void *room, size_t bytes)
{
    if (room != NULL) {
        munmap(room, bytes);
    }
}

static size_t chunks_of(uint32_t lines)
{
    return ((size_t)lines + DIRECTORY_CHUNK_LINES - 1) / DIRECTORY_CHUNK_LINES;
}

static size_t index_bytes(uint32_t lines)
{
    return chunks_of(lines) * sizeof(uint32_t);
}

// One more chunk: the first is nobody's.
static size_t entries_bytes(uint32_t lines)
{
    return (chunks_of(lines) + 1) * DIRECTORY_CHUNK_LINES * sizeof(struct directory_line);
}

struct directory *directory_new(uint32_t lines)
{
    struct directory *directory = calloc(1, sizeof(*directory));

    if (directory == NULL) {
        return NULL;
    }
    directory->lines = lines;
    directory->chunks = reserve(index_bytes(lines));
    directory->entries = reserve(entries_bytes(lines));
    if (directory->chunks == NULL || directory->entries == NULL) {
        directory_free(directory);
        return NULL;
    }
    return directory;
}

void directory_free(struct directory *directory)
{
    if (directory != NULL) {
        give_back(directory->chunks, index_bytes(directory->lines));
        give_back(directory->entries, entries_bytes(directory->lines));
        free(directory);
    }
}
