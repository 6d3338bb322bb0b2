// SPDX-License-Identifier: MIT
// tests/tools/read_image.c - what the kernel's own readers find in executables and archives.
//
// HEAD_BYTES and USER_END, of the kernel's, come from the compiler's command line.
// usage: read_image elf|cpio FILE...
// Of an executable: a line `exec ENTRY` or `dyn ENTRY`, and one for each segment that is loaded, or
// `refused`. Of an archive: a line for each entry, its name last, as two digits a byte; then `end`,
// or `refused AT` where it is none any more. In front of both: `file FILE`.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/base/cpio.h"
#include "kernel/base/elf.h"

static void read_executable(const char *bytes, size_t size)
{
    struct elf_image image;
    size_t head = size < HEAD_BYTES ? size : HEAD_BYTES;

    if (elf_read(bytes, head, size, USER_END, &image) != 0) {
        puts("refused");
        return;
    }
    printf("%s %lx\n", image.position_independent ? "dyn" : "exec", image.entry);
    for (unsigned i = 0; i < image.nr; i++) {
        const struct elf_segment *s = &image.segment[i];

        printf("%lx %lx %lx %lx %x\n", s->offset, s->vaddr, s->filesz, s->memsz, s->flags);
    }
}

static void print_entry(const struct cpio_entry *entry)
{
    printf("%o %u %u %u %zu %u %u %u ", entry->mode, entry->nlink, entry->uid, entry->gid,
           entry->bytes, entry->mtime_s, entry->rdev_major, entry->rdev_minor);
    for (const char *c = entry->name; *c != '\0'; c++) {
        printf("%02x", (unsigned char)*c);
    }
    puts("");
}

static void read_archive(const char *bytes, size_t size)
{
    struct cpio cpio;
    struct cpio_entry entry;
    int more;

    cpio_open(&cpio, bytes, size);
    while ((more = cpio_next(&cpio, &entry)) > 0) {
        print_entry(&entry);
    }
    if (more == 0) {
        puts("end");
    } else {
        printf("refused %zu\n", cpio.at);
    }
}

// Returns: the contents of a file, in memory of just that size.
static char *contents(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");

    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        perror(path);
        exit(2);
    }
    *size = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(*size + 1); // an empty file has memory too

    if (bytes == NULL || fread(bytes, 1, *size, file) != *size) {
        perror(path);
        exit(2);
    }
    fclose(file);
    return realloc(bytes, *size + (*size == 0));
}

int main(int argc, char **argv)
{
    for (int i = 2; i < argc; i++) {
        size_t size;
        char *bytes = contents(argv[i], &size);

        printf("file %s\n", argv[i]);
        (strcmp(argv[1], "elf") == 0 ? read_executable : read_archive)(bytes, size);
        free(bytes);
    }
    return 0;
}
