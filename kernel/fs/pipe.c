// SPDX-License-Identifier: MIT
// kernel/fs/pipe.c - what goes into pipes and comes out.
#include "kernel/fs/pipe.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/base/bits.h"
#include "kernel/base/string.h"
#include "kernel/fs/file.h"
#include "kernel/fs/pipe_ring.h"
#include "kernel/fs/uio.h"
#include "kernel/riscv/irq.h"
#include "mm/frame.h"
#include "mm/memory.h"
#include "sync/block/mutex_inline.h"

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
static NOINLINE void rewind_ring(struct pipe *pipe)
{
    void **page = pipe_page_at(pipe, pipe->head);

    if (page != pipe->pages && pipe->head % PAGE_SIZE != 0) {
        pipe->pages[0] = *page;
        *page = NULL;
    }
    pipe->head = pipe->tail = 0;
}

static ALWAYS_INLINE void rewind(struct pipe *pipe)
{
    if (likely(pipe->head < PAGE_SIZE)) { // it is in the first page
        pipe->head = pipe->tail = 0;
    } else {
        rewind_ring(pipe);
    }
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

// Returns: 0 to look again; -ERESTARTSYS.
static ALWAYS_INLINE int wait(struct pipe *pipe, struct condvar *cv, struct pipe_waiters *waiters)
    REQUIRES(pipe->lock)
{
    waiters->untold++;
    int result = condvar_wait(cv, &pipe->lock);

    if (waiters->told != 0) {
        waiters->told--;
    } else {
        waiters->untold--;
    }
    return result == -EINTR ? -ERESTARTSYS : 0;
}

// Shall one of `waiters` be told, if `now`? Then it counts as told, and the caller has to.
static bool choose(struct pipe_waiters *waiters, bool now)
{
    if (waiters->untold == 0 || !now) {
        return false;
    }
    waiters->untold--;
    waiters->told++;
    return true;
}

static bool choose_reader(struct pipe *pipe)
{
    return choose(&pipe->reading, pipe_bytes_in(pipe) != 0);
}

// Bytes may have gone: writers go on when a page is free, so that they are not woken for each byte.
static bool choose_writer(struct pipe *pipe)
{
    return choose(&pipe->writing, pipe_room(pipe) >= PIPE_BUF);
}

// It is empty: wait until there is something to read. Returns: 1; 0: there will be nothing more;
// -errno.
static NOINLINE int await_bytes(struct pipe *pipe, bool nonblock) REQUIRES(pipe->lock)
{
    do {
        if (pipe->writers == 0 || pipe->readers == 0) { // the latter: our own end was shut
            return 0;
        }
        if (nonblock) {
            return -EAGAIN;
        }
        int err = wait(pipe, &pipe->can_read, &pipe->reading);

        if (err != 0) {
            return err;
        }
    } while (pipe->head == pipe->tail);
    return 1;
}

// ---- Reading and writing ------------------------------------------------------------------------
//
// What most calls move are a few bytes that are there, or for which there is room, in one page.
// That is done with interrupts off: a thread that were preempted with the pipe's lock would leave a
// queue behind it, in which each one is handed the lock while it sleeps. All else is done slowly.

// Somebody waits and has not been told: of bytes or room that have come, or that are left over from
// those that another was told of.
static NOINLINE void unlock_and_tell(struct pipe *pipe) RELEASES(pipe->lock)
{
    bool tell_reader = choose_reader(pipe);
    bool tell_writer = choose_writer(pipe);
    unsigned long saved = irq_save(); // not to be preempted before others are told

    mutex_unlock(&pipe->lock);
    if (tell_writer) {
        condvar_notify_one(&pipe->can_write);
    }
    if (tell_reader) {
        condvar_notify_one(&pipe->can_read);
    }
    irq_restore(saved);
}

// Bytes have come or gone.
static ALWAYS_INLINE void changed(struct pipe *pipe) RELEASES(pipe->lock) NO_TSA
{
    if (unlikely((pipe->writing.untold | pipe->reading.untold) != 0)) {
        unlock_and_tell(pipe);
    } else if (!mutex_unlock_inline(&pipe->lock)) {
        mutex_unlock(&pipe->lock);
    }
    poll_notify(&pipe->pollers);
}

long pipe_read(struct pipe *pipe, struct uio *uio, bool nonblock)
{
    if (uio->remaining == 0) {
        return 0;
    }
    mutex_lock(&pipe->lock);
    long n = likely(pipe->head != pipe->tail) ? 1 : await_bytes(pipe, nonblock);

    if (n > 0) {
        n = take_bytes(pipe, uio, min_u64(uio->remaining, pipe_bytes_in(pipe)));
    }
    changed(pipe);
    return n;
}

// It is not empty: take out bytes that are in one page, if it is not used up then.
// Returns: how many; 0: that cannot be done at once.
static ALWAYS_INLINE size_t take_at_once(struct pipe *pipe, uva_t to, size_t bytes)
    REQUIRES(pipe->lock)
{
    size_t n = min_u64(bytes, pipe_bytes_in(pipe));
    size_t at = pipe->head % PAGE_SIZE;
    const char *page = *pipe_page_at(pipe, pipe->head);

    if (unlikely(at + n >= PAGE_SIZE) || copy_to_user_at_once(to, page + at, n) == 0) {
        return 0;
    }
    if (pipe->head + n < pipe->tail) {
        pipe->head += n;
    } else {
        rewind(pipe);
    }
    return n;
}

// The pipe is locked and not empty. Returns: as take_at_once(), the lock released and interrupts
// on. Out of line, so that pipe_read_short() needs no frame.
static NOINLINE long take_and_leave(struct pipe *pipe, uva_t to, size_t bytes) RELEASES(pipe->lock)
{
    long n = (long)take_at_once(pipe, to, bytes);

    changed(pipe);
    irq_enable();
    return n;
}

// The same if it is empty: wait first. Returns: as pipe_read_short().
static NOINLINE long await_take_and_leave(struct pipe *pipe, uva_t to, size_t bytes,
                                          const struct file *file) RELEASES(pipe->lock)
{
    irq_enable();
    long n = await_bytes(pipe, (file_flags(file) & O_NONBLOCK) != 0);

    if (n <= 0) {
        unlock_and_tell(pipe);
        return n;
    }
    irq_disable();
    return take_and_leave(pipe, to, bytes);
}

long pipe_read_short(struct pipe *pipe, uva_t to, size_t bytes, const struct file *file) NO_TSA
{
    irq_disable();
    if (unlikely(!mutex_trylock_inline(&pipe->lock))) {
        irq_enable();
        return 0;
    }
    return likely(pipe->head != pipe->tail) ? take_and_leave(pipe, to, bytes)
                                            : await_take_and_leave(pipe, to, bytes, file);
}

// There is too little room: whoever reads has to be told of what is there. Returns: as wait().
static NOINLINE int wait_for_readers(struct pipe *pipe) REQUIRES(pipe->lock)
{
    if (choose_reader(pipe)) {
        condvar_notify_one(&pipe->can_read);
    }
    poll_notify(&pipe->pollers);
    return wait(pipe, &pipe->can_write, &pipe->writing);
}

// Wait until there is room for `least` bytes. Returns: 0; -EPIPE; -EAGAIN; -ERESTARTSYS.
static int await_room(struct pipe *pipe, size_t least, bool nonblock) REQUIRES(pipe->lock)
{
    while (pipe->readers != 0 && pipe_room(pipe) < least) {
        if (pipe->writers == 0) { // our own end was shut
            return -EPIPE;
        }
        if (nonblock) {
            return -EAGAIN;
        }
        int err = wait_for_readers(pipe);

        if (err != 0) {
            return err;
        }
    }
    return pipe->readers != 0 ? 0 : -EPIPE;
}

static long write_locked(struct pipe *pipe, struct uio *uio, bool nonblock) REQUIRES(pipe->lock)
{
    size_t least = uio->remaining <= PIPE_BUF ? uio->remaining : 1;
    long done = 0;

    do {
        long n = await_room(pipe, least, nonblock);

        if (likely(n == 0)) {
            n = put_bytes(pipe, uio, min_u64(uio->remaining, pipe_room(pipe)));
        }
        if (unlikely(n <= 0)) {
            uio->broken = n == -EPIPE;
            return done > 0 ? done : n;
        }
        done += n;
        least = 1;
    } while (unlikely(uio->remaining > 0));
    return done;
}

long pipe_write(struct pipe *pipe, struct uio *uio, bool nonblock)
{
    if (uio->remaining == 0) {
        return 0;
    }
    mutex_lock(&pipe->lock);
    long n = write_locked(pipe, uio, nonblock);

    changed(pipe);
    return n;
}

// Put all bytes in, if they fit into the page that there is. Returns: how many; 0: that cannot be
// done at once.
static ALWAYS_INLINE size_t put_at_once(struct pipe *pipe, uva_t from, size_t bytes)
    REQUIRES(pipe->lock)
{
    size_t at = pipe->tail % PAGE_SIZE;
    char *page = *pipe_page_at(pipe, pipe->tail);

    if (unlikely(at + bytes > PAGE_SIZE || page == NULL || pipe->readers == 0 ||
                 bytes > pipe_room(pipe)) ||
        copy_from_user_at_once(page + at, from, bytes) == 0) {
        return 0;
    }
    pipe->tail += bytes;
    return bytes;
}

size_t pipe_write_at_once(struct pipe *pipe, uva_t from, size_t bytes) NO_TSA
{
    size_t n = 0;

    irq_disable();
    if (mutex_trylock_inline(&pipe->lock)) {
        n = put_at_once(pipe, from, bytes);
        changed(pipe);
    }
    irq_enable();
    return n;
}
