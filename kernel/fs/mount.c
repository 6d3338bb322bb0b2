// SPDX-License-Identifier: MIT
// kernel/fs/mount.c - the tree that a machine starts with.
#include "kernel/abi/errno.h"
#include "kernel/base/compiler.h"
#include "kernel/fs/dentry.h"
#include "kernel/fs/devices.h"
#include "kernel/fs/fs.h"
#include "kernel/fs/initramfs.h"
#include "kernel/fs/names.h"
#include "kernel/fs/path.h"
#include "kernel/fs/procfs.h"
#include "kernel/fs/record_lock.h"
#include "kernel/fs/tmpfs.h"

enum { DIRECTORY_MODE = 0755, STICKY_MODE = 01777 };

static int make_root(void)
{
    struct inode *inode = tmpfs_inode(&tmpfs, S_IFDIR | DIRECTORY_MODE, 0);

    if (inode == NULL) {
        return -ENOMEM;
    }
    fs_root = dentry_new(NULL, "", 0, inode);
    inode_put(inode);
    if (fs_root == NULL) {
        return -ENOMEM;
    }
    fs_root->linked = true;
    return 0;
}

// Make the directory `path`, unless it is there.
static int make_directory(const char *path, unsigned mode)
{
    int err = names_make(fs_root, path, S_IFDIR | mode, 0);

    return err == -EEXIST ? 0 : err;
}

// Make `/name` the root of another file system; what the initramfs has there goes.
static int mount_devices(void)
{
    struct inode *inode = tmpfs_inode(&devfs, S_IFDIR | DIRECTORY_MODE, 0);
    struct dentry *dev;
    int err = inode != NULL ? names_add(fs_root, "dev", inode) : -ENOMEM;

    if (inode != NULL) {
        inode_put(inode);
    }
    if (err == 0) {
        err = path_find(fs_root, "dev", false, &dev);
    }
    if (err == 0) {
        err = devices_populate(dev);
        dentry_put(dev);
    }
    return err;
}

int fs_mount_root(const void *data, size_t bytes)
{
    dentries_init();
    record_locks_init();
    int err = make_root();

    if (err == 0) {
        err = mount_devices();
    }
    if (err == 0) {
        err = procfs_mount();
    }
    if (err == 0) {
        err = make_directory("tmp", STICKY_MODE);
    }
    return err == 0 ? initramfs_unpack(fs_root, data, bytes) : err;
}
