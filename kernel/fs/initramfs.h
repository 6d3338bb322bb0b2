// SPDX-License-Identifier: MIT
// kernel/fs/initramfs.h - the files that a machine starts with.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/types.h"

struct dentry;

// Put what the newc archive of `bytes` bytes at `data` holds below `root`. Data that is
// page-aligned in memory is used in place, and so has to stay. Directories that are missing are
// made; of two entries of one name the later one counts.
// Returns: 0; -EINVAL if it is no archive; -ENOMEM; what making a name returns.
NODISCARD int initramfs_unpack(struct dentry *root, const void *data, size_t bytes);
