// SPDX-License-Identifier: MIT
// tests/host/elf_test.c - kernel/base/elf.c: a sound image, and each way in which one can be wrong.
#include <stdlib.h>

#include "kernel/abi/errno.h"
#include "kernel/base/compiler.h"
#include "kernel/base/elf.h"
#include "kernel/base/string.h"
#include "tests/host/shim/expect_panic.h"

enum { FILE_BYTES = 0x3000 };
#define LIMIT 0x4000000000UL

struct file {
    struct elf_header header;
    struct elf_segment segment[3];
};

// Text, data with zeros after it, and something that is not to be loaded.
static struct file sound(void)
{
    return (struct file){
        .header = {.ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB},
                   .type = ET_EXEC,
                   .machine = EM_RISCV,
                   .entry = 0x10100,
                   .phoff = sizeof(struct elf_header),
                   .phentsize = sizeof(struct elf_segment),
                   .phnum = 3},
        .segment = {{.type = PT_LOAD, .vaddr = 0x10000, .filesz = 0x1800, .memsz = 0x1800},
                    {.type = PT_LOAD,
                     .offset = 0x1800,
                     .vaddr = 0x12800,
                     .filesz = 0x100,
                     .memsz = 0x2000},
                    {.type = PT_GNU_STACK}},
    };
}

static int read_file(const struct file *file, struct elf_image *image)
{
    return elf_read(file, sizeof(*file), FILE_BYTES, LIMIT, image);
}

static void test_sound(void **state)
{
    struct file file = sound();
    struct elf_image image;

    (void)state;
    assert_int_equal(read_file(&file, &image), 0);
    assert_false(image.position_independent);
    assert_int_equal(image.entry, 0x10100);
    assert_int_equal(image.nr, 2);
    assert_int_equal(image.start, 0x10000);
    assert_int_equal(image.end, 0x15000);
    assert_int_equal(image.headers_at, 0x10000 + sizeof(struct elf_header));
    assert_int_equal(image.nr_headers, 3);
}

static void test_headers_in_no_segment(void **state)
{
    struct file file = sound();
    struct elf_image image;

    (void)state;
    file.segment[0].offset = 0x1000;
    assert_int_equal(read_file(&file, &image), 0);
    assert_int_equal(image.headers_at, 0);
}

// What is changed in a sound file, and what comes of it.
struct damage {
    const char *what;
    size_t offset; // in struct file
    size_t bytes;
    uint64_t value;
    int result;
};

#define HEADER(field, value, result)                                                               \
    {                                                                                              \
        "header " #field " " #value, offsetof(struct file, header.field),                          \
            sizeof(((struct file *)0)->header.field), value, result                                \
    }
#define SEGMENT(n, field, value, result)                                                           \
    {                                                                                              \
        "segment " #n " " #field " " #value, offsetof(struct file, segment[n].field),              \
            sizeof(((struct file *)0)->segment[n].field), value, result                            \
    }

static const struct damage damages[] = {
    HEADER(ident[0], 'E', -ENOEXEC),
    HEADER(ident[4], 1, -ENOEXEC),
    HEADER(ident[5], 2, -ENOEXEC),
    HEADER(type, 1, -ENOEXEC),
    HEADER(type, ET_DYN, 0),
    HEADER(machine, 62, -ENOEXEC),
    HEADER(phentsize, 32, -ENOEXEC),
    HEADER(phnum, 0, -ENOEXEC),
    HEADER(phnum, 4, -ENOEXEC),
    HEADER(phoff, UINT64_MAX, -ENOEXEC),
    HEADER(phoff, sizeof(struct file) + 1, -ENOEXEC),
    SEGMENT(2, type, PT_INTERP, -ELIBBAD),
    SEGMENT(0, filesz, 0x1801, -ENOEXEC), // larger than in memory
    SEGMENT(1, memsz, LIMIT - 0x12800 + 1, -ENOEXEC),
    SEGMENT(1, memsz, UINT64_MAX, -ENOEXEC),
    SEGMENT(1, vaddr, LIMIT + 0x800, -ENOEXEC),
    SEGMENT(1, vaddr, UINT64_MAX - 0x7ff, -ENOEXEC),
    SEGMENT(1, vaddr, 0x12000, -ENOEXEC), // not where the file has it in its page
    SEGMENT(1, vaddr, 0x11800, -ENOEXEC), // in the page where text ends
    SEGMENT(1, vaddr, 0x0800, -ENOEXEC),  // not ascending
    SEGMENT(1, offset, FILE_BYTES + 0x800, -ENOEXEC),
    SEGMENT(1, offset, UINT64_MAX - 0x7ff, -ENOEXEC),
    SEGMENT(0, memsz, 0, -ENOEXEC), // nothing of it, but something of the file
};

static void test_damage(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(damages); i++) {
        const struct damage *damage = &damages[i];
        struct file file = sound();
        struct elf_image image;

        memcpy((char *)&file + damage->offset, &damage->value, damage->bytes);
        if (read_file(&file, &image) != damage->result) {
            fail_msg("%s: not %d", damage->what, damage->result);
        }
    }
}

// Every file that ends too early is refused, and nothing after its end is looked at.
static void test_short(void **state)
{
    struct file file = sound();
    struct elf_image image;

    (void)state;
    for (size_t bytes = 0; bytes < sizeof(file); bytes++) {
        char *copy = malloc(bytes + (bytes == 0));

        memcpy(copy, &file, bytes);
        assert_int_equal(elf_read(copy, bytes, FILE_BYTES, LIMIT, &image), -ENOEXEC);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sound),
        cmocka_unit_test(test_headers_in_no_segment),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_short),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
