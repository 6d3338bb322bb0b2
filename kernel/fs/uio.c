// SPDX-License-Identifier: MIT
// kernel/fs/uio.c - moving bytes between files and the buffers of a call.
#include "kernel/fs/uio.h"

#include "kernel/base/string.h"

void uio_init_segments(struct uio *uio, const struct uio_segment *segments, size_t nr, size_t bytes)
{
    uio->segments = segments;
    uio->nr = nr;
    uio->done = 0;
    uio->remaining = bytes;
    uio->kernel = false;
    uio->broken = false;
}

// The part of the next segment that is left, at most `bytes`; empty ones are passed over.
static ALWAYS_INLINE size_t next_part(struct uio *uio, size_t bytes)
{
    while (uio->done == uio->segments->bytes) {
        uio->segments++;
        uio->nr--;
        uio->done = 0;
    }
    size_t left = uio->segments->bytes - uio->done;

    return left < bytes ? left : bytes;
}

static size_t part_to(const struct uio *uio, const char *from, size_t bytes)
{
    uint64_t at = uio->segments->base + uio->done;

    if (uio->kernel) {
        memcpy((void *)at, from, bytes);
        return bytes;
    }
    return copy_to_user_part(at, from, bytes);
}

static size_t part_from(const struct uio *uio, char *to, size_t bytes)
{
    uint64_t at = uio->segments->base + uio->done;

    if (uio->kernel) {
        memcpy(to, (const void *)at, bytes);
        return bytes;
    }
    return copy_from_user_part(to, at, bytes);
}

static long result_of(size_t done, size_t wanted)
{
    return done == 0 && wanted != 0 ? -EFAULT : (long)done;
}

long uio_copy_to_slow(struct uio *uio, const void *from, size_t bytes)
{
    size_t wanted = bytes < uio->remaining ? bytes : uio->remaining;
    size_t done = 0;

    while (done < wanted) {
        size_t part = next_part(uio, wanted - done);
        size_t copied = part_to(uio, (const char *)from + done, part);

        uio_advance(uio, copied);
        done += copied;
        if (unlikely(copied < part)) {
            break;
        }
    }
    return result_of(done, wanted);
}

long uio_copy_from_slow(struct uio *uio, void *to, size_t bytes)
{
    size_t wanted = bytes < uio->remaining ? bytes : uio->remaining;
    size_t done = 0;

    while (done < wanted) {
        size_t part = next_part(uio, wanted - done);
        size_t copied = part_from(uio, (char *)to + done, part);

        uio_advance(uio, copied);
        done += copied;
        if (unlikely(copied < part)) {
            break;
        }
    }
    return result_of(done, wanted);
}
