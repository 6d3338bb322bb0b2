// SPDX-License-Identifier: MIT
// kernel/fs/socketpair.h - two connected sockets: a pipe each way.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/types.h"

struct file;
struct uio;

// Two new files, connected. `flags`: O_NONBLOCK. Returns: 0; -ENOMEM.
NODISCARD int socketpair_make(struct file *ends[2], unsigned flags);

// SHUT_* in `how`. Returns: 0; -ENOTSOCK; -EINVAL.
NODISCARD int socketpair_shutdown(struct file *file, int how);

// As file_write() and file_read(), with MSG_* in `flags`. -ENOTSOCK; -EOPNOTSUPP.
NODISCARD long socketpair_send(struct file *file, struct uio *uio, unsigned flags);
NODISCARD long socketpair_receive(struct file *file, struct uio *uio, unsigned flags);
