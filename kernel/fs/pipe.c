// SPDX-License-Identifier: MIT
// kernel/fs/pipe.c - what goes into pipes and comes out.
#include "kernel/fs/pipe.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/base/bits.h"
#include "kernel/base/string.h"
#include "kernel/fs/pipe_ring.h"
#include "kernel/fs/uio.h"
#include "mm/frame.h"
#include "mm/memory.h"

// ---- The ring. Context: pipe->lock held --------------------------------------------------------

// How much of `bytes` from `position` on is in one page.
static size_t part_of(uint64_t position, size_t bytes)
{
    return min_u64(bytes, PAGE_SIZE - position % PAGE_SIZE);
}

// All of the page has been read, unless the last bytes are in the room before those that were
// first.
static void recycle(struct pipe *pipe, void **page)
{
    if (pipe_bytes_in(pipe) > pipe_bytes_most(pipe) - PAGE_SIZE) {
        return;
    }
    if (pipe->spare == NULL) {
        pipe->spare = *page;
    } else {
        frames_free(*page, 0);
    }
    *page = NULL;
}

static NOINLINE void *fresh_page(struct pipe *pipe)
{
    void *page = pipe->spare;

    pipe->spare = NULL;
    return page != NULL ? page : frames_alloc_or_reclaim(0);
}

// The pipe has become empty: start over, in the page that it has.
static void rewind(struct pipe *pipe)
{
    void **page = pipe_page_at(pipe, pipe->head);

    if (page != pipe->pages && pipe->head % PAGE_SIZE != 0) {
        pipe->pages[0] = *page;
        *page = NULL;
    }
    pipe->head = pipe->tail = 0;
}

// Move `bytes` bytes, for which there is room, in. Returns: how many; -errno if none.
static long put_bytes(struct pipe *pipe, struct uio *uio, size_t bytes)
{
    size_t done = 0;

    while (done < bytes) {
        void **page = pipe_page_at(pipe, pipe->tail);
        size_t part = part_of(pipe->tail, bytes - done);

        if (*page == NULL) {
            *page = fresh_page(pipe);
        }
        long n = *page != NULL ? uio_copy_from(uio, (char *)*page + pipe->tail % PAGE_SIZE, part)
                               : -ENOMEM;

        if (n < 0) {
            return done > 0 ? (long)done : n;
        }
        pipe->tail += (uint64_t)n;
        done += (size_t)n;
        if ((size_t)n < part) {
            break;
        }
    }
    return (long)done;
}

// Move `bytes` bytes, which are there, out. Returns: as above.
static long take_bytes(struct pipe *pipe, struct uio *uio, size_t bytes)
{
    size_t done = 0;

    while (done < bytes) {
        void **page = pipe_page_at(pipe, pipe->head);
        size_t part = part_of(pipe->head, bytes - done);
        long n = uio_copy_to(uio, (char *)*page + pipe->head % PAGE_SIZE, part);

        if (n < 0) {
            return done > 0 ? (long)done : n;
        }
        pipe->head += (uint64_t)n;
        done += (size_t)n;
        if (pipe->head % PAGE_SIZE == 0) {
            recycle(pipe, page);
        }
        if ((size_t)n < part) {
            break;
        }
    }
    if (pipe->head == pipe->tail) {
        rewind(pipe);
    }
    return (long)done;
}

// ---- Waiting -----------------------------------------------------------------------------------

// Returns: 0 to look again; -ERESTARTSYS. `*waiting` counts us for whoever changes the pipe.
static NOINLINE int wait(struct pipe *pipe, struct condvar *cv, unsigned *waiting)
    REQUIRES(pipe->lock)
{
    (*waiting)++;
    int result = condvar_wait(cv, &pipe->lock);

    (*waiting)--;
    return result == -EINTR ? -ERESTARTSYS : 0;
}

// Bytes have come in: who wants to know?
static ALWAYS_INLINE void unlock_and_tell(struct pipe *pipe, struct condvar *cv, bool waited_for)
    RELEASES(pipe->lock)
{
    mutex_unlock(&pipe->lock);
    if (waited_for) {
        condvar_notify_one(cv);
    }
    poll_notify(&pipe->pollers);
}

// Bytes may have gone: writers go on when a page is free, so that they are not woken for each byte.
static bool writer_can_go_on(const struct pipe *pipe)
{
    return pipe->waiting_writers != 0 && pipe_room(pipe) >= PIPE_BUF;
}

// Wait until there is something to read. Returns: 1; 0: there will be nothing more; -errno.
static int await_bytes(struct pipe *pipe, bool nonblock) REQUIRES(pipe->lock)
{
    while (pipe->head == pipe->tail) {
        if (pipe->writers == 0) {
            return 0;
        }
        if (nonblock) {
            return -EAGAIN;
        }
        int err = wait(pipe, &pipe->can_read, &pipe->waiting_readers);

        if (err != 0) {
            return err;
        }
    }
    return 1;
}

static NOINLINE long read_locked(struct pipe *pipe, struct uio *uio, bool nonblock)
    REQUIRES(pipe->lock)
{
    long n = await_bytes(pipe, nonblock);

    return n > 0 ? take_bytes(pipe, uio, min_u64(uio->remaining, pipe_bytes_in(pipe))) : n;
}

// All bytes are in the first page, as they are while readers keep up.
static ALWAYS_INLINE long read_first_page(struct pipe *pipe, struct uio *uio) REQUIRES(pipe->lock)
{
    long n = uio_copy_to(uio, (char *)pipe->pages[0] + pipe->head, pipe_bytes_in(pipe));

    pipe->head += n > 0 ? (uint64_t)n : 0;
    if (likely(pipe->head == pipe->tail)) {
        pipe->head = pipe->tail = 0;
    }
    return n;
}

// Somebody waits: for the room that has come, or for bytes that are left over from those that it
// was told of.
static NOINLINE void unlock_and_tell_after_read(struct pipe *pipe) RELEASES(pipe->lock)
{
    bool tell_writer = writer_can_go_on(pipe);

    if (pipe_bytes_in(pipe) != 0 && pipe->waiting_readers != 0) {
        condvar_notify_one(&pipe->can_read);
    }
    unlock_and_tell(pipe, &pipe->can_write, tell_writer);
}

long pipe_read(struct pipe *pipe, struct uio *uio, bool nonblock)
{
    long n;

    if (unlikely(uio->remaining == 0)) {
        return 0;
    }
    mutex_lock(&pipe->lock);
    if (likely(pipe->head < pipe->tail && pipe->tail <= PAGE_SIZE)) {
        n = read_first_page(pipe, uio);
    } else {
        n = read_locked(pipe, uio, nonblock);
    }
    if (unlikely((pipe->waiting_writers | pipe->waiting_readers) != 0)) {
        unlock_and_tell_after_read(pipe);
    } else {
        mutex_unlock(&pipe->lock);
        poll_notify(&pipe->pollers);
    }
    return n;
}

// Wait until there is room for `least` bytes. Returns: 0; -EPIPE; -EAGAIN; -ERESTARTSYS.
static int await_room(struct pipe *pipe, size_t least, bool nonblock) REQUIRES(pipe->lock)
{
    while (pipe->readers != 0 && pipe_room(pipe) < least) {
        if (nonblock) {
            return -EAGAIN;
        }
        if (pipe->waiting_readers != 0 && pipe_bytes_in(pipe) != 0) {
            condvar_notify_one(&pipe->can_read);
        }
        poll_notify(&pipe->pollers);
        int err = wait(pipe, &pipe->can_write, &pipe->waiting_writers);

        if (err != 0) {
            return err;
        }
    }
    return pipe->readers != 0 ? 0 : -EPIPE;
}

static NOINLINE long write_locked(struct pipe *pipe, struct uio *uio, bool nonblock)
    REQUIRES(pipe->lock)
{
    size_t least = uio->remaining <= PIPE_BUF ? uio->remaining : 1;
    long done = 0;

    do {
        long n = await_room(pipe, least, nonblock);

        if (likely(n == 0)) {
            n = put_bytes(pipe, uio, min_u64(uio->remaining, pipe_room(pipe)));
        }
        if (unlikely(n <= 0)) {
            return done > 0 ? done : n;
        }
        done += n;
        least = 1;
    } while (unlikely(uio->remaining > 0));
    return done;
}

// It fits behind what is in the first page.
static ALWAYS_INLINE long write_first_page(struct pipe *pipe, struct uio *uio) REQUIRES(pipe->lock)
{
    long n = uio_copy_from(uio, (char *)pipe->pages[0] + pipe->tail, uio->remaining);

    pipe->tail += n > 0 ? (uint64_t)n : 0;
    return n;
}

// Somebody waits: for the bytes that have come, or for room that is left over from what it was
// told of.
static NOINLINE void unlock_and_tell_after_write(struct pipe *pipe) RELEASES(pipe->lock)
{
    bool tell_reader = pipe->waiting_readers != 0 && pipe_bytes_in(pipe) != 0;

    if (writer_can_go_on(pipe)) {
        condvar_notify_one(&pipe->can_write);
    }
    unlock_and_tell(pipe, &pipe->can_read, tell_reader);
}

long pipe_write(struct pipe *pipe, struct uio *uio, bool nonblock)
{
    long n;

    if (unlikely(uio->remaining == 0)) {
        return 0;
    }
    mutex_lock(&pipe->lock);
    if (likely(pipe->readers != 0 && pipe->pages[0] != NULL && pipe->tail <= PAGE_SIZE &&
               uio->remaining <= PAGE_SIZE - pipe->tail)) {
        n = write_first_page(pipe, uio);
    } else {
        n = write_locked(pipe, uio, nonblock);
    }
    if (unlikely((pipe->waiting_writers | pipe->waiting_readers) != 0)) {
        unlock_and_tell_after_write(pipe);
    } else {
        mutex_unlock(&pipe->lock);
        poll_notify(&pipe->pollers);
    }
    return n;
}
