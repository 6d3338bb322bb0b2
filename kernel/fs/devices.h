// SPDX-License-Identifier: MIT
// kernel/fs/devices.h - character devices, by number, and what is in /dev.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/types.h"

struct dentry;
struct file;

// Make `file`, of a device node, one of that device. Returns: 0; -ENXIO: there is no such device.
NODISCARD int device_open(struct file *file);

// Make the names in `dev`. Returns: 0; -ENOMEM.
NODISCARD int devices_populate(struct dentry *dev);

// Fill `buffer` with random bytes: getrandom() and /dev/urandom. Not for secrets.
void random_fill(void *buffer, size_t bytes);
