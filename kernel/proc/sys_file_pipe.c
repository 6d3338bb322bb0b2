// SPDX-License-Identifier: MIT
// kernel/proc/sys_file_pipe.c - pipes, pairs of sockets, event counters.
#include "kernel/abi/errno.h"
#include "kernel/abi/eventfd.h"
#include "kernel/abi/fcntl.h"
#include "kernel/abi/socket.h"
#include "kernel/fs/eventfd.h"
#include "kernel/fs/pipe.h"
#include "kernel/fs/socketpair.h"
#include "kernel/proc/sys.h"
#include "kernel/proc/sys_file.h"

long sys_pipe2(uint64_t fds, uint64_t flags)
{
    struct file *ends[2];

    if (((unsigned)flags & ~(unsigned)(O_CLOEXEC | O_NONBLOCK | O_DIRECT)) != 0) {
        return -EINVAL;
    }
    if ((flags & O_DIRECT) != 0) { // packets
        return -EINVAL;
    }
    int err = pipe_make(ends, (unsigned)flags & O_NONBLOCK);

    return err != 0 ? err : user_fd_install_two(ends, (flags & O_CLOEXEC) != 0, fds);
}

long sys_eventfd2(uint64_t count, uint64_t flags)
{
    if (((unsigned)flags & ~(unsigned)(EFD_SEMAPHORE | EFD_NONBLOCK | EFD_CLOEXEC)) != 0) {
        return -EINVAL;
    }
    struct file *file =
        eventfd_make((unsigned)count, (flags & EFD_SEMAPHORE) != 0, (unsigned)flags & EFD_NONBLOCK);

    return file != NULL ? user_fd_install(file, (flags & EFD_CLOEXEC) != 0) : -ENOMEM;
}

long sys_socket(uint64_t family, uint64_t type, uint64_t protocol)
{
    (void)family;
    (void)type;
    (void)protocol;
    return -EAFNOSUPPORT;
}

long sys_socketpair(uint64_t family, uint64_t type, uint64_t protocol, uint64_t fds)
{
    struct file *ends[2];
    unsigned flags = (unsigned)type & ~(unsigned)SOCK_TYPE;

    if ((int)family == AF_INET || (int)family == AF_INET6) {
        return -EOPNOTSUPP; // there are no pairs of these anywhere
    }
    if ((int)family != AF_UNIX) {
        return -EAFNOSUPPORT;
    }
    if ((flags & ~(unsigned)(SOCK_NONBLOCK | SOCK_CLOEXEC)) != 0) {
        return -EINVAL;
    }
    if ((type & SOCK_TYPE) != SOCK_STREAM) {
        return -ESOCKTNOSUPPORT;
    }
    if (protocol != 0 && (int)protocol != AF_UNIX) {
        return -EPROTONOSUPPORT;
    }
    int err = socketpair_make(ends, flags & SOCK_NONBLOCK);

    return err != 0 ? err : user_fd_install_two(ends, (flags & SOCK_CLOEXEC) != 0, fds);
}

long sys_shutdown(uint64_t fd, uint64_t how)
{
    struct file *file = user_file(fd);

    if (file == NULL) {
        return -EBADF;
    }
    int err = socketpair_shutdown(file, (int)how);

    file_put(file);
    return err;
}

// send() and recv() on a connected socket; addresses are of no use there.
long sys_sendto(uint64_t fd, uint64_t buffer, uint64_t count, uint64_t flags)
{
    struct file *file = user_file(fd);
    struct uio uio;

    if (file == NULL) {
        return -EBADF;
    }
    user_uio(&uio, buffer, count);
    long n = socketpair_send(file, &uio, (unsigned)flags);

    file_put(file);
    return (flags & MSG_NOSIGNAL) != 0 ? n : user_wrote(n, &uio);
}

long sys_recvfrom(uint64_t fd, uint64_t buffer, uint64_t count, uint64_t flags)
{
    struct file *file = user_file(fd);
    struct uio uio;

    if (file == NULL) {
        return -EBADF;
    }
    user_uio(&uio, buffer, count);
    long n = socketpair_receive(file, &uio, (unsigned)flags);

    file_put(file);
    return n;
}
