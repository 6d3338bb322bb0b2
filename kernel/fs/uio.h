// SPDX-License-Identifier: MIT
// kernel/fs/uio.h - where bytes of a read go to, or those of a write come from: a program's
// buffers, or the kernel's.
#pragma once

#include "kernel/base/annot.h"
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
    struct uio_segment one; // for those that have a single segment
};

void uio_init_user(struct uio *uio, uva_t base, size_t bytes);
void uio_init_kernel(struct uio *uio, void *base, size_t bytes);
void uio_init_segments(struct uio *uio, const struct uio_segment *segments, size_t nr,
                       size_t bytes);

// Move up to `bytes` bytes to, or from, what is left of `uio`, and advance it.
// Returns: how many; less where it ends; -EFAULT if none could be moved. Context: as
// copy_to_user().
NODISCARD long uio_copy_to(struct uio *uio, const void *from, size_t bytes);
NODISCARD long uio_copy_from(struct uio *uio, void *to, size_t bytes);
