// SPDX-License-Identifier: MIT
// tests/host/shim/machine_trees.h - device trees of QEMU's machines, dumped when the test runs.
#pragma once

#include <stddef.h>

enum machine_tree {
    TREE_VIRT,
    TREE_VIRT_8,
    TREE_VIRT_64,
    TREE_VIRT_NUMA,
    TREE_VIRT_IMSIC,
    TREE_VIRT_ACLINT,
    TREE_SIFIVE_U,
    TREE_SPIKE,
    MACHINE_TREES,
};

struct blob {
    void *bytes;
    size_t size; // the header's total size
};

extern struct blob machine_trees[MACHINE_TREES];

// Set-up and tear-down of a cmocka group that uses them.
int machine_trees_dump(void **state);
int machine_trees_free(void **state);
