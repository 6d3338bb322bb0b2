// SPDX-License-Identifier: MIT
// kernel/fs/names.c - names that come and go.
#include "kernel/fs/names.h"

#include "kernel/abi/errno.h"
#include "kernel/base/string.h"
#include "kernel/fs/dentry.h"
#include "kernel/fs/path.h"
#include "kernel/fs/tmpfs.h"

int names_check_directory(const struct dentry *dir)
{
    if (!inode_is(dir->inode, S_IFDIR)) {
        return -ENOTDIR;
    }
    return dir->inode->fs->fixed ? -EPERM : 0;
}

// ---- Making ------------------------------------------------------------------------------------

// Give `inode` the name where `w` has stopped. Returns: 0 and a reference in *made; -errno.
static int add_name(struct walk *w, struct inode *inode, struct dentry **made)
{
    struct dentry *dir = w->at;
    struct dentry *d = dentry_new(dir, w->name, w->length, inode);
    int err = 0;

    if (d == NULL) {
        return -ENOMEM;
    }
    mutex_lock(&dir->inode->lock);
    if (!dir->linked) {
        err = -ENOENT;
    } else if (tree_find(dir, w->name, w->length) != NULL) {
        err = -EEXIST;
    } else {
        tree_add(dir, d);
    }
    mutex_unlock(&dir->inode->lock);
    if (err != 0) {
        dentry_put(d);
    } else {
        *made = d;
    }
    return err;
}

// Can a name come to be where `w` has stopped? Returns: 0; -EEXIST; -errno.
static int check_new(struct walk *w, bool directory)
{
    struct dentry *d;

    if (w->length == 0 || walk_ends_in_dots(w)) {
        return -EEXIST;
    }
    if (!inode_is(w->at->inode, S_IFDIR)) {
        return -ENOTDIR;
    }
    int err = dentry_lookup(w->at, w->name, w->length, &d);

    if (err == 0) {
        dentry_put(d);
        return -EEXIST;
    }
    if (err != -ENOENT) {
        return err;
    }
    if (w->slash && !directory) {
        return -ENOENT;
    }
    return names_check_directory(w->at);
}

// Takes `inode` over; NULL: memory is short.
static int add_inode(struct walk *w, struct inode *inode, struct dentry **made)
{
    if (inode == NULL) {
        return -ENOMEM;
    }
    int err = add_name(w, inode, made);

    inode_put(inode);
    return err;
}

int names_make_at(struct walk *w, unsigned mode, uint64_t device, struct dentry **made)
{
    int err = check_new(w, (mode & S_IFMT) == S_IFDIR);

    return err != 0 ? err : add_inode(w, tmpfs_inode(w->at->inode->fs, mode, device), made);
}

int names_make(struct dentry *start, const char *path, unsigned mode, uint64_t device)
{
    struct walk w;
    struct dentry *made;
    int err = walk_begin(&w, start, path);

    if (err == 0) {
        err = names_make_at(&w, mode, device, &made);
    }
    if (err == 0) {
        dentry_put(made);
    }
    walk_end(&w);
    return err;
}

int names_add(struct dentry *start, const char *path, struct inode *inode)
{
    struct walk w;
    struct dentry *made;
    int err = walk_begin(&w, start, path);

    if (err == 0) {
        err = check_new(&w, inode_is(inode, S_IFDIR));
    }
    if (err == 0) {
        err = add_name(&w, inode, &made);
    }
    if (err == 0) {
        dentry_put(made);
    }
    walk_end(&w);
    return err;
}

int names_symlink(struct dentry *start, const char *path, const char *target)
{
    struct walk w;
    struct dentry *made;

    if (*target == '\0') {
        return -ENOENT;
    }
    int err = walk_begin(&w, start, path);

    if (err == 0) {
        err = check_new(&w, false);
    }
    if (err == 0) {
        err = add_inode(&w, tmpfs_link(w.at->inode->fs, target, strlen(target)), &made);
    }
    if (err == 0) {
        dentry_put(made);
    }
    walk_end(&w);
    return err;
}

// Count one name more, or less, of `inode`. Returns: 0; -ENOENT: one more, but its last has gone.
static int count_links(struct inode *inode, int change)
{
    mutex_lock(&inode->lock);
    int err = change > 0 && inode->nlink == 0 && !inode->linkable ? -ENOENT : 0;

    if (err == 0) {
        inode->nlink += (unsigned)change;
        inode->ctime_ns = inode_now_ns();
    }
    mutex_unlock(&inode->lock);
    return err;
}

// It has a name now, and when that goes the file does.
static void end_linkable(struct inode *inode)
{
    mutex_lock(&inode->lock);
    inode->linkable = false;
    mutex_unlock(&inode->lock);
}

static int link_at(struct walk *w, struct inode *inode)
{
    struct dentry *made;
    int err = check_new(w, false);

    if (err == 0 && w->at->inode->fs != inode->fs) {
        err = -EXDEV;
    }
    if (err == 0) {
        err = count_links(inode, 1);
    }
    if (err != 0) {
        return err;
    }
    err = add_name(w, inode, &made);
    if (err != 0) {
        (void)!count_links(inode, -1);
    } else {
        end_linkable(inode);
        dentry_put(made);
    }
    return err;
}

int names_link(struct dentry *old, struct dentry *start, const char *path)
{
    struct walk w;

    if (inode_is(old->inode, S_IFDIR)) {
        return -EPERM;
    }
    int err = walk_begin(&w, start, path);

    if (err == 0) {
        err = link_at(&w, old->inode);
    }
    walk_end(&w);
    return err;
}

// ---- Removing ----------------------------------------------------------------------------------

static bool is_directory(const struct dentry *d)
{
    return inode_is(d->inode, S_IFDIR);
}

// Take `d`, an empty directory, out of the tree. Returns: 0; -ENOTEMPTY. Its own lock keeps names
// from coming into it meanwhile.
static int remove_directory(struct dentry *dir, struct dentry *d) REQUIRES(dir->inode->lock)
{
    mutex_lock(&d->inode->lock);
    bool empty = list_is_empty(&d->inode->u.dir.children);

    if (empty) {
        tree_remove(dir, d);
        d->inode->nlink = 0;
    }
    mutex_unlock(&d->inode->lock);
    return empty ? 0 : -ENOTEMPTY;
}

int names_take_out(struct dentry *dir, struct dentry *d)
{
    if (d->inode->fs != dir->inode->fs) {
        return -EBUSY;
    }
    if (is_directory(d)) {
        return remove_directory(dir, d);
    }
    tree_remove(dir, d);
    (void)!count_links(d->inode, -1);
    return 0;
}

static int check_removal(const struct walk *w, const struct dentry *d, bool directory)
{
    if (directory) {
        return is_directory(d) ? 0 : -ENOTDIR;
    }
    if (is_directory(d)) {
        return -EISDIR;
    }
    return w->slash ? -ENOTDIR : 0;
}

static int remove_last(struct walk *w, bool directory)
{
    struct dentry *dir = w->at;
    int err = names_check_directory(dir);

    if (err != 0) {
        return err;
    }
    mutex_lock(&dir->inode->lock);
    struct dentry *d = tree_find(dir, w->name, w->length);

    if (d == NULL) {
        mutex_unlock(&dir->inode->lock);
        return -ENOENT;
    }
    (void)dentry_get(d);
    err = check_removal(w, d, directory);
    if (err == 0) {
        err = names_take_out(dir, d);
    }
    mutex_unlock(&dir->inode->lock);
    dentry_put(d); // the file may go with it: not under the lock
    return err;
}

// Why a path that ends in no name cannot be removed.
static int cannot_remove(const struct walk *w, bool directory)
{
    if (!directory) {
        return -EISDIR;
    }
    if (w->length == 0) {
        return -EBUSY;
    }
    return w->length == 1 ? -EINVAL : -ENOTEMPTY;
}

int names_remove(struct dentry *start, const char *path, bool directory)
{
    struct walk w;
    int err = walk_begin(&w, start, path);

    if (err == 0) {
        bool named = w.length != 0 && !walk_ends_in_dots(&w);

        err = named ? remove_last(&w, directory) : cannot_remove(&w, directory);
    }
    walk_end(&w);
    return err;
}
