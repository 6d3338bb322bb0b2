// SPDX-License-Identifier: MIT
// kernel/base/fdt_cpu.h - device-tree reader: the harts.
//
// Source: Devicetree Specification v0.4, "/cpus/cpu* Node Properties"; for the node a hart belongs
// to, Linux's binding "NUMA (Non-Uniform Memory Access)".
#pragma once

#include "kernel/base/fdt.h"

struct fdt_cpu {
    uint64_t hartid;
    uint32_t numa_node; // 0 where the tree does not say
    bool usable;        // it is not disabled, and has translation, which the kernel needs
};

// Find the first hart in /cpus, or the first after the hart `after`, and describe it in *cpu.
// Returns: its node; one that does not fdt_exists(), and leaves *cpu alone, after the last.
fdt_node_t fdt_next_cpu(const struct fdt *fdt, fdt_node_t after, struct fdt_cpu *cpu);
