// SPDX-License-Identifier: MIT
// kernel/fs/names.h - names that come, go and move. Results are Linux's.
//
// Paths are relative to the directory `start`; the umask has been taken off modes.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/types.h"
#include "kernel/fs/dentry.h"

struct walk;

// Make a file of the type in `mode` (S_IF*) called `path`; `device` is for device nodes.
// Returns: 0; -EEXIST; -EPERM for a type that there is not; -ENOENT; ...
NODISCARD int names_make(struct dentry *start, const char *path, unsigned mode, uint64_t device);

// The same where `w` has stopped. Returns: 0 and a reference in *made.
NODISCARD int names_make_at(struct walk *w, unsigned mode, uint64_t device, struct dentry **made);

// Call `inode` `path`; takes a reference of its own. Returns: as above.
NODISCARD int names_add(struct dentry *start, const char *path, struct inode *inode);

// Make a symbolic link called `path` to `target`.
NODISCARD int names_symlink(struct dentry *start, const char *path, const char *target);

// Give `old` another name. -EPERM for a directory.
NODISCARD int names_link(struct dentry *old, struct dentry *start, const char *path);

// Remove a name; `directory`: of an empty directory, else of anything else.
NODISCARD int names_remove(struct dentry *start, const char *path, bool directory);

// RENAME_* in `flags`.
NODISCARD int names_rename(struct dentry *from, const char *old_path, struct dentry *to,
                           const char *new_path, unsigned flags);

// For kernel/fs/rename.c.

// May names come and go in `dir`? Returns: 0; -ENOTDIR; -EPERM.
NODISCARD int names_check_directory(const struct dentry *dir);

// Take `d` out of the tree, whatever it is. Returns: 0; -EBUSY if something is mounted there;
// -ENOTEMPTY.
NODISCARD int names_take_out(struct dentry *dir, struct dentry *d) REQUIRES(dir->inode->lock);
