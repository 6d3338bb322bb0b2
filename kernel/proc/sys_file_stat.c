// SPDX-License-Identifier: MIT
// kernel/proc/sys_file_stat.c - what files are like, and what is left to do for them: newfstatat()
// to fdatasync().
#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/fs/pipe.h"
#include "kernel/proc/sys.h"
#include "kernel/proc/sys_file.h"
#include "mm/frame.h"
#include "mm/user/copy.h"

enum { EXECUTE_BITS = 0111 };

// ---- Asking ------------------------------------------------------------------------------------

static int stat_of(uint64_t dirfd, uint64_t path, unsigned flags, struct kstat *stat)
{
    struct dentry *found;
    struct file *file;
    int err = user_find(dirfd, path, flags, &found, &file);

    if (err != 0) {
        return err;
    }
    if (found != NULL) {
        inode_stat(found->inode, stat);
        dentry_put(found);
    } else {
        err = file_stat(file, stat);
        file_put(file);
    }
    return err;
}

long sys_newfstatat(uint64_t dirfd, uint64_t path, uint64_t at, uint64_t flags)
{
    unsigned known = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT;
    struct kstat stat;

    if (((unsigned)flags & ~known) != 0) {
        return -EINVAL;
    }
    int err = stat_of(dirfd, path, (unsigned)flags, &stat);

    return err != 0 ? err : copy_to_user(at, &stat, sizeof(stat));
}

long sys_fstat(uint64_t fd, uint64_t at)
{
    struct file *file = user_file(fd);
    struct kstat stat;

    if (file == NULL) {
        return -EBADF;
    }
    int err = file_stat(file, &stat);

    file_put(file);
    return err != 0 ? err : copy_to_user(at, &stat, sizeof(stat));
}

static void to_statx(const struct kstat *from, struct kstatx *to)
{
    *to = (struct kstatx){
        .mask = STATX_BASIC_STATS,
        .blksize = (uint32_t)from->blksize,
        .nlink = from->nlink,
        .uid = from->uid,
        .gid = from->gid,
        .mode = (uint16_t)from->mode,
        .ino = from->ino,
        .size = (uint64_t)from->size,
        .blocks = (uint64_t)from->blocks,
        .atime = {from->atime_s, (uint32_t)from->atime_ns, 0},
        .ctime = {from->ctime_s, (uint32_t)from->ctime_ns, 0},
        .mtime = {from->mtime_s, (uint32_t)from->mtime_ns, 0},
        .rdev_major = DEVICE_MAJOR(from->rdev),
        .rdev_minor = DEVICE_MINOR(from->rdev),
        .dev_major = DEVICE_MAJOR(from->dev),
        .dev_minor = DEVICE_MINOR(from->dev),
    };
}

long sys_statx(uint64_t dirfd, uint64_t path, uint64_t flags, uint64_t mask, uint64_t at)
{
    unsigned known = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_STATX_SYNC_TYPE;
    struct kstat stat;
    struct kstatx statx;

    if (((unsigned)flags & ~known) != 0 || (mask & STATX__RESERVED) != 0 ||
        (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE) {
        return -EINVAL;
    }
    int err = stat_of(dirfd, path, (unsigned)flags, &stat);

    if (err != 0) {
        return err;
    }
    to_statx(&stat, &statx);
    return copy_to_user(at, &statx, sizeof(statx));
}

static long put_statfs(const struct filesystem *fs, uint64_t at)
{
    uint64_t magic = fs != NULL ? (uint64_t)fs->magic : PIPEFS_MAGIC;
    bool memory = magic == TMPFS_MAGIC;
    struct kstatfs statfs = {
        .type = (int64_t)magic,
        .bsize = (int64_t)PAGE_SIZE,
        .blocks = memory ? frames_total() : 0,
        .bfree = memory ? frames_free_count() : 0,
        .bavail = memory ? frames_free_count() : 0,
        .files = memory ? frames_total() : 0,
        .ffree = memory ? frames_free_count() : 0,
        .namelen = NAME_MAX,
        .frsize = (int64_t)PAGE_SIZE,
    };

    return copy_to_user(at, &statfs, sizeof(statfs));
}

long sys_statfs(uint64_t path, uint64_t at)
{
    struct inode *inode;
    int err = user_find_inode((uint64_t)AT_FDCWD, path, 0, &inode);

    if (err != 0) {
        return err;
    }
    const struct filesystem *fs = inode->fs;

    inode_put(inode);
    return put_statfs(fs, at);
}

long sys_fstatfs(uint64_t fd, uint64_t at)
{
    struct file *file = user_file(fd);

    if (file == NULL) {
        return -EBADF;
    }
    const struct filesystem *fs = file->inode != NULL ? file->inode->fs : NULL;

    file_put(file);
    return put_statfs(fs, at);
}

// Everybody is root, who may read and write all, and run what anybody may.
long sys_faccessat2(uint64_t dirfd, uint64_t path, uint64_t mode, uint64_t flags)
{
    unsigned known = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_EACCESS;
    struct inode *inode;

    if (((unsigned)mode & ~(unsigned)(R_OK | W_OK | X_OK)) != 0 ||
        ((unsigned)flags & ~known) != 0) {
        return -EINVAL;
    }
    int err = user_find_inode(dirfd, path, (unsigned)flags, &inode);

    if (err != 0) {
        return err;
    }
    if ((mode & X_OK) != 0 && !inode_is(inode, S_IFDIR) && (inode->mode & EXECUTE_BITS) == 0) {
        err = -EACCES;
    }
    inode_put(inode);
    return err;
}

long sys_faccessat(uint64_t dirfd, uint64_t path, uint64_t mode)
{
    return sys_faccessat2(dirfd, path, mode, 0);
}

// ---- Writing back: everything is in memory -----------------------------------------------------

long sys_sync(void)
{
    return 0;
}

long sys_fsync(uint64_t fd)
{
    struct file *file = user_file(fd);

    if (file == NULL) {
        return -EBADF;
    }
    bool can = file->inode != NULL && !file->inode->fs->fixed &&
               (inode_is(file->inode, S_IFREG) || inode_is(file->inode, S_IFDIR));
    bool only_path = (file_flags(file) & O_PATH) != 0;

    file_put(file);
    if (only_path) {
        return -EBADF;
    }
    return can ? 0 : -EINVAL;
}

long sys_fdatasync(uint64_t fd)
{
    return sys_fsync(fd);
}

// How a file will be used is nothing to a file in memory.
long sys_fadvise64(uint64_t fd, uint64_t offset, uint64_t bytes, uint64_t advice)
{
    struct file *file = user_file(fd);

    (void)offset;
    if (file == NULL) {
        return -EBADF;
    }
    bool only_path = (file_flags(file) & O_PATH) != 0;
    bool is_pipe = pipe_of(file) != NULL;

    file_put(file);
    if (only_path) {
        return -EBADF;
    }
    if (is_pipe) {
        return -ESPIPE;
    }
    return (int64_t)bytes < 0 || (int)advice < 0 || (int)advice > POSIX_FADV_LAST ? -EINVAL : 0;
}
