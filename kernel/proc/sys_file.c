// SPDX-License-Identifier: MIT
// kernel/proc/sys_file.c - what the calls on files have in common.
#include "kernel/proc/sys_file.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/fs/fs.h"
#include "kernel/fs/path.h"
#include "kernel/proc/signal.h"
#include "mm/frame.h"
#include "mm/memory.h"
#include "mm/user/copy.h"

enum { RLIMIT_NOFILE = 7 };

int user_fd_limit(void)
{
    // Racy, as its use.
    uint64_t limit = current_process()->limits[RLIMIT_NOFILE].soft;

    return limit < FD_MAX ? (int)limit : FD_MAX;
}

int user_fd_install(struct file *file, bool cloexec)
{
    int fd = fd_install(current_process()->files, file, 0, cloexec, user_fd_limit());

    if (fd < 0) {
        file_put(file);
    }
    return fd;
}

int user_fd_install_two(struct file *files[2], bool cloexec, uint64_t fds)
{
    struct fdtable *table = current_process()->files;
    int fd[2] = {user_fd_install(files[0], cloexec), -1};

    if (fd[0] < 0) {
        file_put(files[1]);
        return fd[0];
    }
    fd[1] = user_fd_install(files[1], cloexec);
    int err = fd[1] < 0 ? fd[1] : copy_to_user(fds, fd, sizeof(fd));

    for (unsigned i = 0; err != 0 && i < 2; i++) {
        if (fd[i] >= 0) {
            (void)!fd_close(table, fd[i]); // unless another thread has guessed it
        }
    }
    return err;
}

int user_path(uint64_t at, char **path)
{
    char *buffer = frames_alloc_or_reclaim(0);

    if (buffer == NULL) {
        return -ENOMEM;
    }
    long length = copy_string_from_user(buffer, at, PATH_MAX);

    if (length < 0) {
        user_path_free(buffer);
        return (int)length;
    }
    *path = buffer;
    return 0;
}

void user_path_free(char *path)
{
    frames_free(path, 0);
}

// Returns: 0 and the directory of `dirfd`, with a reference, in *start; -EBADF; -ENOTDIR.
static int find_start(uint64_t dirfd, struct dentry **start)
{
    if ((int)dirfd == AT_FDCWD) {
        *start = fs_cwd(current_process()->fs);
        return 0;
    }
    struct file *file = user_file(dirfd);

    if (file == NULL) {
        return -EBADF;
    }
    bool directory = file->dentry != NULL && inode_is(file->inode, S_IFDIR);

    if (directory) {
        *start = dentry_get(file->dentry);
    }
    file_put(file);
    return directory ? 0 : -ENOTDIR;
}

int user_at_begin(struct user_at *at, uint64_t dirfd, uint64_t path)
{
    int err = user_path(path, &at->path);

    if (err != 0) {
        return err;
    }
    if (at->path[0] == '/') {
        at->start = dentry_get(fs_root);
    } else {
        err = find_start(dirfd, &at->start);
    }
    if (err != 0) {
        user_path_free(at->path);
    }
    return err;
}

void user_at_end(struct user_at *at)
{
    dentry_put(at->start);
    user_path_free(at->path);
}

// What an empty path names: the descriptor itself.
static int find_descriptor(uint64_t fd, struct dentry **found, struct file **file)
{
    if ((int)fd == AT_FDCWD) {
        *found = fs_cwd(current_process()->fs);
        return 0;
    }
    *file = user_file(fd);
    return *file != NULL ? 0 : -EBADF;
}

// Is the path empty? Returns: whether it is; -EFAULT.
static int is_empty(uint64_t path)
{
    char first;

    if (path == 0) {
        return 1; // as newer Linux has it for AT_EMPTY_PATH
    }
    return copy_from_user(&first, path, 1) != 0 ? -EFAULT : first == '\0';
}

int user_find(uint64_t dirfd, uint64_t path, unsigned flags, struct dentry **found,
              struct file **file)
{
    struct user_at at;
    int empty = (flags & AT_EMPTY_PATH) != 0 ? is_empty(path) : 0;

    *found = NULL;
    *file = NULL;
    if (empty != 0) {
        return empty < 0 ? empty : find_descriptor(dirfd, found, file);
    }
    int err = user_at_begin(&at, dirfd, path);

    if (err == 0) {
        err = path_find(at.start, at.path, (flags & AT_SYMLINK_NOFOLLOW) == 0, found);
        user_at_end(&at);
    }
    return err;
}

int user_find_inode(uint64_t dirfd, uint64_t path, unsigned flags, struct inode **inode)
{
    struct dentry *found;
    struct file *file;
    int err = user_find(dirfd, path, flags, &found, &file);

    if (err != 0) {
        return err;
    }
    struct inode *of = found != NULL ? found->inode : file->inode;

    *inode = of != NULL ? inode_get(of) : NULL;
    if (found != NULL) {
        dentry_put(found);
    } else {
        file_put(file);
    }
    return of != NULL ? 0 : -EBADF;
}

void user_broken_pipe(void)
{
    signal_self(SIGPIPE);
}
