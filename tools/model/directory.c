// SPDX-License-Identifier: MIT
// tools/model/directory.c - room for the directory, which the host fills in as it is touched.
#include "tools/model/directory.h"

#include <stddef.h>
#include <sys/mman.h>

struct directory_line *directory_new(uint32_t lines)
{
    size_t bytes = (size_t)lines * sizeof(struct directory_line);
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

void directory_free(struct directory_line *directory, uint32_t lines)
{
    if (directory != NULL) {
        munmap(directory, (size_t)lines * sizeof(*directory));
    }
}
