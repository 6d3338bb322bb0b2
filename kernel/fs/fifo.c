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

// Wait until `*ends` are open, or `*opens` have been since it was `before`.
static int await_peer(struct pipe *pipe, struct condvar *cv, const unsigned *ends,
                      const uint64_t *opens)
{
    int err = 0;

    mutex_lock(&pipe->lock);
    uint64_t before = *opens;

    while (err == 0 && *ends == 0 && *opens == before) {
        err = condvar_wait(cv, &pipe->lock);
    }
    mutex_unlock(&pipe->lock);
    return err != 0 ? -ERESTARTSYS : 0;
}

static bool has_reader(struct pipe *pipe)
{
    mutex_lock(&pipe->lock);
    bool reader = pipe->readers != 0;

    mutex_unlock(&pipe->lock);
    return reader;
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

static int await_other_end(struct file *file, struct pipe *pipe)
{
    switch (file->access) {
    case FILE_READ:
        if ((file_flags(file) & O_NONBLOCK) != 0) {
            note_opens(file, pipe);
            return 0;
        }
        return await_peer(pipe, &pipe->can_read, &pipe->writers, &pipe->writer_opens);
    case FILE_WRITE:
        return await_peer(pipe, &pipe->can_write, &pipe->readers, &pipe->reader_opens);
    default:
        return 0;
    }
}

int fifo_open(struct file *file)
{
    struct pipe *pipe = pipe_of_inode(file->inode);

    if (pipe == NULL) {
        return -ENOMEM;
    }
    if (file->access == FILE_WRITE && (file_flags(file) & O_NONBLOCK) != 0 && !has_reader(pipe)) {
        pipe_put(pipe);
        return -ENXIO;
    }
    pipe_open_ends(pipe, file->access);
    int err = await_other_end(file, pipe);

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
