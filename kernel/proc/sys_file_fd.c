// SPDX-License-Identifier: MIT
// kernel/proc/sys_file_fd.c - descriptors: close() to fcntl(), and what files do on request.
#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/abi/ioctl.h"
#include "kernel/base/compiler.h"
#include "kernel/fs/pipe.h"
#include "kernel/proc/sys.h"
#include "kernel/proc/sys_file.h"
#include "kernel/proc/sys_file_lock.h"
#include "mm/user/copy.h"

// What F_SETFL can change.
#define SETTABLE (O_APPEND | O_NONBLOCK | O_ASYNC | O_DIRECT | O_NOATIME)

long sys_close(uint64_t fd)
{
    return fd_close(current_process()->files, (int)fd);
}

// Put what `fd` stands for at the lowest free descriptor >= least.
static long duplicate(uint64_t fd, int least, bool cloexec)
{
    struct file *file = user_file(fd);

    if (file == NULL) {
        return -EBADF;
    }
    int new = fd_install(current_process()->files, file, least, cloexec, user_fd_limit());

    if (new < 0) {
        file_put(file);
    }
    return new;
}

long sys_dup(uint64_t fd)
{
    return duplicate(fd, 0, false);
}

long sys_dup3(uint64_t from, uint64_t to, uint64_t flags)
{
    if (((unsigned)flags & ~(unsigned)O_CLOEXEC) != 0 || (int)from == (int)to) {
        return -EINVAL;
    }
    struct file *file = user_file(from);

    if (file == NULL) {
        return -EBADF;
    }
    int fd = fd_install_at(current_process()->files, file, (int)to, (flags & O_CLOEXEC) != 0,
                           user_fd_limit());

    if (fd < 0) {
        file_put(file);
    }
    return fd;
}

long sys_close_range(uint64_t first, uint64_t last, uint64_t flags)
{
    struct process *p = current_process();
    bool mark = (flags & CLOSE_RANGE_CLOEXEC) != 0;

    if (((unsigned)flags & ~(unsigned)CLOSE_RANGE_CLOEXEC) != 0 ||
        (unsigned)first > (unsigned)last) {
        return -EINVAL;
    }
    if (!mark) {
        fd_close_range(p->files, (unsigned)first, (unsigned)last);
        return 0;
    }
    for (unsigned from = (unsigned)first; from < FD_MAX; from++) {
        int fd = fd_next(p->files, (int)from);

        if (fd < 0 || (unsigned)fd > (unsigned)last) {
            break;
        }
        (void)!fd_set_cloexec(p->files, fd, true); // another thread may have closed it
        from = (unsigned)fd;
    }
    return 0;
}

// ---- fcntl() -----------------------------------------------------------------------------------

static long set_flags(struct file *file, unsigned flags)
{
    unsigned old = file_flags(file);

    // relaxed: flags are numbers by themselves.
    while (!atomic_compare_exchange_weak_explicit(&file->flags, &old,
                                                  (old & ~(unsigned)SETTABLE) | (flags & SETTABLE),
                                                  memory_order_relaxed, memory_order_relaxed)) {
    }
    return 0;
}

static long pipe_size(struct file *file, int command, uint64_t bytes)
{
    struct pipe *pipe = pipe_of(file);

    if (pipe == NULL) {
        return -EBADF;
    }
    return command == F_GETPIPE_SZ ? pipe_capacity(pipe) : pipe_set_capacity(pipe, (unsigned)bytes);
}

static long control(struct file *file, int command, uint64_t argument)
{
    switch (command) {
    case F_GETLK:
    case F_OFD_GETLK:
        return user_lock_find(file, command == F_OFD_GETLK, argument);
    case F_GETFL:
        return (long)file_flags(file);
    case F_SETFL:
        return set_flags(file, (unsigned)argument);
    case F_GETPIPE_SZ:
    case F_SETPIPE_SZ:
        return pipe_size(file, command, argument);
    case F_GETOWN:
    case F_SETOWN:
        return 0;
    default:
        return -EINVAL;
    }
}

// Commands on the descriptor itself. Returns: whether it is one of them; its result in *result.
static bool control_descriptor(uint64_t fd, int command, uint64_t argument, long *result)
{
    struct fdtable *files = current_process()->files;

    switch (command) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
        *result = (unsigned)argument >= (unsigned)user_fd_limit()
                      ? -EINVAL
                      : duplicate(fd, (int)argument, command == F_DUPFD_CLOEXEC);
        return true;
    case F_GETFD:
        *result = fd_cloexec(files, (int)fd);
        return true;
    case F_SETFD:
        *result = fd_set_cloexec(files, (int)fd, (argument & FD_CLOEXEC) != 0);
        return true;
    default:
        return false;
    }
}

long sys_fcntl(uint64_t fd, uint64_t command, uint64_t argument)
{
    struct file *file = user_file(fd);
    long result;

    if (file == NULL) {
        return -EBADF;
    }
    if (!control_descriptor(fd, (int)command, argument, &result)) {
        bool only_path = (file_flags(file) & O_PATH) != 0 && (int)command != F_GETFL;

        result = only_path                         ? -EBADF
                 : user_lock_command((int)command) ? user_lock_set(file, fd, (int)command, argument)
                                                   : control(file, (int)command, argument);
    }
    file_put(file);
    return result;
}

// ---- ioctl() -----------------------------------------------------------------------------------

static long set_nonblock(struct file *file, uint64_t argument)
{
    uint32_t on;
    int err = get_user_u32(&on, argument);

    if (err != 0) {
        return err;
    }
    // relaxed: flags are numbers by themselves.
    if (on != 0) {
        atomic_fetch_or_explicit(&file->flags, O_NONBLOCK, memory_order_relaxed);
    } else {
        atomic_fetch_and_explicit(&file->flags, ~(unsigned)O_NONBLOCK, memory_order_relaxed);
    }
    return 0;
}

static long request_of(struct file *file, uint64_t fd, unsigned request, uint64_t argument)
{
    switch (request) {
    case FIOCLEX:
    case FIONCLEX:
        return fd_set_cloexec(current_process()->files, (int)fd, request == FIOCLEX);
    case FIONBIO:
        return set_nonblock(file, argument);
    default:
        return file->ops->ioctl != NULL ? file->ops->ioctl(file, request, argument) : -ENOTTY;
    }
}

long sys_ioctl(uint64_t fd, uint64_t request, uint64_t argument)
{
    struct file *file = user_file(fd);

    if (file == NULL) {
        return -EBADF;
    }
    long result = (file_flags(file) & O_PATH) != 0
                      ? -EBADF
                      : request_of(file, fd, (unsigned)request, argument);

    file_put(file);
    return result;
}
