// SPDX-License-Identifier: MIT
// kernel/fs/devices.c - character devices.
#include "kernel/fs/devices.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/base/bits.h"
#include "kernel/base/compiler.h"
#include "kernel/base/random.h"
#include "kernel/base/string.h"
#include "kernel/fs/file.h"
#include "kernel/fs/names.h"
#include "kernel/fs/inode.h"
#include "kernel/fs/tty.h"
#include "kernel/timer.h"
#include "mm/user/vmo.h"
#include "sync/spinlock.h"

enum { CHUNK_BYTES = 256, MEMORY_MAJOR = 1, TTY_MAJOR = 5 };

// ---- null, zero, full --------------------------------------------------------------------------

static long read_nothing(struct file *file, struct uio *uio, uint64_t offset)
{
    (void)file;
    (void)uio;
    (void)offset;
    return 0;
}

// Takes all bytes without looking at them.
static long write_anything(struct file *file, struct uio *uio, uint64_t offset)
{
    size_t bytes = uio->remaining;

    (void)file;
    (void)offset;
    uio->remaining = 0;
    return (long)bytes;
}

static long write_nothing(struct file *file, struct uio *uio, uint64_t offset)
{
    (void)file;
    (void)offset;
    return uio->remaining == 0 ? 0 : -ENOSPC;
}

// Any position will do, and none is kept.
static long seek_nowhere(struct file *file, int64_t offset, int whence)
{
    (void)file;
    (void)offset;
    (void)whence;
    return 0;
}

// Copy out `chunk` again and again, after `fill`, if any, has filled it.
static long read_chunks(struct uio *uio, char chunk[CHUNK_BYTES], void (*fill)(void *, size_t))
{
    size_t before = uio->remaining;

    while (uio->remaining > 0) {
        size_t part = min_u64(uio->remaining, CHUNK_BYTES);

        if (fill != NULL) {
            fill(chunk, part);
        }
        long n = uio_copy_to(uio, chunk, part);

        if (n < (long)part) {
            break;
        }
    }
    return before > 0 && uio->remaining == before ? -EFAULT : (long)(before - uio->remaining);
}

static long read_zeros(struct file *file, struct uio *uio, uint64_t offset)
{
    char chunk[CHUNK_BYTES] = {};

    (void)file;
    (void)offset;
    return read_chunks(uio, chunk, NULL);
}

// A mapping of /dev/zero is memory of its own.
static struct vmo *map_zeros(struct file *file)
{
    (void)file;
    return vmo_new(INT64_MAX & ~(PAGE_SIZE - 1));
}

static const struct file_ops null_ops = {
    .read = read_nothing, .write = write_anything, .seek = seek_nowhere};
static const struct file_ops zero_ops = {
    .read = read_zeros, .write = write_anything, .seek = seek_nowhere, .map = map_zeros};
static const struct file_ops full_ops = {
    .read = read_zeros, .write = write_nothing, .seek = seek_nowhere};

// ---- random ------------------------------------------------------------------------------------

static struct spinlock random_lock = SPINLOCK_INIT("random", RANK_FDTABLE);
static struct random generator; // guarded by: random_lock
static bool seeded;             // guarded by: random_lock

static uint64_t next_random(void)
{
    unsigned long saved = spin_lock_irqsave(&random_lock);

    if (!seeded) {
        random_seed(&generator, time_now_ticks());
        seeded = true;
    }
    uint64_t value = random_next(&generator);

    spin_unlock_irqrestore(&random_lock, saved);
    return value;
}

void random_fill(void *buffer, size_t bytes)
{
    char *at = buffer;

    while (bytes > 0) {
        uint64_t value = next_random();
        size_t part = min_u64(bytes, sizeof(value));

        memcpy(at, &value, part);
        at += part;
        bytes -= part;
    }
}

static long read_random(struct file *file, struct uio *uio, uint64_t offset)
{
    char chunk[CHUNK_BYTES];

    (void)file;
    (void)offset;
    return read_chunks(uio, chunk, random_fill);
}

static const struct file_ops random_ops = {
    .read = read_random, .write = write_anything, .seek = seek_nowhere};

// ---- All of them -------------------------------------------------------------------------------

static const struct device {
    const char *name;
    uint64_t number;
    const struct file_ops *ops; // NULL: a terminal
} devices[] = {
    {"null", DEVICE(MEMORY_MAJOR, 3), &null_ops},
    {"zero", DEVICE(MEMORY_MAJOR, 5), &zero_ops},
    {"full", DEVICE(MEMORY_MAJOR, 7), &full_ops},
    {"random", DEVICE(MEMORY_MAJOR, 8), &random_ops},
    {"urandom", DEVICE(MEMORY_MAJOR, 9), &random_ops},
    {"tty", DEVICE(TTY_MAJOR, 0), NULL},
    {"console", DEVICE(TTY_MAJOR, 1), NULL},
};

int device_open(struct file *file)
{
    for (unsigned i = 0; i < ARRAY_SIZE(devices); i++) {
        if (devices[i].number != file->inode->device) {
            continue;
        }
        if (devices[i].ops == NULL) {
            return tty_open_console(file);
        }
        file->ops = devices[i].ops;
        return 0;
    }
    return -ENXIO;
}

// Names besides the devices', as programs expect them.
static const struct {
    const char *name;
    const char *target;
} links[] = {
    {"fd", "/proc/self/fd"},
    {"stdin", "/proc/self/fd/0"},
    {"stdout", "/proc/self/fd/1"},
    {"stderr", "/proc/self/fd/2"},
};

int devices_populate(struct dentry *dev)
{
    int err = names_make(dev, "shm", S_IFDIR | 01777, 0);

    for (unsigned i = 0; err == 0 && i < ARRAY_SIZE(devices); i++) {
        err = names_make(dev, devices[i].name, S_IFCHR | 0666, devices[i].number);
    }
    for (unsigned i = 0; err == 0 && i < ARRAY_SIZE(links); i++) {
        err = names_symlink(dev, links[i].name, links[i].target);
    }
    return err;
}
