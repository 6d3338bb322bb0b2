// SPDX-License-Identifier: MIT
// kernel/proc/sys_file_path.c - names of files: openat() to renameat2().
#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/fs/fs.h"
#include "kernel/fs/names.h"
#include "kernel/fs/path.h"
#include "kernel/proc/sys.h"
#include "kernel/proc/sys_file.h"
#include "mm/frame.h"
#include "mm/memory.h"
#include "mm/user/copy.h"

enum { MODE_BITS = 07777 };

static unsigned without_umask(uint64_t mode)
{
    return (unsigned)mode & MODE_BITS & ~fs_umask(current_process()->fs);
}

long sys_openat(uint64_t dirfd, uint64_t path, uint64_t flags, uint64_t mode)
{
    struct user_at at;
    struct file *file;

    // No file is made that could not be opened then.
    if ((flags & O_CREAT) != 0 && !fd_has_room(current_process()->files, user_fd_limit())) {
        return -EMFILE;
    }
    int err = user_at_begin(&at, dirfd, path);

    if (err != 0) {
        return err;
    }
    bool only_path = (flags & O_PATH) != 0;

    err = fs_open_at(at.start, at.path, (unsigned)flags | (only_path ? 0 : O_LARGEFILE),
                     without_umask(mode), &file);
    user_at_end(&at);
    return err != 0 ? err : user_fd_install(file, (flags & O_CLOEXEC) != 0);
}

long sys_mkdirat(uint64_t dirfd, uint64_t path, uint64_t mode)
{
    struct user_at at;
    int err = user_at_begin(&at, dirfd, path);

    if (err == 0) {
        err = names_make(at.start, at.path, S_IFDIR | without_umask(mode), 0);
        user_at_end(&at);
    }
    return err;
}

long sys_mknodat(uint64_t dirfd, uint64_t path, uint64_t mode, uint64_t device)
{
    unsigned type = (unsigned)mode & S_IFMT;
    struct user_at at;

    if (type == S_IFDIR) {
        return -EPERM;
    }
    if (type == S_IFLNK) {
        return -EINVAL;
    }
    int err = user_at_begin(&at, dirfd, path);

    if (err == 0) {
        err = names_make(at.start, at.path, (type != 0 ? type : S_IFREG) | without_umask(mode),
                         (uint32_t)device);
        user_at_end(&at);
    }
    return err;
}

long sys_unlinkat(uint64_t dirfd, uint64_t path, uint64_t flags)
{
    struct user_at at;

    if (((unsigned)flags & ~(unsigned)AT_REMOVEDIR) != 0) {
        return -EINVAL;
    }
    int err = user_at_begin(&at, dirfd, path);

    if (err == 0) {
        err = names_remove(at.start, at.path, (flags & AT_REMOVEDIR) != 0);
        user_at_end(&at);
    }
    return err;
}

long sys_symlinkat(uint64_t target, uint64_t dirfd, uint64_t path)
{
    struct user_at at;
    char *text;
    int err = user_path(target, &text);

    if (err != 0) {
        return err;
    }
    err = user_at_begin(&at, dirfd, path);
    if (err == 0) {
        err = names_symlink(at.start, at.path, text);
        user_at_end(&at);
    }
    user_path_free(text);
    return err;
}

// The name that is to get another one. A descriptor's counts if it has one.
static int find_old(uint64_t dirfd, uint64_t path, unsigned flags, struct dentry **old)
{
    struct file *file;
    unsigned find_flags = flags & AT_EMPTY_PATH;

    if ((flags & AT_SYMLINK_FOLLOW) == 0) {
        find_flags |= AT_SYMLINK_NOFOLLOW;
    }
    int err = user_find(dirfd, path, find_flags, old, &file);

    if (err == 0 && file != NULL) {
        if (file->dentry != NULL) {
            *old = dentry_get(file->dentry);
        } else {
            err = -EXDEV;
        }
        file_put(file);
    }
    return err;
}

long sys_linkat(uint64_t old_dirfd, uint64_t old_path, uint64_t dirfd, uint64_t path,
                uint64_t flags)
{
    struct dentry *old;
    struct user_at at;

    if (((unsigned)flags & ~(unsigned)(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)) != 0) {
        return -EINVAL;
    }
    int err = find_old(old_dirfd, old_path, (unsigned)flags, &old);

    if (err != 0) {
        return err;
    }
    err = user_at_begin(&at, dirfd, path);
    if (err == 0) {
        err = names_link(old, at.start, at.path);
        user_at_end(&at);
    }
    dentry_put(old);
    return err;
}

long sys_renameat2(uint64_t old_dirfd, uint64_t old_path, uint64_t dirfd, uint64_t path,
                   uint64_t flags)
{
    struct user_at old;
    struct user_at new;
    int err = user_at_begin(&old, old_dirfd, old_path);

    if (err != 0) {
        return err;
    }
    err = user_at_begin(&new, dirfd, path);
    if (err == 0) {
        err = names_rename(old.start, old.path, new.start, new.path, (unsigned)flags);
        user_at_end(&new);
    }
    user_at_end(&old);
    return err;
}

// ---- Where the process is ----------------------------------------------------------------------

long sys_chdir(uint64_t path)
{
    struct user_at at;
    struct dentry *dir;
    int err = user_at_begin(&at, (uint64_t)AT_FDCWD, path);

    if (err != 0) {
        return err;
    }
    err = path_find(at.start, at.path, true, &dir);
    user_at_end(&at);
    if (err == 0) {
        err = fs_set_cwd(current_process()->fs, dir);
        dentry_put(dir);
    }
    return err;
}

long sys_fchdir(uint64_t fd)
{
    struct file *file = user_file(fd);

    if (file == NULL) {
        return -EBADF;
    }
    int err = file->dentry != NULL ? fs_set_cwd(current_process()->fs, file->dentry) : -ENOTDIR;

    file_put(file);
    return err;
}

long sys_getcwd(uint64_t buffer, uint64_t size)
{
    struct dentry *cwd = fs_cwd(current_process()->fs);
    char *path;
    long length = -ENOMEM;

    path = frames_alloc_or_reclaim(0);
    if (path != NULL) {
        length = dentry_path_linked(cwd, path, PATH_MAX);
        if (length >= 0 && (uint64_t)length >= size) {
            length = -ERANGE;
        }
        if (length >= 0) {
            length = copy_to_user(buffer, path, (size_t)length + 1) != 0 ? -EFAULT : length + 1;
        }
        frames_free(path, 0);
    }
    dentry_put(cwd);
    return length;
}

long sys_umask(uint64_t mask)
{
    return fs_set_umask(current_process()->fs, (unsigned)mask);
}

static long read_link(struct inode *inode, uint64_t buffer, size_t size)
{
    if (!inode_is(inode, S_IFLNK)) {
        return -EINVAL;
    }
    char *text = frames_alloc_or_reclaim(0);

    if (text == NULL) {
        return -ENOMEM;
    }
    long length = inode->ops->read_link(inode, text, size < PATH_MAX ? size : PATH_MAX);

    if (length > 0 && copy_to_user(buffer, text, (size_t)length) != 0) {
        length = -EFAULT;
    }
    frames_free(text, 0);
    return length;
}

long sys_readlinkat(uint64_t dirfd, uint64_t path, uint64_t buffer, uint64_t size)
{
    struct inode *inode;

    if ((int)size <= 0) {
        return -EINVAL;
    }
    long n = user_find_inode(dirfd, path, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH, &inode);

    if (n == 0) {
        n = read_link(inode, buffer, (size_t)(int)size);
        inode_put(inode);
    }
    return n;
}

// ---- Directories -------------------------------------------------------------------------------

long sys_getdents64(uint64_t fd, uint64_t buffer, uint64_t count)
{
    struct file *file = user_file(fd);
    struct uio uio;

    if (file == NULL) {
        return -EBADF;
    }
    uio_init_user(&uio, buffer, (unsigned)count);
    long n = file->ops->next_entry != NULL ? file->ops->next_entry(file, &uio) : -ENOTDIR;

    file_put(file);
    return n;
}
