// SPDX-License-Identifier: MIT
// kernel/fs/uio.h - where bytes of a read go to, or those of a write come from: a program's
// buffers, or the kernel's.
#pragma once

#include "kernel/abi/errno.h"
#include "kernel/base/annot.h"
#include "kernel/base/compiler.h"
#include "kernel/base/types.h"
#include "mm/user/copy.h"

struct uio_segment { // struct iovec of Linux
    uint64_t base;
    uint64_t bytes;
};

struct uio {
    const struct uio_segment *segments;
    size_t nr;              // that are left, the first perhaps in part
    size_t done;            // bytes of the first segment that have been moved
    size_t remaining;       // in all
    bool kernel;            // the segments are kernel memory
    bool broken;            // there is nobody to read what was not written: SIGPIPE
    struct uio_segment one; // for those that have a single segment
};

static inline void uio_init_one(struct uio *uio, uint64_t base, size_t bytes, bool kernel)
{
    uio->one = (struct uio_segment){base, bytes};
    uio->segments = &uio->one;
    uio->nr = 1;
    uio->done = 0;
    uio->remaining = bytes;
    uio->kernel = kernel;
    uio->broken = false;
}

static inline void uio_init_user(struct uio *uio, uva_t base, size_t bytes)
{
    uio_init_one(uio, base, bytes, false);
}

static inline void uio_init_kernel(struct uio *uio, void *base, size_t bytes)
{
    uio_init_one(uio, (uint64_t)base, bytes, true);
}

void uio_init_segments(struct uio *uio, const struct uio_segment *segments, size_t nr,
                       size_t bytes);

// For uio_copy_to() and uio_copy_from() only: several segments, or the kernel's memory.
NODISCARD long uio_copy_to_slow(struct uio *uio, const void *from, size_t bytes);
NODISCARD long uio_copy_from_slow(struct uio *uio, void *to, size_t bytes);

// `bytes` bytes of the first segment have been moved.
static inline void uio_advance(struct uio *uio, size_t bytes)
{
    uio->done += bytes;
    uio->remaining -= bytes;
}

// `copied` bytes of the only segment have been moved, of `wanted`. Returns: as below.
static inline long uio_moved(struct uio *uio, size_t copied, size_t wanted)
{
    uio_advance(uio, copied);
    return unlikely(copied == 0 && wanted != 0) ? -EFAULT : (long)copied;
}

// Move up to `bytes` bytes to, or from, what is left of `uio`, and advance it.
// Returns: how many; less where it ends; -EFAULT if none could be moved. Context: as
// copy_to_user().
NODISCARD static inline long uio_copy_to(struct uio *uio, const void *from, size_t bytes)
{
    if (unlikely(uio->nr != 1 || uio->kernel)) {
        return uio_copy_to_slow(uio, from, bytes);
    }
    size_t wanted = bytes < uio->remaining ? bytes : uio->remaining;

    return uio_moved(uio, copy_to_user_part(uio->segments->base + uio->done, from, wanted), wanted);
}

NODISCARD static inline long uio_copy_from(struct uio *uio, void *to, size_t bytes)
{
    if (unlikely(uio->nr != 1 || uio->kernel)) {
        return uio_copy_from_slow(uio, to, bytes);
    }
    size_t wanted = bytes < uio->remaining ? bytes : uio->remaining;

    return uio_moved(uio, copy_from_user_part(to, uio->segments->base + uio->done, wanted), wanted);
}
