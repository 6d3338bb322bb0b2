// SPDX-License-Identifier: MIT
// kernel/base/elf.c - reading the head of an executable.
#include "kernel/base/elf.h"

#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "kernel/base/string.h"

static bool header_is_sound(const struct elf_header *header, size_t bytes)
{
    return bytes >= sizeof(*header) && memcmp(header->ident, ELF_MAGIC, 4) == 0 &&
           header->ident[4] == ELFCLASS64 && header->ident[5] == ELFDATA2LSB &&
           (header->type == ET_EXEC || header->type == ET_DYN) && header->machine == EM_RISCV &&
           header->phentsize == sizeof(struct elf_segment) && header->phnum > 0 &&
           header->phoff <= bytes &&
           header->phnum <= (bytes - header->phoff) / sizeof(struct elf_segment);
}

// The pages of `segment`, whose end has been found not to overflow.
static uint64_t end_of(const struct elf_segment *segment)
{
    return round_up(segment->vaddr + segment->memsz, PAGE_SIZE);
}

static bool segment_is_sound(const struct elf_segment *segment, uint64_t file_bytes, uint64_t limit)
{
    return segment->filesz <= segment->memsz && segment->offset <= file_bytes &&
           segment->filesz <= file_bytes - segment->offset && segment->vaddr < limit &&
           segment->memsz <= limit - segment->vaddr &&
           segment->offset % PAGE_SIZE == segment->vaddr % PAGE_SIZE;
}

// Add segment[nr], which is to be loaded. Returns: 0; -ENOEXEC.
static int add(struct elf_image *image)
{
    const struct elf_segment *segment = &image->segment[image->nr];

    if (image->nr == ELF_SEGMENTS_MAX ||
        (image->nr > 0 && round_down(segment->vaddr, PAGE_SIZE) < image->end)) {
        return -ENOEXEC;
    }
    if (image->nr == 0) {
        image->start = round_down(segment->vaddr, PAGE_SIZE);
    }
    image->end = end_of(segment);
    image->nr++;
    return 0;
}

// Where the program headers are in memory, if they are in what `segment` has of the file.
static void find_headers(struct elf_image *image, const struct elf_segment *segment)
{
    uint64_t bytes = image->nr_headers * sizeof(struct elf_segment);

    if (image->headers_offset >= segment->offset &&
        image->headers_offset - segment->offset <= segment->filesz &&
        bytes <= segment->filesz - (image->headers_offset - segment->offset)) {
        image->headers_at = segment->vaddr + (image->headers_offset - segment->offset);
    }
}

// No segment yet. What follows segment[nr] is not looked at.
static void begin(struct elf_image *image, const struct elf_header *header)
{
    image->position_independent = header->type == ET_DYN;
    image->entry = header->entry;
    image->headers_at = 0;
    image->headers_offset = header->phoff;
    image->nr_headers = header->phnum;
    image->start = 0;
    image->end = 0;
    image->nr = 0;
}

static uint32_t type_of(const char *segment)
{
    uint32_t type;

    __builtin_memcpy_inline(&type, segment + offsetof(struct elf_segment, type), sizeof(type));
    return type;
}

int elf_read(const void *head, size_t bytes, uint64_t file_bytes, uint64_t limit,
             struct elf_image *image)
{
    struct elf_header header;
    int err = 0;

    memcpy(&header, head, bytes < sizeof(header) ? bytes : sizeof(header));
    if (!header_is_sound(&header, bytes)) {
        return -ENOEXEC;
    }
    begin(image, &header);
    for (unsigned i = 0; i < header.phnum && err == 0; i++) {
        const char *at = (const char *)head + header.phoff + i * sizeof(struct elf_segment);
        uint32_t type = type_of(at);

        if (type == PT_INTERP) {
            return -ELIBBAD;
        }
        if (type != PT_LOAD) {
            continue;
        }
        struct elf_segment *segment = &image->segment[image->nr];

        memcpy(segment, at, sizeof(*segment)); // which may have changed, but for what is checked
        if ((segment->memsz | segment->filesz) != 0) {
            err = segment_is_sound(segment, file_bytes, limit) ? add(image) : -ENOEXEC;
            find_headers(image, segment);
        }
    }
    return err != 0 || image->nr == 0 ? -ENOEXEC : 0;
}
