// SPDX-License-Identifier: MIT
// kernel/base/fdt_cpu.c - device-tree reader: the harts.
#include "kernel/base/fdt_cpu.h"

#include "kernel/base/string.h"

static bool is_cpu(const struct fdt *fdt, fdt_node_t node)
{
    const char *type = fdt_prop_string(fdt, node, "device_type");

    return type != NULL && strcmp(type, "cpu") == 0;
}

bool fdt_cpu_usable(const struct fdt *fdt, fdt_node_t node)
{
    return is_cpu(fdt, node) && fdt_status_okay(fdt, node) &&
           fdt_prop_string(fdt, node, "mmu-type") != NULL;
}

// Returns: whether `node` is a hart, which is then described in *cpu.
static bool read_cpu(const struct fdt *fdt, fdt_node_t node, struct fdt_cpu *cpu)
{
    struct fdt_cpu read = {.usable = fdt_cpu_usable(fdt, node)};
    uint64_t unused;

    if (!is_cpu(fdt, node) || fdt_reg_on_bus(fdt, node, 0, &read.hartid, &unused) != 0) {
        return false;
    }
    (void)fdt_prop_u32(fdt, node, "numa-node-id", &read.numa_node); // else it stays 0
    *cpu = read;
    return true;
}

fdt_node_t fdt_next_cpu(const struct fdt *fdt, fdt_node_t after, struct fdt_cpu *cpu)
{
    fdt_node_t node = fdt_exists(after) ? fdt_next_sibling(fdt, after)
                                        : fdt_first_child(fdt, fdt_find_path(fdt, "/cpus"));

    while (fdt_exists(node) && !read_cpu(fdt, node, cpu)) {
        node = fdt_next_sibling(fdt, node);
    }
    return node;
}
