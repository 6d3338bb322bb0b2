// SPDX-License-Identifier: MIT
// kernel/fs/fdtable.h - the descriptors of a process, or of several that share them (CLONE_FILES).
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/types.h"
#include "kernel/fs/file.h"

struct fdtable;

NODISCARD struct fdtable *fdtable_new(void);                  // empty; NULL: no memory
NODISCARD struct fdtable *fdtable_fork(struct fdtable *from); // a copy, same files
struct fdtable *fdtable_get(struct fdtable *table);
void fdtable_put(struct fdtable *table);  // the last one closes all
bool fdtable_is_shared(struct fdtable *table); // racy: others may come, by the caller only
void fdtable_exec(struct fdtable *table); // close those with FD_CLOEXEC

// Returns: a reference to the file of `fd`; NULL: EBADF.
NODISCARD struct file *fd_get(struct fdtable *table, int fd);

// Put `file`, whose reference is handed over on success, at the lowest free descriptor >= least.
// Returns: it; -EMFILE; -ENOMEM.
NODISCARD int fd_install(struct fdtable *table, struct file *file, int least, bool cloexec,
                         int limit);
NODISCARD int fd_close(struct fdtable *table, int fd);
