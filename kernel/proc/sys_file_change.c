// SPDX-License-Identifier: MIT
// kernel/proc/sys_file_change.c - changing what files are like: fchmod() to fallocate().
#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/fs/tmpfs.h"
#include "kernel/proc/sys.h"
#include "kernel/proc/sys_file.h"
#include "mm/user/copy.h"

enum { MODE_BITS = 07777, NS_PER_SECOND = 1000000000 };

// A reference to the inode of `fd`. Returns: 0; -EBADF, also for what has none.
static int inode_of_fd(uint64_t fd, struct inode **inode)
{
    struct file *file = user_file(fd);

    if (file == NULL) {
        return -EBADF;
    }
    bool usable = file->inode != NULL && (file_flags(file) & O_PATH) == 0;

    if (usable) {
        *inode = inode_get(file->inode);
    }
    file_put(file);
    return usable ? 0 : -EBADF;
}

// Takes `inode` over.
static long change_mode(struct inode *inode, unsigned mode)
{
    int err = inode->fs->fixed ? -EPERM : 0;

    if (inode_is(inode, S_IFLNK)) {
        err = -EOPNOTSUPP;
    }
    if (err == 0) {
        mutex_lock(&inode->lock);
        inode->mode = (inode->mode & S_IFMT) | (mode & MODE_BITS);
        inode->ctime_ns = inode_now_ns();
        mutex_unlock(&inode->lock);
    }
    inode_put(inode);
    return err;
}

long sys_fchmod(uint64_t fd, uint64_t mode)
{
    struct inode *inode;
    int err = inode_of_fd(fd, &inode);

    return err != 0 ? err : change_mode(inode, (unsigned)mode);
}

long sys_fchmodat(uint64_t dirfd, uint64_t path, uint64_t mode)
{
    struct inode *inode;
    int err = user_find_inode(dirfd, path, 0, &inode);

    return err != 0 ? err : change_mode(inode, (unsigned)mode);
}

// Takes `inode` over. An id of -1 stays as it is.
static long change_owner(struct inode *inode, unsigned uid, unsigned gid)
{
    int err = inode->fs->fixed ? -EPERM : 0;

    if (err == 0) {
        mutex_lock(&inode->lock);
        inode->uid = uid != UINT32_MAX ? uid : inode->uid;
        inode->gid = gid != UINT32_MAX ? gid : inode->gid;
        inode->ctime_ns = inode_now_ns();
        mutex_unlock(&inode->lock);
    }
    inode_put(inode);
    return err;
}

long sys_fchown(uint64_t fd, uint64_t uid, uint64_t gid)
{
    struct inode *inode;
    int err = inode_of_fd(fd, &inode);

    return err != 0 ? err : change_owner(inode, (unsigned)uid, (unsigned)gid);
}

long sys_fchownat(uint64_t dirfd, uint64_t path, uint64_t uid, uint64_t gid, uint64_t flags)
{
    struct inode *inode;

    if (((unsigned)flags & ~(unsigned)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0) {
        return -EINVAL;
    }
    int err = user_find_inode(dirfd, path, (unsigned)flags, &inode);

    return err != 0 ? err : change_owner(inode, (unsigned)uid, (unsigned)gid);
}

// struct timespec.
struct user_time {
    int64_t s;
    int64_t ns;
};

static bool is_time(const struct user_time *t)
{
    return t->ns == UTIME_NOW || t->ns == UTIME_OMIT || (t->ns >= 0 && t->ns < NS_PER_SECOND);
}

// What `old` becomes.
static uint64_t new_time(const struct user_time *t, uint64_t old, uint64_t now)
{
    if (t->ns == UTIME_OMIT) {
        return old;
    }
    return t->ns == UTIME_NOW ? now : (uint64_t)t->s * NS_PER_SECOND + (uint64_t)t->ns;
}

// Takes `inode` over.
static long change_times(struct inode *inode, const struct user_time times[2])
{
    uint64_t now = inode_now_ns();
    int err = inode->fs->fixed ? -EPERM : 0;

    if (err == 0) {
        mutex_lock(&inode->lock);
        inode->atime_ns = new_time(&times[0], inode->atime_ns, now);
        inode->mtime_ns = new_time(&times[1], inode->mtime_ns, now);
        inode->ctime_ns = now;
        mutex_unlock(&inode->lock);
    }
    inode_put(inode);
    return err;
}

long sys_utimensat(uint64_t dirfd, uint64_t path, uint64_t at, uint64_t flags)
{
    struct user_time times[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
    struct inode *inode;

    if (((unsigned)flags & ~(unsigned)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0) {
        return -EINVAL;
    }
    if (at != 0 && copy_from_user(times, at, sizeof(times)) != 0) {
        return -EFAULT;
    }
    if (!is_time(&times[0]) || !is_time(&times[1])) {
        return -EINVAL;
    }
    int err = path == 0 ? inode_of_fd(dirfd, &inode) // futimens()
                        : user_find_inode(dirfd, path, (unsigned)flags, &inode);

    return err != 0 ? err : change_times(inode, times);
}

long sys_truncate(uint64_t path, uint64_t bytes)
{
    struct inode *inode;

    if ((int64_t)bytes < 0) {
        return -EINVAL;
    }
    int err = user_find_inode((uint64_t)AT_FDCWD, path, 0, &inode);

    if (err == 0) {
        err = inode->fs->fixed ? -EPERM : tmpfs_truncate(inode, bytes);
        inode_put(inode);
    }
    return err;
}

long sys_ftruncate(uint64_t fd, uint64_t bytes)
{
    struct file *file = user_file(fd);
    int err = -EINVAL;

    if (file == NULL) {
        return -EBADF;
    }
    if ((file_flags(file) & O_PATH) != 0) {
        err = -EBADF;
    } else if ((int64_t)bytes >= 0 && (file->access & FILE_WRITE) != 0 &&
               file->ops->truncate != NULL) {
        err = file->ops->truncate(file, bytes);
    }
    file_put(file);
    return err;
}

static int allocate(struct file *file, unsigned mode, uint64_t offset, uint64_t bytes)
{
    if ((file->access & FILE_WRITE) == 0) {
        return -EBADF;
    }
    if (file->stream || file->inode == NULL) {
        return -ESPIPE;
    }
    if (!inode_is(file->inode, S_IFREG) || file->inode->fs->fixed) {
        return -ENODEV;
    }
    if ((int64_t)offset < 0 || (int64_t)bytes <= 0) {
        return -EINVAL;
    }
    if ((mode & ~(unsigned)FALLOC_FL_KEEP_SIZE) != 0) {
        return -EOPNOTSUPP;
    }
    return tmpfs_allocate(file->inode, offset, bytes, mode != 0);
}

long sys_fallocate(uint64_t fd, uint64_t mode, uint64_t offset, uint64_t bytes)
{
    struct file *file = user_file(fd);

    if (file == NULL) {
        return -EBADF;
    }
    int err = allocate(file, (unsigned)mode, offset, bytes);

    file_put(file);
    return err;
}
