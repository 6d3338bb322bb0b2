// SPDX-License-Identifier: MIT
// kernel/proc/sys_file_lock.h - the commands of fcntl() that lock ranges of files.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/types.h"
#include "kernel/fs/file.h"

// Is `command` one that takes or gives up a lock?
bool user_lock_command(int command);

// Do it, with the struct flock at `at`; `fd` stands for `file`.
// Returns: 0; -EAGAIN; -EBADF not open for that; -EFAULT; -EINVAL; -ENOLCK; -EOVERFLOW;
// -ERESTARTSYS. Context: thread, no locks.
NODISCARD long user_lock_set(struct file *file, uint64_t fd, int command, uint64_t at);

// Whose lock keeps out the one at `at`? The answer replaces it. `by_file`: it would be the file's.
// Returns: 0; -EFAULT; -EINVAL; -EOVERFLOW.
NODISCARD long user_lock_find(struct file *file, bool by_file, uint64_t at);
