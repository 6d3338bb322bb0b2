// SPDX-License-Identifier: MIT
// kernel/base/elf.h - reading the head of an executable: what to map where. Trusts nothing.
#pragma once

#include "kernel/abi/elf.h"
#include "kernel/base/annot.h"
#include "kernel/base/types.h"

enum { ELF_SEGMENTS_MAX = 16 };

struct elf_image {
    bool position_independent; // ET_DYN: addresses are offsets from wherever it is put
    uint64_t entry;
    uint64_t headers_at; // where the program headers are in memory; 0: in no segment
    uint64_t headers_offset;
    unsigned nr_headers;
    uint64_t start; // of the first segment, rounded down to a page
    uint64_t end;   // of the last, rounded up
    unsigned nr;
    // PT_LOAD, in ascending order, no page twice; and room for one that is looked at.
    struct elf_segment segment[ELF_SEGMENTS_MAX + 1];
};

// Read the `bytes` bytes at `head`, the beginning of a file of `file_bytes`; all segments have to
// lie below `limit`. Returns: 0; -ENOEXEC: it is no executable for this machine, or is damaged;
// -ELIBBAD: it wants a dynamic loader.
NODISCARD int elf_read(const void *head, size_t bytes, uint64_t file_bytes, uint64_t limit,
                       struct elf_image *image);
