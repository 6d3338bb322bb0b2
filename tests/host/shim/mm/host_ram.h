// SPDX-License-Identifier: MIT
// tests/host/shim/mm/host_ram.h - RAM for host tests of mm/, and a look at its fences.
#pragma once

#include "kernel/base/types.h"

// Make a machine of `bytes` of RAM, zero and untouched, in place of any earlier one.
void host_ram_make(uint64_t bytes);

// The same, all of it but its first frames given to a fresh frame allocator; this thread is cpu 0,
// with interrupts on.
void host_frames_make(uint64_t bytes);

// How often all harts were fenced; called back each time unless NULL.
extern unsigned host_fences;
extern void (*host_on_fence)(void);
