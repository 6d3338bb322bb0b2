// SPDX-License-Identifier: MIT
// kernel/fs/pipe_file.c - the ends of a pipe as files.
#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/abi/ioctl.h"
#include "kernel/abi/stat.h"
#include "kernel/fs/file.h"
#include "kernel/fs/inode.h"
#include "kernel/fs/pipe.h"
#include "mm/user/copy.h"

#define PIPE_DEVICE DEVICE(0, 13)

static bool is_nonblock(const struct file *file)
{
    return (file_flags(file) & O_NONBLOCK) != 0;
}

static long ops_read(struct file *file, struct uio *uio, uint64_t offset)
{
    (void)offset;
    return pipe_read(file->private_data, uio, is_nonblock(file));
}

static long ops_write(struct file *file, struct uio *uio, uint64_t offset)
{
    (void)offset;
    return pipe_write(file->private_data, uio, is_nonblock(file));
}

static long ops_read_short(struct file *file, uva_t to, size_t bytes)
{
    return pipe_read_short(file->private_data, to, bytes, file);
}

static size_t ops_write_at_once(struct file *file, uva_t from, size_t bytes)
{
    return pipe_write_at_once(file->private_data, from, bytes);
}

static unsigned ops_poll(struct file *file, struct poll_table *table)
{
    struct pipe *pipe = file->private_data;
    unsigned events = 0;

    if ((file->access & FILE_READ) != 0) {
        // The position, which a pipe has no other use for, is what fifo_open() has left there.
        // relaxed: constant since.
        events |= pipe_poll_read(pipe, table,
                                 atomic_load_explicit(&file->position, memory_order_relaxed));
    }
    if ((file->access & FILE_WRITE) != 0) {
        events |= pipe_poll_write(pipe, table);
    }
    return events;
}

static long ops_ioctl(struct file *file, unsigned request, uint64_t argument)
{
    if (request != FIONREAD) {
        return -ENOTTY;
    }
    return put_user_u32(argument, (uint32_t)pipe_used(file->private_data));
}

static int ops_stat(struct file *file, struct kstat *stat)
{
    const struct pipe *pipe = file->private_data;

    if (file->inode != NULL) {
        inode_stat(file->inode, stat);
        return 0;
    }
    stat->dev = PIPE_DEVICE;
    stat->ino = pipe->number;
    stat->mode = S_IFIFO | 0600;
    stat->nlink = 1;
    stat->blksize = (int32_t)PAGE_SIZE;
    return 0;
}

static void ops_release(struct file *file)
{
    struct pipe *pipe = file->private_data;

    pipe_close_ends(pipe, file->access);
    pipe_put(pipe);
}

const struct file_ops pipe_ops = {
    .read = ops_read,
    .write = ops_write,
    .read_short = ops_read_short,
    .write_at_once = ops_write_at_once,
    .poll = ops_poll,
    .ioctl = ops_ioctl,
    .stat = ops_stat,
    .release = ops_release,
};

struct pipe *pipe_of(struct file *file)
{
    return file->ops == &pipe_ops ? file->private_data : NULL;
}

static struct file *make_end(struct pipe *pipe, unsigned flags)
{
    struct file *file = file_new(&pipe_ops, NULL, flags);

    if (file != NULL) {
        file->stream = true;
        file->private_data = pipe_get(pipe);
        pipe_open_ends(pipe, file->access);
    }
    return file;
}

int pipe_make(struct file *ends[2], unsigned flags)
{
    struct pipe *pipe = pipe_new();

    if (pipe == NULL) {
        return -ENOMEM;
    }
    ends[0] = make_end(pipe, O_RDONLY | flags);
    ends[1] = ends[0] != NULL ? make_end(pipe, O_WRONLY | flags) : NULL;
    pipe_put(pipe);
    if (ends[1] == NULL) {
        if (ends[0] != NULL) {
            file_put(ends[0]);
        }
        return -ENOMEM;
    }
    return 0;
}
