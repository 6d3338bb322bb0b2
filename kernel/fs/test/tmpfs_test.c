// SPDX-License-Identifier: MIT
// kernel/fs/test/tmpfs_test.c - files in memory against a model: bytes in an array.
#include "kernel/abi/dirent.h"
#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/base/bits.h"
#include "kernel/base/format.h"
#include "kernel/base/random.h"
#include "kernel/base/string.h"
#include "kernel/fs/names.h"
#include "kernel/fs/path.h"
#include "kernel/fs/test/support.h"
#include "kernel/fs/tmpfs.h"
#include "kernel/ktest.h"
#include "mm/frame.h"

enum { MODEL_BYTES = 5 * 4096 + 17, PIECE_MAX = 6000, STEPS = 800, NAMES = 12 };

static char model[MODEL_BYTES]; // one test runs at a time
static char piece[MODEL_BYTES];
static size_t size;

static void write_piece(struct random *r, struct file *file, bool append)
{
    size_t offset = append ? size : random_below(r, MODEL_BYTES);
    size_t bytes = random_below(r, min_u64(PIECE_MAX, MODEL_BYTES - offset) + 1);

    for (size_t i = 0; i < bytes; i++) {
        piece[i] = (char)random_next(r);
    }
    long n =
        append ? fs_test_write(file, piece, bytes) : fs_test_pwrite(file, piece, bytes, offset);

    KT_CHECK(n == (long)bytes);
    memcpy(model + offset, piece, bytes);
    size = bytes > 0 ? max_u64(size, offset + bytes) : size;
}

static void read_piece(struct random *r, struct file *file)
{
    size_t offset = random_below(r, MODEL_BYTES);
    size_t bytes = random_below(r, PIECE_MAX);
    size_t expected = offset < size ? min_u64(bytes, size - offset) : 0;

    KT_CHECK(fs_test_pread(file, piece, bytes, offset) == (long)expected);
    KT_CHECK(memcmp(piece, model + offset, expected) == 0);
}

static void cut(struct random *r, struct file *file)
{
    size_t bytes = random_below(r, MODEL_BYTES);

    KT_CHECK(file->ops->truncate(file, bytes) == 0);
    if (bytes < size) {
        memset(model + bytes, 0, size - bytes);
    }
    size = bytes;
}

static void step(struct random *r, struct file *file, struct file *appender)
{
    switch (random_below(r, 6)) {
    case 0:
        cut(r, file);
        break;
    case 1:
        write_piece(r, appender, true);
        break;
    case 2:
    case 3:
        write_piece(r, file, false);
        break;
    default:
        read_piece(r, file);
        break;
    }
    KT_CHECK(inode_bytes(file->inode) == size);
}

KTEST(tmpfs_model, "a file is what a model is: writes anywhere, appends, cuts, holes")
{
    struct dentry *root = fs_test_begin();
    struct file *file = fs_test_open(root, "f", O_CREAT | O_RDWR);
    struct file *appender = fs_test_open(root, "f", O_WRONLY | O_APPEND);
    struct random r;

    random_seed(&r, 3);
    memset(model, 0, sizeof(model));
    size = 0;
    for (unsigned i = 0; i < STEPS; i++) {
        step(&r, file, appender);
    }
    KT_CHECK(names_remove(root, "f", false) == 0); // it stays as long as it is open
    for (unsigned i = 0; i < STEPS / 4; i++) {
        step(&r, file, appender);
    }
    file_put(appender);
    file_put(file);
    fs_test_end(root);
}

KTEST(tmpfs_position,
      "reads and writes move the position; seeks set it; one past the end leaves a hole")
{
    struct dentry *root = fs_test_begin();
    struct file *file = fs_test_open(root, "f", O_CREAT | O_RDWR);
    char text[8];

    KT_CHECK(fs_test_write(file, "abcdef", 6) == 6);
    KT_CHECK(file_seek(file, 2, SEEK_SET) == 2);
    KT_CHECK(fs_test_read(file, text, 2) == 2 && memcmp(text, "cd", 2) == 0);
    KT_CHECK(file_seek(file, 0, SEEK_CUR) == 4);
    KT_CHECK(file_seek(file, -5, SEEK_CUR) == -EINVAL);
    KT_CHECK(file_seek(file, 1 << 20, SEEK_END) == (1 << 20) + 6);
    KT_CHECK(fs_test_read(file, text, 1) == 0);
    KT_CHECK(fs_test_write(file, "x", 1) == 1);
    KT_CHECK(inode_bytes(file->inode) == (1 << 20) + 7);
    KT_CHECK(fs_test_pread(file, text, 4, 1 << 19) == 4 && memcmp(text, "\0\0\0\0", 4) == 0);
    KT_CHECK(vmo_pages(file->inode->u.vmo) == 2);
    KT_CHECK(fs_test_pwrite(file, "x", 1, INT64_MAX) == -EFBIG);
    file_put(file);
    file = fs_test_open(root, "f", O_WRONLY | O_TRUNC);
    KT_CHECK(inode_bytes(file->inode) == 0);
    KT_CHECK(fs_test_read(file, text, 1) == -EBADF);
    file_put(file);
    fs_test_end(root);
}

KTEST(tmpfs_fixed,
      "a file made of memory that stays is read in place, and copied when it is written")
{
    char *data = frames_alloc(1);
    char text[4];

    memset(data, 'd', 2 * PAGE_SIZE);
    struct dentry *root = fs_test_begin();
    struct inode *inode = tmpfs_file_with(0755, data, PAGE_SIZE + 10);

    KT_CHECK(names_add(root, "f", inode) == 0);
    inode_put(inode);
    struct file *file = fs_test_open(root, "f", O_RDWR);

    KT_CHECK(fs_test_pread(file, text, 4, PAGE_SIZE - 2) == 4 && memcmp(text, "dddd", 4) == 0);
    KT_CHECK(fs_test_pwrite(file, "x", 1, 5) == 1);
    KT_CHECK(fs_test_pread(file, text, 3, 4) == 3 && memcmp(text, "dxd", 3) == 0);
    KT_CHECK(data[5] == 'd');
    KT_CHECK(fs_test_pread(file, text, 4, PAGE_SIZE + 8) == 2);
    file_put(file);
    fs_test_end(root);
    frames_free(data, 1);
}

// ---- Directories -------------------------------------------------------------------------------

// Read all of `dir`, `bytes` bytes at a time. Returns: how often `name` is in it; *all: how many.
static unsigned count_entries(struct file *dir, size_t bytes, const char *name, unsigned *all)
{
    _Alignas(8) static char buffer[512];
    unsigned found = 0;
    long n;

    *all = 0;
    do {
        struct uio uio;

        uio_init_kernel(&uio, buffer, bytes);
        n = dir->ops->next_entry(dir, &uio);
        KT_CHECK(n >= 0);
        for (long at = 0; at < n; (*all)++) {
            const struct kdirent *entry = (const void *)(buffer + at);

            found += strcmp(buffer + at + KDIRENT_NAME_AT, name) == 0;
            at += entry->length;
        }
    } while (n > 0);
    return found;
}

KTEST(tmpfs_directory,
      "a directory that is read piece by piece has each name once, whatever goes meanwhile")
{
    struct dentry *root = fs_test_begin();
    char name[16];
    unsigned all;

    for (unsigned i = 0; i < NAMES; i++) {
        (void)format(name, sizeof(name), "name%u", i);
        KT_CHECK(names_make(root, name, S_IFREG | 0644, 0) == 0);
    }
    struct file *dir = fs_test_open(root, ".", O_RDONLY);

    KT_CHECK(count_entries(dir, 64, "name7", &all) == 1 && all == NAMES + 2);
    KT_CHECK(count_entries(dir, 64, "name7", &all) == 0 && all == 0); // at the end
    KT_CHECK(file_seek(dir, 0, SEEK_SET) == 0);
    KT_CHECK(names_remove(root, "name3", false) == 0);
    KT_CHECK(count_entries(dir, 512, "name3", &all) == 0 && all == NAMES + 1);
    struct uio uio;

    KT_CHECK(file_seek(dir, 0, SEEK_SET) == 0);
    uio_init_kernel(&uio, name, 8);
    KT_CHECK(dir->ops->next_entry(dir, &uio) == -EINVAL); // no room for any
    file_put(dir);
    KT_CHECK(root->inode->nlink == 2);
    KT_CHECK(names_make(root, "d", S_IFDIR | 0755, 0) == 0 && root->inode->nlink == 3);
    fs_test_end(root);
}

// ---- Names against a model ---------------------------------------------------------------------

// Which inode each of a few names stands for; 0: none.
static uint64_t numbers[NAMES];

static const char *name_of(unsigned i)
{
    static char name[2][8];
    static unsigned turn;

    turn = !turn;
    (void)format(name[turn], sizeof(name[turn]), "%s%u", i % 2 != 0 ? "d/" : "", i);
    return name[turn];
}

static void make_name(struct dentry *root, unsigned i)
{
    struct dentry *d;
    int err = names_make(root, name_of(i), S_IFREG | 0644, 0);

    KT_CHECK(err == (numbers[i] != 0 ? -EEXIST : 0));
    if (err == 0 && path_find(root, name_of(i), true, &d) == 0) {
        numbers[i] = d->inode->number;
        dentry_put(d);
    }
}

static void link_name(struct dentry *root, unsigned i, unsigned j)
{
    struct dentry *d;

    if (path_find(root, name_of(i), true, &d) != 0) {
        KT_CHECK(numbers[i] == 0);
        return;
    }
    int err = names_link(d, root, name_of(j));

    KT_CHECK(err == (numbers[j] != 0 ? -EEXIST : 0));
    numbers[j] = err == 0 ? numbers[i] : numbers[j];
    dentry_put(d);
}

static void rename_name(struct dentry *root, unsigned i, unsigned j)
{
    int err = names_rename(root, name_of(i), root, name_of(j), 0);

    KT_CHECK(err == (numbers[i] != 0 ? 0 : -ENOENT));
    if (err == 0 && numbers[i] != numbers[j]) { // two names of one file both stay
        numbers[j] = numbers[i];
        numbers[i] = 0;
    }
}

static void compare_names(struct dentry *root)
{
    for (unsigned i = 0; i < NAMES; i++) {
        struct dentry *d;
        int err = path_find(root, name_of(i), true, &d);

        KT_CHECK(err == (numbers[i] != 0 ? 0 : -ENOENT));
        if (err == 0) {
            KT_CHECK(d->inode->number == numbers[i]);
            dentry_put(d);
        }
    }
}

KTEST(tmpfs_names_model, "names made, linked, renamed and removed at random are those of a model")
{
    struct dentry *root = fs_test_begin();
    struct random r;

    random_seed(&r, 5);
    memset(numbers, 0, sizeof(numbers));
    KT_CHECK(names_make(root, "d", S_IFDIR | 0755, 0) == 0);
    for (unsigned step_nr = 0; step_nr < STEPS; step_nr++) {
        unsigned i = (unsigned)random_below(&r, NAMES);
        unsigned j = (unsigned)random_below(&r, NAMES);

        switch (random_below(&r, 4)) {
        case 0:
            make_name(root, i);
            break;
        case 1:
            link_name(root, i, j);
            break;
        case 2:
            rename_name(root, i, j);
            break;
        default:
            KT_CHECK(names_remove(root, name_of(i), false) == (numbers[i] != 0 ? 0 : -ENOENT));
            numbers[i] = 0;
            break;
        }
        compare_names(root);
    }
    fs_test_end(root);
}
