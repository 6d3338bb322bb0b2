// SPDX-License-Identifier: MIT
// kernel/fs/socketpair.c - two connected sockets: a pipe each way.
#include "kernel/fs/socketpair.h"

#include <stdatomic.h>

#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/abi/ioctl.h"
#include "kernel/abi/poll.h"
#include "kernel/abi/socket.h"
#include "kernel/abi/stat.h"
#include "kernel/fs/file.h"
#include "kernel/fs/inode.h"
#include "kernel/fs/pipe.h"
#include "mm/memory.h"
#include "mm/objcache.h"
#include "mm/user/copy.h"

enum { SOCKET_DEVICE_MINOR = 8 };

struct socket {
    struct pipe *in; // read from; referenced
    struct pipe *out;
    atomic_uint open; // FILE_READ, FILE_WRITE: ends that have not been shut down
    uint64_t number;  // st_ino
};

static struct objcache sockets = OBJCACHE_INIT(sockets, struct socket);

static bool is_nonblock(const struct file *file)
{
    return (file_flags(file) & O_NONBLOCK) != 0;
}

// Has `way` not been shut down? relaxed: whoever has is not ordered with us.
static bool is_open(const struct socket *s, unsigned way)
{
    return (atomic_load_explicit(&s->open, memory_order_relaxed) & way) != 0;
}

static long receive(struct socket *s, struct uio *uio, bool nonblock)
{
    return pipe_read(s->in, uio, nonblock); // 0 if nothing is left and it has been shut down
}

// Of a write that was done in part only no signal tells, other than with pipes.
static long send(struct socket *s, struct uio *uio, bool nonblock)
{
    long n = is_open(s, FILE_WRITE) ? pipe_write(s->out, uio, nonblock) : -EPIPE;

    uio->broken = n == -EPIPE;
    return n;
}

static long ops_read(struct file *file, struct uio *uio, uint64_t offset)
{
    (void)offset;
    return receive(file->private_data, uio, is_nonblock(file));
}

static long ops_write(struct file *file, struct uio *uio, uint64_t offset)
{
    (void)offset;
    return send(file->private_data, uio, is_nonblock(file));
}

static long ops_read_short(struct file *file, uva_t to, size_t bytes)
{
    struct socket *s = file->private_data;

    return pipe_read_short(s->in, to, bytes, file);
}

static size_t ops_write_at_once(struct file *file, uva_t from, size_t bytes)
{
    struct socket *s = file->private_data;

    return is_open(s, FILE_WRITE) ? pipe_write_at_once(s->out, from, bytes) : 0;
}

static unsigned ops_poll(struct file *file, struct poll_table *table)
{
    struct socket *s = file->private_data;
    unsigned in = pipe_poll_read(s->in, table, 0);
    unsigned out = pipe_poll_write(s->out, table);
    bool no_more = (in & POLLHUP) != 0 || !is_open(s, FILE_READ);
    bool no_peer = (out & POLLERR) != 0;
    unsigned events = (in | out) & ~(unsigned)(POLLHUP | POLLERR);

    if (no_more) {
        events |= POLLIN | POLLRDNORM | POLLRDHUP;
    }
    if (no_peer) {
        events |= POLLOUT | POLLWRNORM; // a write does not wait
    }
    return no_more && (no_peer || !is_open(s, FILE_WRITE)) ? events | POLLHUP : events;
}

static long ops_ioctl(struct file *file, unsigned request, uint64_t argument)
{
    const struct socket *s = file->private_data;

    if (request == FIONREAD) {
        return put_user_u32(argument, (uint32_t)pipe_used(s->in));
    }
    return request == TIOCOUTQ ? put_user_u32(argument, (uint32_t)pipe_used(s->out)) : -ENOTTY;
}

static int ops_stat(struct file *file, struct kstat *stat)
{
    const struct socket *s = file->private_data;

    stat->dev = DEVICE(0, SOCKET_DEVICE_MINOR);
    stat->ino = s->number;
    stat->mode = S_IFSOCK | 0777;
    stat->nlink = 1;
    stat->blksize = (int32_t)PAGE_SIZE;
    return 0;
}

// Close the ends in `ways` that are still open.
static void shut(struct socket *s, unsigned ways)
{
    // relaxed: whoever clears a bit is the one to close that end.
    unsigned before = atomic_fetch_and_explicit(&s->open, ~ways, memory_order_relaxed);

    if ((before & ways & FILE_READ) != 0) {
        pipe_shut_ends(s->in, FILE_READ);
    }
    if ((before & ways & FILE_WRITE) != 0) {
        pipe_shut_ends(s->out, FILE_WRITE);
    }
}

static void ops_release(struct file *file)
{
    struct socket *s = file->private_data;

    shut(s, FILE_READ | FILE_WRITE);
    pipe_put(s->in);
    pipe_put(s->out);
    objcache_free(&sockets, s);
}

static const struct file_ops socket_ops = {
    .read = ops_read,
    .write = ops_write,
    .read_short = ops_read_short,
    .write_at_once = ops_write_at_once,
    .poll = ops_poll,
    .ioctl = ops_ioctl,
    .stat = ops_stat,
    .release = ops_release,
};

static bool is_socket(const struct file *file)
{
    return file->ops == &socket_ops;
}

int socketpair_shutdown(struct file *file, int how)
{
    static const unsigned ways[] = {
        [SHUT_RD] = FILE_READ, [SHUT_WR] = FILE_WRITE, [SHUT_RDWR] = FILE_READ | FILE_WRITE};

    if (!is_socket(file)) {
        return -ENOTSOCK;
    }
    if (how < SHUT_RD || how > SHUT_RDWR) {
        return -EINVAL;
    }
    shut(file->private_data, ways[how]);
    return 0;
}

// Returns: 0 and whether not to wait; -ENOTSOCK; -EOPNOTSUPP.
static int message_flags(const struct file *file, unsigned flags, bool *nonblock)
{
    if (!is_socket(file)) {
        return -ENOTSOCK;
    }
    *nonblock = is_nonblock(file) || (flags & MSG_DONTWAIT) != 0;
    return (flags & ~(unsigned)(MSG_DONTWAIT | MSG_NOSIGNAL)) != 0 ? -EOPNOTSUPP : 0;
}

long socketpair_send(struct file *file, struct uio *uio, unsigned flags)
{
    bool nonblock;
    int err = message_flags(file, flags, &nonblock);

    return err != 0 ? err : send(file->private_data, uio, nonblock);
}

long socketpair_receive(struct file *file, struct uio *uio, unsigned flags)
{
    bool nonblock;
    int err = message_flags(file, flags, &nonblock);

    return err != 0 ? err : receive(file->private_data, uio, nonblock);
}

// Takes over nothing: the socket gets references of its own. Returns: NULL if memory is short.
static struct file *make_end(struct pipe *in, struct pipe *out, unsigned flags)
{
    struct socket *s = objcache_alloc_or_reclaim(&sockets);
    struct file *file = s != NULL ? file_new(&socket_ops, NULL, O_RDWR | flags) : NULL;

    if (file == NULL) {
        if (s != NULL) {
            objcache_free(&sockets, s);
        }
        return NULL;
    }
    s->in = pipe_get(in);
    s->out = pipe_get(out);
    atomic_init(&s->open, FILE_READ | FILE_WRITE);
    s->number = inode_number();
    pipe_open_ends(in, FILE_READ);
    pipe_open_ends(out, FILE_WRITE);
    file->stream = true;
    file->private_data = s;
    return file;
}

static int make_both(struct file *ends[2], struct pipe *there, struct pipe *back, unsigned flags)
{
    ends[0] = make_end(there, back, flags);
    ends[1] = ends[0] != NULL ? make_end(back, there, flags) : NULL;
    if (ends[1] == NULL && ends[0] != NULL) {
        file_put(ends[0]);
    }
    return ends[1] != NULL ? 0 : -ENOMEM;
}

int socketpair_make(struct file *ends[2], unsigned flags)
{
    struct pipe *there = pipe_new();
    struct pipe *back = pipe_new();
    int err = there != NULL && back != NULL ? make_both(ends, there, back, flags) : -ENOMEM;

    if (there != NULL) {
        pipe_put(there);
    }
    if (back != NULL) {
        pipe_put(back);
    }
    return err;
}
