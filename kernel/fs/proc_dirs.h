// SPDX-License-Identifier: MIT
// kernel/fs/proc_dirs.h - the directories of /proc that are about processes.
#pragma once

#include "kernel/fs/procfs.h"

extern const struct inode_ops proc_descriptors_ops; // /proc/PID/fd
extern const struct inode_ops proc_threads_ops;     // /proc/PID/task

extern const struct proc_table proc_of_process; // what is in /proc/PID
extern const struct proc_table proc_of_thread;  // and in /proc/PID/task/TID

struct dentry;

// The path of `d`, taken over; NULL: there is none. Returns: as inode_ops.read_link.
NODISCARD long proc_path_text(struct dentry *d, char *text, size_t size);
