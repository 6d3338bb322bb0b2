// SPDX-License-Identifier: MIT
// kernel/proc/sys_file_rw.c - reading and writing: read() to sendfile().
#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/base/bits.h"
#include "kernel/proc/sys.h"
#include "kernel/proc/sys_file.h"
#include "mm/frame.h"
#include "mm/memory.h"
#include "mm/user/copy.h"

enum { SEGMENTS_INLINE = 8, SEGMENTS_ORDER = 2, POSITION_BITS = 63 };

_Static_assert(IOV_MAX * sizeof(struct uio_segment) <= PAGE_SIZE << SEGMENTS_ORDER,
               "all segments fit");

// Is a stream that has a way for few bytes asked to take it?
static ALWAYS_INLINE bool is_short(uint64_t count)
{
    return count - 1 < COPY_AT_ONCE_MAX; // not 0
}

static NOINLINE long read_to(struct file *file, uint64_t buffer, uint64_t count)
{
    struct uio uio;

    user_uio(&uio, buffer, count);
    return file_read(file, &uio);
}

long sys_read(uint64_t fd, uint64_t buffer, uint64_t count)
{
    bool borrowed;
    struct file *file = fd_borrow(current_process()->files, (int)fd, &borrowed);
    long n = 0;

    if (unlikely(file == NULL)) {
        return -EBADF;
    }
    if (file->ops->read_short != NULL && is_short(count) && (file->access & FILE_READ) != 0) {
        n = file->ops->read_short(file, buffer, count);
    }
    if (unlikely(n == 0)) {
        n = read_to(file, buffer, count);
    }
    fd_return(file, borrowed);
    return n;
}

static NOINLINE long write_from(struct file *file, uint64_t buffer, uint64_t count)
{
    struct uio uio;

    user_uio(&uio, buffer, count);
    return user_wrote(file_write(file, &uio), &uio);
}

long sys_write(uint64_t fd, uint64_t buffer, uint64_t count)
{
    bool borrowed;
    struct file *file = fd_borrow(current_process()->files, (int)fd, &borrowed);
    long n = 0;

    if (unlikely(file == NULL)) {
        return -EBADF;
    }
    if (file->ops->write_at_once != NULL && is_short(count) && (file->access & FILE_WRITE) != 0) {
        n = (long)file->ops->write_at_once(file, buffer, count);
    }
    if (unlikely(n == 0)) {
        n = write_from(file, buffer, count);
    }
    fd_return(file, borrowed);
    return n;
}

long sys_pread64(uint64_t fd, uint64_t buffer, uint64_t count, uint64_t offset)
{
    struct file *file = user_file(fd);
    struct uio uio;

    if (file == NULL) {
        return -EBADF;
    }
    user_uio(&uio, buffer, count);
    long n = offset >> POSITION_BITS != 0 ? -EINVAL : file_pread(file, &uio, offset);

    file_put(file);
    return n;
}

long sys_pwrite64(uint64_t fd, uint64_t buffer, uint64_t count, uint64_t offset)
{
    struct file *file = user_file(fd);
    struct uio uio;

    if (file == NULL) {
        return -EBADF;
    }
    user_uio(&uio, buffer, count);
    long n = offset >> POSITION_BITS != 0 ? -EINVAL : file_pwrite(file, &uio, offset);

    file_put(file);
    return n;
}

// ---- Vectors -----------------------------------------------------------------------------------

// The segments of a call, in the caller's frame if they are few.
struct vector {
    struct uio uio;
    struct uio_segment *segments;
    struct uio_segment few[SEGMENTS_INLINE];
};

static void vector_end(struct vector *v)
{
    if (v->segments != v->few) {
        frames_free(v->segments, SEGMENTS_ORDER);
    }
}

// Returns: 0 and the bytes of all in *bytes; -EINVAL if they are too many.
static int add_up(const struct uio_segment *segments, size_t nr, size_t *bytes)
{
    *bytes = 0;
    for (size_t i = 0; i < nr; i++) {
        if (segments[i].bytes > INT64_MAX - *bytes) {
            return -EINVAL;
        }
        *bytes += segments[i].bytes;
    }
    *bytes = min_u64(*bytes, IO_BYTES_MAX);
    return 0;
}

// Returns: 0; -EINVAL; -EFAULT; -ENOMEM.
static int vector_begin(struct vector *v, uint64_t segments, uint64_t nr)
{
    size_t bytes;

    if (nr > IOV_MAX) {
        return -EINVAL;
    }
    v->segments = nr <= SEGMENTS_INLINE ? v->few : frames_alloc_or_reclaim(SEGMENTS_ORDER);
    if (v->segments == NULL) {
        return -ENOMEM;
    }
    int err = copy_from_user(v->segments, segments, nr * sizeof(*v->segments));

    if (err == 0) {
        err = add_up(v->segments, nr, &bytes);
    }
    if (err != 0) {
        vector_end(v);
        return err;
    }
    uio_init_segments(&v->uio, v->segments, nr, bytes);
    return 0;
}

typedef long transfer_fn(struct file *file, struct uio *uio, uint64_t offset);

// One call on the segments at `segments`.
static long transfer(uint64_t fd, uint64_t segments, uint64_t nr, uint64_t offset, transfer_fn *fn)
{
    struct file *file = user_file(fd);
    struct vector v;

    if (file == NULL) {
        return -EBADF;
    }
    long n = vector_begin(&v, segments, nr);

    if (n == 0) {
        n = offset >> POSITION_BITS != 0 ? -EINVAL : fn(file, &v.uio, offset);
        vector_end(&v);
    }
    file_put(file);
    return n;
}

static long read_on(struct file *file, struct uio *uio, uint64_t offset)
{
    (void)offset;
    return file_read(file, uio);
}

static long write_on(struct file *file, struct uio *uio, uint64_t offset)
{
    (void)offset;
    return user_wrote(file_write(file, uio), uio);
}

long sys_readv(uint64_t fd, uint64_t segments, uint64_t nr)
{
    return transfer(fd, segments, nr, 0, read_on);
}

long sys_writev(uint64_t fd, uint64_t segments, uint64_t nr)
{
    return transfer(fd, segments, nr, 0, write_on);
}

long sys_preadv(uint64_t fd, uint64_t segments, uint64_t nr, uint64_t offset)
{
    return transfer(fd, segments, nr, offset, file_pread);
}

long sys_pwritev(uint64_t fd, uint64_t segments, uint64_t nr, uint64_t offset)
{
    return transfer(fd, segments, nr, offset, file_pwrite);
}

long sys_lseek(uint64_t fd, uint64_t offset, uint64_t whence)
{
    struct file *file = user_file(fd);

    if (file == NULL) {
        return -EBADF;
    }
    long position = file_seek(file, (int64_t)offset, (int)whence);

    file_put(file);
    return position;
}

// ---- From file to file -------------------------------------------------------------------------

// Where sendfile() reads.
struct source {
    struct file *file;
    bool at_position; // the file's own; else `offset`
    uint64_t offset;
};

static long read_source(struct source *from, void *buffer, size_t bytes)
{
    struct uio uio;

    uio_init_kernel(&uio, buffer, bytes);
    long n = from->at_position ? file_read(from->file, &uio)
                               : file_pread(from->file, &uio, from->offset);

    from->offset += n > 0 ? (uint64_t)n : 0;
    return n;
}

// What has been read but could not be written is to be read again.
static void unread(struct source *from, uint64_t bytes)
{
    from->offset -= bytes;
    if (from->at_position && bytes > 0) {
        (void)!file_seek(from->file, -(int64_t)bytes, SEEK_CUR);
    }
}

static long send(struct source *from, struct file *to, char *page, uint64_t count)
{
    uint64_t done = 0;
    long n = 0;

    while (done < count) {
        n = read_source(from, page, min_u64(count - done, PAGE_SIZE));
        if (n <= 0) {
            break;
        }
        struct uio uio;
        long got = n;

        uio_init_kernel(&uio, page, (size_t)got);
        n = user_wrote(file_write(to, &uio), &uio);
        done += n > 0 ? (uint64_t)n : 0;
        if (n < got) {
            unread(from, (uint64_t)got - (n > 0 ? (uint64_t)n : 0));
            break;
        }
    }
    return done > 0 ? (long)done : n;
}

static long send_file(struct file *to, struct source *from, uint64_t count)
{
    if (from->file->stream || from->file->ops->map == NULL) {
        return -EINVAL;
    }
    if ((file_flags(to) & O_APPEND) != 0) {
        return -EINVAL;
    }
    char *page = frames_alloc_or_reclaim(0);

    if (page == NULL) {
        return -ENOMEM;
    }
    long n = send(from, to, page, count < IO_BYTES_MAX ? count : IO_BYTES_MAX);

    frames_free(page, 0);
    return n;
}

// Takes `from->file` and `to` over; either may be NULL.
static long send_and_put(struct file *to, struct source *from, uint64_t count)
{
    long n = to != NULL && from->file != NULL ? send_file(to, from, count) : -EBADF;

    if (to != NULL) {
        file_put(to);
    }
    if (from->file != NULL) {
        file_put(from->file);
    }
    return n;
}

long sys_sendfile(uint64_t to, uint64_t from, uint64_t offset_at, uint64_t count)
{
    struct source source = {.at_position = offset_at == 0};
    int err = offset_at != 0 ? copy_from_user(&source.offset, offset_at, sizeof(source.offset)) : 0;

    if (err != 0 || source.offset >> POSITION_BITS != 0) {
        return err != 0 ? err : -EINVAL;
    }
    source.file = user_file(from);
    long n = send_and_put(user_file(to), &source, count);

    if (offset_at != 0 && n >= 0) {
        err = copy_to_user(offset_at, &source.offset, sizeof(source.offset));
    }
    return err != 0 ? err : n;
}
