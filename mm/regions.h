// SPDX-License-Identifier: MIT
// mm/regions.h - where things are in the kernel half of the Sv39 address space: numbers only.
//
// Every root entry that a region covers exists from boot on, so that later address spaces can share
// them by copying the upper half of the root once. docs/memory.md has the table with the reasons.
#pragma once

#define KIB(n) ((n)*1024UL)
#define MIB(n) ((n)*1024UL * 1024)
#define GIB(n) ((n)*1024UL * 1024 * 1024)

#define LINEAR_BASE  0xffffffc000000000UL // all RAM: VA = LINEAR_BASE + PA
#define LINEAR_BYTES GIB(128)
#define KSTACK_BASE  0xffffffe000000000UL // kernel stacks and their guards (mm/kstack.h)
#define KSTACK_BYTES GIB(4)
#define MMIO_BASE    0xffffffe200000000UL // device registers (mmio_map)
#define MMIO_BYTES   GIB(1)
#define KERNEL_BASE  0xffffffff80000000UL // the image: VA = KERNEL_BASE + (PA - image_pa)
