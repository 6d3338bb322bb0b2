// SPDX-License-Identifier: MIT
// kernel/fs/open.c - opening what a path names.
#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/fs/dentry.h"
#include "kernel/fs/fs.h"
#include "kernel/fs/names.h"
#include "kernel/fs/path.h"
#include "kernel/fs/tmpfs.h"

// O_* that the file does not keep.
#define OPEN_ONLY (O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC)
// O_* that mean anything with O_PATH.
#define PATH_FLAGS (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static const struct file_ops path_ops = {}; // of files opened with O_PATH

static bool writes(unsigned flags)
{
    return (flags & O_ACCMODE) != O_RDONLY;
}

static int check_open(const struct inode *inode, unsigned flags)
{
    if (inode_is(inode, S_IFLNK) && (flags & O_PATH) == 0) {
        return -ELOOP;
    }
    if ((flags & O_DIRECTORY) != 0 && !inode_is(inode, S_IFDIR)) {
        return -ENOTDIR;
    }
    if (inode_is(inode, S_IFDIR) && (writes(flags) || (flags & O_CREAT) != 0)) {
        return -EISDIR;
    }
    return inode_is(inode, S_IFSOCK) && (flags & O_PATH) == 0 ? -ENXIO : 0;
}

int fs_open_dentry(struct dentry *d, unsigned flags, struct file **result)
{
    struct inode *inode = d->inode;
    bool only_path = (flags & O_PATH) != 0;
    int err = check_open(inode, flags);

    if (err == 0 && (flags & O_TRUNC) != 0 && inode_is(inode, S_IFREG) && !inode->fs->fixed) {
        err = tmpfs_truncate(inode, 0);
    }
    if (err != 0) {
        return err;
    }
    struct file *file =
        file_new(only_path ? &path_ops : inode->file_ops, inode, flags & ~(unsigned)OPEN_ONLY);

    if (file == NULL) {
        return -ENOMEM;
    }
    file->dentry = dentry_get(d);
    if (!only_path && inode->ops->open != NULL) {
        err = inode->ops->open(file);
    }
    if (err != 0) {
        file->ops = &path_ops; // it is not open: nothing to release
        file_put(file);
        return err;
    }
    *result = file;
    return 0;
}

// The last component is not there: make a regular file of it. Returns: 0 and a reference in *made.
static int create(struct walk *w, unsigned mode, struct dentry **made)
{
    return w->slash ? -EISDIR : names_make_at(w, S_IFREG | mode, 0, made);
}

// What the path of `w` names, made if it is not there and `flags` say so.
static int find_or_create(struct walk *w, unsigned flags, unsigned mode, struct dentry **found)
{
    bool exclusive = (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);
    bool follow = (flags & O_NOFOLLOW) == 0 && !exclusive;
    int err;

    do {
        err = walk_last(w, follow, found);
        if (err == 0) {
            break;
        }
        if (err != -ENOENT || !w->missing || (flags & O_CREAT) == 0) {
            return err;
        }
        err = create(w, mode, found);
        if (err == 0) {
            return 0;
        }
    } while (err == -EEXIST && !exclusive); // somebody was faster: open that
    if (err == 0 && exclusive) {
        dentry_put(*found);
        return -EEXIST;
    }
    return err;
}

// A regular file without a name, in the directory `path`; `linkable`: it may get one.
static int find_nameless(struct dentry *start, const char *path, unsigned mode, bool linkable,
                         struct dentry **found)
{
    static const char name[] = "nameless";
    struct dentry *dir;
    int err = path_find(start, path, true, &dir);

    if (err != 0) {
        return err;
    }
    if (!inode_is(dir->inode, S_IFDIR) || dir->inode->fs->fixed) {
        err = inode_is(dir->inode, S_IFDIR) ? -EOPNOTSUPP : -ENOTDIR;
        dentry_put(dir);
        return err;
    }
    struct inode *inode = tmpfs_inode(dir->inode->fs, S_IFREG | mode, 0);

    *found = NULL;
    if (inode != NULL) {
        inode->nlink = 0;
        inode->linkable = linkable;
        *found = dentry_new(dir, name, sizeof(name) - 1, inode);
        inode_put(inode);
    }
    dentry_put(dir);
    return *found != NULL ? 0 : -ENOMEM;
}

static int find(struct dentry *start, const char *path, unsigned flags, unsigned mode,
                struct dentry **found)
{
    struct walk w;
    int err = walk_begin(&w, start, path);

    if (err == 0) {
        err = find_or_create(&w, flags, mode, found);
    }
    walk_end(&w);
    return err;
}

int fs_open_at(struct dentry *start, const char *path, unsigned flags, unsigned mode,
               struct file **file)
{
    bool nameless = (flags & O_TMPFILE) == O_TMPFILE;
    struct dentry *d;

    *file = NULL;
    if ((flags & O_PATH) != 0) {
        flags &= PATH_FLAGS;
        nameless = false;
    }
    if (nameless && !writes(flags)) {
        return -EINVAL;
    }
    bool linkable = (flags & O_EXCL) == 0;
    int err = nameless ? find_nameless(start, path, mode & ~(unsigned)S_IFMT, linkable, &d)
                       : find(start, path, flags, mode & ~(unsigned)S_IFMT, &d);

    if (err == 0) {
        err = fs_open_dentry(d, nameless ? flags & ~(unsigned)O_TMPFILE : flags, file);
        dentry_put(d);
    }
    return err;
}

int fs_open(struct fs_context *fs, const char *path, unsigned flags, unsigned mode,
            struct file **file)
{
    struct dentry *cwd = fs_cwd(fs);
    int err = fs_open_at(cwd, path, flags, mode & ~fs_umask(fs), file);

    dentry_put(cwd);
    return err;
}

long fs_path_of(struct file *file, char *buffer, size_t size)
{
    return file->dentry != NULL ? dentry_path(file->dentry, buffer, size) : -ENOENT;
}
