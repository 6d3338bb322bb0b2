// SPDX-License-Identifier: MIT
// boot/machine.h - what boot needs of the device tree and of the command line.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/fdt.h"
#include "kernel/base/types.h"
#include "kernel/bootargs.h"
#include "mm/memory.h"

enum { FDT_BYTES_MAX = 1 << 20 };

// Fill `map` with all RAM, and with what of it is taken: reserved memory, the device tree, the
// initrd. Panics if there is more than the map can hold, or no RAM.
void machine_memory(const struct fdt *fdt, pa_t image, pa_t dtb, struct memory_map *map);

// Where the boot loader has put the initial files; no bytes: there are none.
struct memory_range machine_initrd(const struct fdt *fdt);

// Set the time up from the timebase, and from the timer that the harts announce and this one turns
// out to have. Panics if there is no timebase.
void machine_time(const struct fdt *fdt);

// Apply a boot option. Returns: 0; -EINVAL, with a message printed, if the value is not allowed.
NODISCARD int machine_lockwait(const char *name);
NODISCARD int machine_policy(const struct bootargs *args);

// Is the lock of this build safe on this machine? Returns: 0; -EINVAL, with a message printed.
NODISCARD int machine_lock(void);
