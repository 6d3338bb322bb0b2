// SPDX-License-Identifier: MIT
// kernel/fs/test/support.c - a tree of its own for a test, and moving bytes of the kernel's.
#include "kernel/fs/test/support.h"

#include "kernel/abi/fcntl.h"
#include "kernel/fs/names.h"
#include "kernel/fs/tmpfs.h"
#include "kernel/ktest.h"

struct dentry *fs_test_begin(void)
{
    struct inode *inode = tmpfs_inode(&tmpfs, S_IFDIR | 0755, 0);

    KT_CHECK(inode != NULL);
    if (fs_root == NULL) {
        dentries_init();
    }
    struct dentry *root = dentry_new(NULL, "", 0, inode);

    inode_put(inode);
    KT_CHECK(root != NULL);
    root->linked = true;
    if (fs_root == NULL) {
        fs_root = root;
    }
    return root;
}

// The first name in `dir`, referenced; NULL: it is empty.
static struct dentry *first_in(struct dentry *dir)
{
    mutex_lock(&dir->inode->lock);
    struct list *node = list_first(&dir->inode->u.dir.children);
    struct dentry *d = node != NULL ? dentry_get(list_entry(node, struct dentry, sibling)) : NULL;

    mutex_unlock(&dir->inode->lock);
    return d;
}

// Remove all that is in `top`, deepest first.
static void remove_all(struct dentry *top)
{
    struct dentry *dir = dentry_get(top);
    struct dentry *d;

    while ((d = first_in(dir)) != NULL || dir != top) {
        if (d != NULL && inode_is(d->inode, S_IFDIR) && !list_is_empty(&d->inode->u.dir.children)) {
            dentry_put(dir);
            dir = d;
            continue;
        }
        if (d != NULL) {
            KT_CHECK(names_remove(dir, d->name, inode_is(d->inode, S_IFDIR)) == 0);
            dentry_put(d);
            continue;
        }
        d = dentry_parent(dir);
        dentry_put(dir);
        dir = d;
    }
    dentry_put(dir);
}

void fs_test_end(struct dentry *root)
{
    remove_all(root);
    if (fs_root == root) {
        fs_root = NULL;
    }
    dentry_put(root);
}

bool fs_test_has_root(const struct dentry *root)
{
    return fs_root == root;
}

long fs_test_read(struct file *file, void *buffer, size_t bytes)
{
    struct uio uio;

    uio_init_kernel(&uio, buffer, bytes);
    return file_read(file, &uio);
}

long fs_test_write(struct file *file, const void *buffer, size_t bytes)
{
    struct uio uio;

    uio_init_kernel(&uio, (void *)buffer, bytes);
    return file_write(file, &uio);
}

long fs_test_pread(struct file *file, void *buffer, size_t bytes, uint64_t offset)
{
    struct uio uio;

    uio_init_kernel(&uio, buffer, bytes);
    return file_pread(file, &uio, offset);
}

long fs_test_pwrite(struct file *file, const void *buffer, size_t bytes, uint64_t offset)
{
    struct uio uio;

    uio_init_kernel(&uio, (void *)buffer, bytes);
    return file_pwrite(file, &uio, offset);
}

struct file *fs_test_open(struct dentry *root, const char *path, unsigned flags)
{
    struct file *file;
    int err = fs_open_at(root, path, flags, 0644, &file);

    KT_CHECK(err == 0);
    return file;
}
