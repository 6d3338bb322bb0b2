// SPDX-License-Identifier: MIT
// kernel/fs/initramfs.c - the files that a machine starts with.
#include "kernel/fs/initramfs.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/base/cpio.h"
#include "kernel/base/string.h"
#include "kernel/fs/dentry.h"
#include "kernel/fs/names.h"
#include "kernel/fs/path.h"
#include "kernel/fs/tmpfs.h"

enum { DIRECTORY_MODE = 0755, NS_PER_SECOND = 1000000000 };

// A name with neither "./" nor "/" in front; "." is the root itself, and empty.
static const char *relative(const char *name)
{
    for (;;) {
        if (*name == '/') {
            name++;
        } else if (name[0] == '.' && (name[1] == '/' || name[1] == '\0')) {
            name++;
        } else {
            return name;
        }
    }
}

// Make the directories that `path` leads through and that are not there.
static int make_parents(struct dentry *root, const char *path)
{
    char part[PATH_MAX / 8]; // longer paths need their directories in the archive

    for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        size_t length = (size_t)(slash - path);

        if (length >= sizeof(part)) {
            return 0;
        }
        memcpy(part, path, length);
        part[length] = '\0';
        int err = names_make(root, part, S_IFDIR | DIRECTORY_MODE, 0);

        if (err != 0 && err != -EEXIST) {
            return err;
        }
    }
    return 0;
}

static bool is_type(const struct cpio_entry *entry, unsigned type)
{
    return (entry->mode & S_IFMT) == type;
}

// The inode for `entry`. Returns: it; NULL if memory is short.
static struct inode *make_inode(const struct cpio_entry *entry)
{
    unsigned mode = entry->mode & 07777;

    if (is_type(entry, S_IFREG)) {
        return tmpfs_file_with(mode, entry->data, entry->bytes);
    }
    if (is_type(entry, S_IFLNK)) {
        return tmpfs_link(&tmpfs, entry->data, strnlen(entry->data, entry->bytes));
    }
    return tmpfs_inode(&tmpfs, entry->mode, DEVICE(entry->rdev_major, entry->rdev_minor));
}

static bool is_known(const struct cpio_entry *entry)
{
    switch (entry->mode & S_IFMT) {
    case S_IFLNK:
        return entry->bytes > 0 && entry->bytes < PATH_MAX;
    case S_IFREG:
    case S_IFDIR:
    case S_IFCHR:
    case S_IFBLK:
    case S_IFIFO:
        return true;
    default:
        return false;
    }
}

static void set_owner(struct inode *inode, const struct cpio_entry *entry)
{
    inode->mode = (inode->mode & S_IFMT) | (entry->mode & 07777);
    inode->uid = entry->uid;
    inode->gid = entry->gid;
    inode->mtime_ns = (uint64_t)entry->mtime_s * NS_PER_SECOND;
}

// Something has the name already: a directory stays, anything else goes.
static int make_room(struct dentry *root, const char *path, const struct cpio_entry *entry)
{
    struct dentry *d;

    if (path_find(root, path, false, &d) != 0) {
        return 0;
    }
    bool directory = inode_is(d->inode, S_IFDIR);

    if (directory && is_type(entry, S_IFDIR)) {
        set_owner(d->inode, entry);
    }
    dentry_put(d);
    if (directory) {
        return is_type(entry, S_IFDIR) ? -EEXIST : -EISDIR;
    }
    return names_remove(root, path, false);
}

static int add_new(struct dentry *root, const char *path, const struct cpio_entry *entry)
{
    struct inode *inode = make_inode(entry);

    if (inode == NULL) {
        return -ENOMEM;
    }
    set_owner(inode, entry);
    int err = names_add(root, path, inode);

    inode_put(inode);
    return err;
}

// In newc the last of several links has the data, and the others none: find it.
static void find_data(const struct cpio *whole, struct cpio_entry *entry)
{
    struct cpio cpio = *whole;
    struct cpio_entry other;

    cpio.at = 0;
    while (entry->bytes == 0 && cpio_next(&cpio, &other) > 0) {
        if (other.ino == entry->ino && other.dev_major == entry->dev_major &&
            other.dev_minor == entry->dev_minor) {
            entry->bytes = other.bytes;
            entry->data = other.data;
        }
    }
}

// If an entry before `entry` is the same file, make a link to it. Returns: whether there is one;
// -errno.
static int link_to_first(struct dentry *root, const char *path, const struct cpio *whole,
                         const struct cpio_entry *entry)
{
    struct cpio cpio = *whole;
    struct cpio_entry other;

    cpio.at = 0;
    while (cpio_next(&cpio, &other) > 0 && other.name != entry->name) {
        struct dentry *first;

        if (other.ino != entry->ino || other.dev_major != entry->dev_major ||
            other.dev_minor != entry->dev_minor ||
            path_find(root, relative(other.name), false, &first) != 0) {
            continue;
        }
        int err = names_link(first, root, path);

        dentry_put(first);
        return err != 0 ? err : 1;
    }
    return 0;
}

static int add(struct dentry *root, const struct cpio *whole, struct cpio_entry *entry)
{
    const char *path = relative(entry->name);

    if (*path == '\0' || !is_known(entry)) {
        return *path == '\0' ? 0 : -EINVAL;
    }
    int err = make_parents(root, path);

    if (err == 0) {
        err = make_room(root, path, entry);
    }
    if (err == 0 && entry->nlink > 1 && is_type(entry, S_IFREG)) {
        find_data(whole, entry);
        err = link_to_first(root, path, whole, entry);
    }
    if (err == 0) {
        err = add_new(root, path, entry);
    }
    return err > 0 || err == -EEXIST ? 0 : err;
}

int initramfs_unpack(struct dentry *root, const void *data, size_t bytes)
{
    struct cpio cpio;
    struct cpio_entry entry;
    int more;

    cpio_open(&cpio, data, bytes);
    while ((more = cpio_next(&cpio, &entry)) > 0) {
        int err = add(root, &cpio, &entry);

        if (err != 0) {
            return err;
        }
    }
    return more;
}
