// SPDX-License-Identifier: MIT
// tests/host/cpio_test.c - kernel/base/cpio.c on archives that the host's cpio makes, whole and
// damaged.
#include <setjmp.h> // cmocka wants these first
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/base/cpio.h"

enum { ARCHIVE_MAX = 1 << 20, HEADER_BYTES = 110 };

// An archive in memory of just its size, so that AddressSanitizer sees each byte beyond it.
struct archive {
    char *bytes;
    size_t size;
};

// Make an archive of what `script` leaves in an empty directory.
static struct archive make_archive(const char *script)
{
    char command[2048];
    struct archive a = {malloc(ARCHIVE_MAX), 0};

    snprintf(command, sizeof(command),
             "set -e; d=$(mktemp -d); cd $d; umask 022; %s; find . | LC_ALL=C sort | "
             "cpio --quiet -o -H newc; cd /; rm -rf $d",
             script);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    a.size = fread(a.bytes, 1, ARCHIVE_MAX, pipe);
    assert_int_equal(pclose(pipe), 0);
    assert_true(a.size > 0 && a.size < ARCHIVE_MAX);
    a.bytes = realloc(a.bytes, a.size);
    return a;
}

// Read all of it. Returns: how many entries; -EINVAL.
static int read_all(const void *bytes, size_t size)
{
    struct cpio cpio;
    struct cpio_entry entry;
    int n = 0;
    int more;

    cpio_open(&cpio, bytes, size);
    while ((more = cpio_next(&cpio, &entry)) > 0) {
        volatile char sum = 0; // every byte may be looked at

        for (size_t i = 0; i < entry.bytes; i++) {
            sum = (char)(sum + ((const char *)entry.data)[i]);
        }
        assert_true(strlen(entry.name) < size);
        n++;
    }
    return more < 0 ? more : n;
}

static bool find(const struct archive *a, const char *name, struct cpio_entry *entry)
{
    struct cpio cpio;

    cpio_open(&cpio, a->bytes, a->size);
    while (cpio_next(&cpio, entry) > 0) {
        if (strcmp(entry->name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void reads_what_cpio_wrote(void **state)
{
    struct archive a = make_archive("printf hello >f; chmod 640 f; mkdir -p d/e; ln -s f l; "
                                    "mkfifo p; : >empty; head -c 5000 /dev/zero >d/z");
    struct cpio_entry e;

    (void)state;
    assert_int_equal(read_all(a.bytes, a.size), 8); // "." is one of them
    assert_true(find(&a, "f", &e));
    assert_int_equal(e.mode, S_IFREG | 0640);
    assert_int_equal(e.bytes, 5);
    assert_memory_equal(e.data, "hello", 5);
    assert_int_equal(e.uid, getuid());
    assert_true(find(&a, "d/e", &e) && e.mode == (S_IFDIR | 0755));
    assert_true(find(&a, "l", &e) && (e.mode & S_IFMT) == S_IFLNK && e.bytes == 1);
    assert_memory_equal(e.data, "f", 1);
    assert_true(find(&a, "p", &e) && (e.mode & S_IFMT) == S_IFIFO);
    assert_true(find(&a, "empty", &e) && e.bytes == 0);
    assert_true(find(&a, "d/z", &e) && e.bytes == 5000);
    assert_false(find(&a, "TRAILER!!!", &e));
    free(a.bytes);
}

static void reads_archives_in_a_row(void **state)
{
    struct archive a = make_archive("printf one >one");
    struct archive b = make_archive("printf two >two");
    struct archive both = {malloc(a.size + b.size), a.size + b.size};
    struct cpio_entry e;

    (void)state;
    memcpy(both.bytes, a.bytes, a.size);
    memcpy(both.bytes + a.size, b.bytes, b.size);
    assert_true(find(&both, "one", &e) && find(&both, "two", &e));
    free(a.bytes);
    free(b.bytes);
    free(both.bytes);
}

static void hard_links_share_a_number(void **state)
{
    struct archive a = make_archive("printf data >a; ln a b");
    struct cpio_entry first;
    struct cpio_entry second;

    (void)state;
    assert_true(find(&a, "a", &first) && find(&a, "b", &second));
    assert_int_equal(first.ino, second.ino);
    assert_int_equal(first.nlink, 2);
    assert_int_equal(first.bytes + second.bytes, 4);
    free(a.bytes);
}

// Whatever is cut off or changed: an error, or an archive, and no access outside it.
static void damage_is_noticed(void **state)
{
    struct archive a = make_archive("printf hello >f; mkdir d; ln -s f l");

    (void)state;
    for (size_t size = 0; size < a.size; size++) {
        char *cut = malloc(size);

        memcpy(cut, a.bytes, size);
        (void)read_all(cut, size);
        free(cut);
    }
    for (size_t at = 0; at < a.size; at++) {
        char before = a.bytes[at];

        a.bytes[at] = (char)(before ^ 0x55);
        (void)read_all(a.bytes, a.size);
        a.bytes[at] = before;
    }
    free(a.bytes);
}

struct mistake {
    size_t at;
    const char *text;
};

static void each_mistake_has_its_error(void **state)
{
    static const struct mistake mistakes[] = {
        {0, "070707"},    // another format
        {6, "0000000g"},  // not a number
        {54, "ffffffff"}, // data beyond the end
        {94, "00000000"}, // no name
        {94, "ffffffff"}, // a name beyond the end
        {94, "00000001"}, // a name that does not end
    };
    struct archive a = make_archive("printf hello >f");

    (void)state;
    assert_true(read_all(a.bytes, a.size) > 0);
    for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
        const struct mistake *m = &mistakes[i];
        char before[8];

        memcpy(before, a.bytes + m->at, strlen(m->text));
        memcpy(a.bytes + m->at, m->text, strlen(m->text));
        assert_int_equal(read_all(a.bytes, a.size), -EINVAL);
        memcpy(a.bytes + m->at, before, strlen(m->text));
    }
    assert_int_equal(read_all(a.bytes, HEADER_BYTES - 1), -EINVAL);
    assert_int_equal(read_all(a.bytes, 0), 0);
    free(a.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_cpio_wrote),      cmocka_unit_test(reads_archives_in_a_row),
        cmocka_unit_test(hard_links_share_a_number),  cmocka_unit_test(damage_is_noticed),
        cmocka_unit_test(each_mistake_has_its_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
