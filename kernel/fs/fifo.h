// SPDX-License-Identifier: MIT
// kernel/fs/fifo.h - named pipes.
#pragma once

#include "kernel/base/annot.h"

struct file;

// `file` is of a FIFO: join its pipe, and wait until the other end is open, unless O_NONBLOCK.
// Returns: 0; -ENXIO: to be written, and nobody reads; -ERESTARTSYS: interrupted; -ENOMEM.
NODISCARD int fifo_open(struct file *file);
