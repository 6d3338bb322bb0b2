// SPDX-License-Identifier: MIT
// kernel/fs/procfs.h - files whose text is made when they are read: /proc and /sys.
//
// A text is made when a read begins at its start, and what follows is read of the same text.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/types.h"
#include "kernel/fs/inode.h"
#include "kernel/fs/sink.h"

struct dentry;

// A file, link or directory, by which of these is not NULL. `id` is what it is about: a pid.
struct proc_node {
    const char *name; // below its directory; a fixed one may have slashes in it
    unsigned mode;    // permissions
    // Print the text. May be called again, with more room.
    void (*show)(struct sink *sink, uint64_t id, int status);
    // A line has been written, which may be changed. Returns: the status that show() gets from now
    // on in the same open file, >= 0; -errno.
    int (*write)(char *line, uint64_t id);
    long (*read_link)(uint64_t id, char *text, size_t size); // as inode_ops
    int (*follow)(uint64_t id, struct dentry **target);      // the same; may be NULL
    const struct inode_ops *directory;
};

extern const struct filesystem procfs;

// Returns: the inode of `node`, NULL if memory is short. proc_node_of() and proc_id_of() are for
// its operations.
NODISCARD struct inode *proc_inode(const struct filesystem *fs, const struct proc_node *node,
                                   uint64_t id, uint64_t number);
static inline uint64_t proc_id_of(const struct inode *inode)
{
    return inode->u.node.id;
}

// Returns: a name in `dir` that is made for who asks, one reference; NULL if memory is short.
NODISCARD struct dentry *proc_make(struct dentry *dir, const char *name, size_t length,
                                   const struct proc_node *node, uint64_t id);

// What is in a directory.
struct proc_table {
    const struct proc_node *nodes;
    size_t nr;
};

// Fix what is in `table`, and is about `id`, in the tree, in the directory `below` of `root`, which
// is made; "": in `root`. Returns: 0; -ENOMEM.
NODISCARD int proc_fix(struct dentry *root, const char *below, const struct proc_table *table,
                       uint64_t id);

// Make /proc and /sys. Returns: 0; -ENOMEM. Context: as fs_mount_root().
NODISCARD int procfs_mount(void);

// What is in them.
extern const struct proc_table proc_machine; // the machine and the kernel
extern const struct proc_table proc_links;   // self
extern const struct inode_ops proc_root_ops; // the processes

// Put into /sys what it tells of the harts. Returns: 0; -ENOMEM. Context: procfs_mount().
NODISCARD int sys_cpu_fix(struct dentry *sys);
