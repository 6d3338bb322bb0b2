// SPDX-License-Identifier: MIT
// kernel/fs/fifo.c - named pipes: a pipe that an inode keeps, and opening its ends.
#include "kernel/fs/fifo.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/fs/file.h"
#include "kernel/fs/inode.h"
#include "kernel/fs/pipe.h"

// Returns: a reference to the pipe of `inode`, made by whoever comes first; NULL: no memory.
static struct pipe *pipe_of_inode(struct inode *inode)
{
    mutex_lock(&inode->lock);
    if (inode->u.pipe == NULL) {
        inode->u.pipe = pipe_new();
    }
    struct pipe *pipe = inode->u.pipe != NULL ? pipe_get(inode->u.pipe) : NULL;

    mutex_unlock(&inode->lock);
    return pipe;
}

// What an open waits for: the other end.
struct peer {
    struct condvar *cv;
    const unsigned *ends;
    const uint64_t *opens;
    bool there;      // it was open
    uint64_t before; // what *opens was
};

// Look for the other end before the own one is open: whoever has waited for that may open, write
// and close before this thread goes on.
static struct peer peer_of(const struct file *file, struct pipe *pipe)
{
    struct peer writer = {&pipe->can_read, &pipe->writers, &pipe->writer_opens, false, 0};
    struct peer reader = {&pipe->can_write, &pipe->readers, &pipe->reader_opens, false, 0};
    struct peer peer = file->access == FILE_READ ? writer : reader;

    mutex_lock(&pipe->lock);
    peer.there = *peer.ends != 0;
    peer.before = *peer.opens;
    mutex_unlock(&pipe->lock);
    return peer;
}

static int await_peer(struct pipe *pipe, const struct peer *peer)
{
    int err = 0;

    mutex_lock(&pipe->lock);
    while (err == 0 && !peer->there && *peer->ends == 0 && *peer->opens == peer->before) {
        err = condvar_wait(peer->cv, &pipe->lock);
    }
    mutex_unlock(&pipe->lock);
    return err != 0 ? -ERESTARTSYS : 0;
}

// A hang-up is one of writers that come after this.
static void note_opens(struct file *file, struct pipe *pipe)
{
    mutex_lock(&pipe->lock);
    // relaxed: nobody else knows the file.
    atomic_store_explicit(&file->position, pipe->writers == 0 ? pipe->writer_opens : 0,
                          memory_order_relaxed);
    mutex_unlock(&pipe->lock);
}

static int await_other_end(struct file *file, struct pipe *pipe, const struct peer *peer)
{
    if (file->access == FILE_READ && (file_flags(file) & O_NONBLOCK) != 0) {
        note_opens(file, pipe);
        return 0;
    }
    return file->access == FILE_READ || file->access == FILE_WRITE ? await_peer(pipe, peer) : 0;
}

int fifo_open(struct file *file)
{
    struct pipe *pipe = pipe_of_inode(file->inode);

    if (pipe == NULL) {
        return -ENOMEM;
    }
    struct peer peer = peer_of(file, pipe);

    if (file->access == FILE_WRITE && (file_flags(file) & O_NONBLOCK) != 0 && !peer.there) {
        pipe_put(pipe);
        return -ENXIO;
    }
    pipe_open_ends(pipe, file->access);
    int err = await_other_end(file, pipe, &peer);

    if (err != 0) {
        pipe_close_ends(pipe, file->access);
        pipe_put(pipe);
        return err;
    }
    file->ops = &pipe_ops;
    file->stream = true;
    file->private_data = pipe;
    return 0;
}
