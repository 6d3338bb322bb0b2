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
    bool usable;        // as fdt_cpu_usable() has it; the kernel needs both
};

// Is `node` a hart that is not disabled, and has translation?
bool fdt_cpu_usable(const struct fdt *fdt, fdt_node_t node);

// Find the first hart in /cpus, or the first after the hart `after`, and describe it in *cpu.
// Returns: its node; one that does not fdt_exists(), and leaves *cpu alone, after the last.
fdt_node_t fdt_next_cpu(const struct fdt *fdt, fdt_node_t after, struct fdt_cpu *cpu);
