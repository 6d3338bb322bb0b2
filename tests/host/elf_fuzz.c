// SPDX-License-Identifier: MIT
// tests/host/elf_fuzz.c - kernel/base/elf.c on what libFuzzer makes up.
//
// The input is the beginning of a file. Whatever is accepted can be mapped: segments ascend, lie
// below the limit and within the file, and share no page.
#include "kernel/base/bits.h"
#include "kernel/base/elf.h"

#define LIMIT 0x4000000000UL

// libFuzzer calls it with each input.
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_segment(const struct elf_segment *segment, uint64_t file_bytes, uint64_t after)
{
    assert(segment->filesz <= segment->memsz);
    assert(segment->offset <= file_bytes && segment->filesz <= file_bytes - segment->offset);
    assert(segment->vaddr < LIMIT && segment->memsz <= LIMIT - segment->vaddr);
    assert(round_down(segment->vaddr, PAGE_SIZE) >= after);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct elf_image image;
    uint64_t file_bytes = 4 * size;
    uint64_t after = 0;

    if (elf_read(bytes, size, file_bytes, LIMIT, &image) != 0) {
        return 0;
    }
    assert(image.nr >= 1 && image.nr <= ELF_SEGMENTS_MAX);
    for (unsigned i = 0; i < image.nr; i++) {
        const struct elf_segment *segment = &image.segment[i];

        check_segment(segment, file_bytes, after);
        after = round_up(segment->vaddr + segment->memsz, PAGE_SIZE);
    }
    assert(image.end == after);
    return 0;
}
