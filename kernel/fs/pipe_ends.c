// SPDX-License-Identifier: MIT
// kernel/fs/pipe_ends.c - pipes that come, are opened and closed, and change their size.
#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/abi/poll.h"
#include "kernel/base/bits.h"
#include "kernel/base/string.h"
#include "kernel/fs/file.h"
#include "kernel/fs/inode.h"
#include "kernel/fs/pipe.h"
#include "kernel/fs/pipe_ring.h"
#include "mm/frame.h"
#include "mm/memory.h"
#include "mm/objcache.h"

static struct objcache pipes = OBJCACHE_INIT(pipes, struct pipe);

static void free_pages(struct pipe *pipe)
{
    for (unsigned i = 0; i < pipe->nr_pages; i++) {
        if (pipe->pages[i] != NULL) {
            frames_free(pipe->pages[i], 0);
            pipe->pages[i] = NULL;
        }
    }
    pipe->head = pipe->tail = 0;
}

struct pipe *pipe_new(void)
{
    struct pipe *pipe = objcache_alloc_or_reclaim(&pipes);

    if (pipe == NULL) {
        return NULL;
    }
    memset(pipe, 0, sizeof(*pipe));
    mutex_init(&pipe->lock);
    pipe->pages = pipe->own_pages;
    pipe->nr_pages = PIPE_PAGES;
    condvar_init(&pipe->can_read);
    condvar_init(&pipe->can_write);
    poll_list_init(&pipe->pollers);
    atomic_init(&pipe->refs, 1);
    pipe->number = inode_number();
    return pipe;
}

struct pipe *pipe_get(struct pipe *pipe)
{
    // relaxed: the caller has a reference.
    atomic_fetch_add_explicit(&pipe->refs, 1, memory_order_relaxed);
    return pipe;
}

static void free_ring(struct pipe *pipe)
{
    if (pipe->pages != pipe->own_pages) {
        frames_free(pipe->pages, 0);
    }
}

void pipe_put(struct pipe *pipe)
{
    // acq_rel: what others did with it comes before its end.
    if (atomic_fetch_sub_explicit(&pipe->refs, 1, memory_order_acq_rel) != 1) {
        return;
    }
    free_pages(pipe);
    free_ring(pipe);
    if (pipe->spare != NULL) {
        frames_free(pipe->spare, 0);
    }
    objcache_free(&pipes, pipe);
}

void pipe_open_ends(struct pipe *pipe, unsigned access)
{
    mutex_lock(&pipe->lock);
    if ((access & FILE_READ) != 0) {
        pipe->readers++;
        pipe->reader_opens++;
    }
    if ((access & FILE_WRITE) != 0) {
        pipe->writers++;
        pipe->writer_opens++;
    }
    mutex_unlock(&pipe->lock);
    condvar_notify_all(&pipe->can_read); // who waits in fifo_open()
    condvar_notify_all(&pipe->can_write);
}

static ALWAYS_INLINE void close_ends(struct pipe *pipe, unsigned access, bool keep_bytes)
{
    mutex_lock(&pipe->lock);
    pipe->readers -= (access & FILE_READ) != 0;
    pipe->writers -= (access & FILE_WRITE) != 0;
    if (!keep_bytes && pipe->readers == 0 && pipe->writers == 0) {
        free_pages(pipe);
    }
    mutex_unlock(&pipe->lock);
    condvar_notify_all(&pipe->can_read);
    condvar_notify_all(&pipe->can_write);
    poll_notify(&pipe->pollers);
}

void pipe_close_ends(struct pipe *pipe, unsigned access)
{
    close_ends(pipe, access, false);
}

void pipe_shut_ends(struct pipe *pipe, unsigned access)
{
    close_ends(pipe, access, true);
}

unsigned pipe_poll_read(struct pipe *pipe, struct poll_table *table, uint64_t opens)
{
    unsigned events = 0;

    poll_table_add(table, &pipe->pollers);
    mutex_lock(&pipe->lock);
    if (pipe_bytes_in(pipe) != 0) {
        events |= POLLIN | POLLRDNORM;
    }
    if (pipe->writers == 0 && pipe->writer_opens != opens) {
        events |= POLLHUP;
    }
    mutex_unlock(&pipe->lock);
    return events;
}

unsigned pipe_poll_write(struct pipe *pipe, struct poll_table *table)
{
    unsigned events = 0;

    poll_table_add(table, &pipe->pollers);
    mutex_lock(&pipe->lock);
    if (pipe_room(pipe) >= PIPE_BUF) {
        events |= POLLOUT | POLLWRNORM;
    }
    if (pipe->readers == 0) {
        events |= POLLERR;
    }
    mutex_unlock(&pipe->lock);
    return events;
}

uint64_t pipe_used(struct pipe *pipe)
{
    mutex_lock(&pipe->lock);
    uint64_t bytes = pipe_bytes_in(pipe);

    mutex_unlock(&pipe->lock);
    return bytes;
}

// ---- Capacity ----------------------------------------------------------------------------------

long pipe_capacity(struct pipe *pipe)
{
    mutex_lock(&pipe->lock);
    long bytes = (long)pipe_bytes_most(pipe);

    mutex_unlock(&pipe->lock);
    return bytes;
}

// The page at `position`, taken out of the ring. One that has both the first bytes and the last is
// taken out as the former; the latter go to `*extra`, which is used up.
static void *take_page(struct pipe *pipe, uint64_t position, void *first, void **extra)
    REQUIRES(pipe->lock)
{
    void **place = pipe_page_at(pipe, position);
    void *page = *place;

    *place = NULL;
    if (page == NULL) {
        page = *extra;
        *extra = NULL;
        memcpy(page, first, PAGE_SIZE);
    }
    return page;
}

// Move the pages that hold bytes to `pages`, a ring of `nr`, and start counting from its front.
static void move_pages(struct pipe *pipe, void **pages, unsigned nr, void **extra)
    REQUIRES(pipe->lock)
{
    uint64_t first = round_down(pipe->head, PAGE_SIZE);
    uint64_t head = pipe->head - first;
    uint64_t tail = pipe->tail - first;
    unsigned to = 0;

    for (uint64_t at = first; at < pipe->tail; at += PAGE_SIZE, to++) {
        pages[to] = take_page(pipe, at, pages[0], extra);
    }
    free_pages(pipe); // an empty pipe keeps one
    free_ring(pipe);
    pipe->head = head;
    pipe->tail = tail;
    pipe->pages = pages;
    pipe->nr_pages = nr;
}

// The pages that the bytes are in, one that has both the first and the last counted twice.
static uint64_t span(const struct pipe *pipe)
{
    return round_up(pipe->tail, PAGE_SIZE) - round_down(pipe->head, PAGE_SIZE);
}

static long set_capacity(struct pipe *pipe, unsigned nr, void **pages, void **extra)
{
    mutex_lock(&pipe->lock);
    bool fits = span(pipe) <= nr * PAGE_SIZE;

    if (fits) {
        move_pages(pipe, pages, nr, extra);
    }
    mutex_unlock(&pipe->lock);
    condvar_notify_all(&pipe->can_write);
    poll_notify(&pipe->pollers);
    return fits ? (long)(nr * PAGE_SIZE) : -EBUSY;
}

long pipe_set_capacity(struct pipe *pipe, uint64_t bytes)
{
    if (bytes == 0 || bytes > (uint64_t)PIPE_PAGES_MAX << PAGE_SHIFT) {
        return bytes == 0 ? -EINVAL : -EPERM;
    }
    unsigned wanted = (unsigned)((bytes + PAGE_SIZE - 1) >> PAGE_SHIFT);
    unsigned nr = wanted == 1 ? 1 : 1U << (bit_highest(wanted - 1) + 1);
    void **pages = frame_zeroed();
    void *extra = frames_alloc_or_reclaim(0);
    long result = pages != NULL && extra != NULL ? set_capacity(pipe, nr, pages, &extra) : -ENOMEM;

    if (extra != NULL) {
        frames_free(extra, 0);
    }
    if (result < 0 && pages != NULL) {
        frames_free(pages, 0);
    }
    return result;
}
