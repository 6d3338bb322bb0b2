// SPDX-License-Identifier: MIT
// kernel/base/cpio.h - a reader of cpio archives in the newc format, as an initramfs has.
//
// Nothing is copied: names and data are where they are in the archive. Archives may follow one
// another, with zeros in between.
// Source: cpio(5); Linux's Documentation/driver-api/early-userspace/buffer-format.rst.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/types.h"

struct cpio {
    const uint8_t *start;
    size_t bytes;
    size_t at; // offset of what is read next
};

struct cpio_entry {
    const char *name; // ends with a 0
    const void *data;
    size_t bytes; // of the data
    uint32_t ino;
    uint32_t mode;
    uint32_t uid;
    uint32_t gid;
    uint32_t nlink;
    uint32_t mtime_s;
    uint32_t dev_major;
    uint32_t dev_minor;
    uint32_t rdev_major;
    uint32_t rdev_minor;
};

// Begin to read the `bytes` bytes at `start`, which stay.
void cpio_open(struct cpio *cpio, const void *start, size_t bytes);

// Read the next entry. Returns: 1; 0: there are no more; -EINVAL: from cpio->at on, this is no
// archive. An archive without its trailer is one.
NODISCARD int cpio_next(struct cpio *cpio, struct cpio_entry *entry);
