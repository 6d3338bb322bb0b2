// SPDX-License-Identifier: MIT
// mm/kmap.h - the kernel's page table: RAM, image, stacks, device registers.
//
// After boot only the pool of kernel stacks changes it, under its lock (RANK_STACKS); mmio_map() is
// over before other harts start. Every entry is global, and none is both writable and executable.
// Fencing:  an entry may be used once kernel_map_fence() has returned after it was made, and what
// it
//           mapped or where may be used otherwise once it has returned after it was removed.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/types.h"
#include "mm/pagetable.h"

// The root; constant after kernel_map_init(). Its upper half never gets another root entry.
extern struct page_table *kernel_root;

// Build the kernel's table: RAM read-write but for the image's text and rodata, which are
// read-only there; the image's text R-X, rodata R--, data RW-; and room for stacks and devices.
// Returns: the value of satp for every hart, ASID 0; the caller loads it and fences.
// Context: boot, after memory_init(); panics if memory is exhausted.
uint64_t kernel_map_init(void);

// Check every mapping of the kernel's table: none in the lower half, none for user mode, all
// global, none writable and executable, and none executable with a writable alias in the linear
// map. Returns: 0, or -EFAULT. Context: any thread; stacks may come and go meanwhile.
NODISCARD int kernel_map_check(void);

// Map `bytes` of device registers at physical address `registers`, at any alignment, for good.
// Returns: their address; NULL if there is no memory or no room.
// Context: boot, after kernel_map_init(), before other harts start.
NODISCARD void *mmio_map(pa_t registers, uint64_t bytes);

// Make all earlier changes of the kernel's table take effect on every hart.
// Context: any; other harts may have interrupts off, since the firmware does the waiting.
void kernel_map_fence(void);
