// SPDX-License-Identifier: MIT
// tests/host/shim/machine_trees.c - device trees of QEMU's machines.
//
// With a fixed seed, since QEMU puts random numbers into /chosen.
#include "tests/host/shim/machine_trees.h"

#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/host/shim/expect_panic.h"

#define NUMA                                                                                       \
    " -object memory-backend-ram,id=a,size=128M -object memory-backend-ram,id=b,size=128M"         \
    " -numa node,memdev=a,cpus=0-1 -numa node,memdev=b,cpus=2-3"

static const struct machine {
    const char *type; // and its options
    const char *arguments;
} machines[MACHINE_TREES] = {
    [TREE_VIRT] = {"virt", "-smp 1 -m 64M"},
    [TREE_VIRT_8] = {"virt", "-smp 8 -m 4G"},
    [TREE_VIRT_64] = {"virt", "-smp 64 -m 128M"},
    [TREE_VIRT_NUMA] = {"virt", "-smp 4 -m 256M" NUMA},
    [TREE_VIRT_IMSIC] = {"virt,aia=aplic-imsic", "-smp 3"},
    [TREE_VIRT_ACLINT] = {"virt,aclint=on", "-smp 2 -cpu rv64,sstc=off"},
    [TREE_SIFIVE_U] = {"sifive_u", "-smp 5 -m 1G"},
    [TREE_SPIKE] = {"spike", "-smp 4"},
};

struct blob machine_trees[MACHINE_TREES];

static struct blob read_blob(const char *path)
{
    struct fdt_header header;
    FILE *file = fopen(path, "rb");

    assert_non_null(file);
    assert_int_equal(fread(&header, sizeof(header), 1, file), 1);
    struct blob blob = {malloc(fdt_totalsize(&header)), fdt_totalsize(&header)};

    rewind(file);
    assert_int_equal(fread(blob.bytes, 1, blob.size, file), blob.size);
    fclose(file);
    return blob;
}

static struct blob dump(const struct machine *machine)
{
    char path[] = "/tmp/hartbeat-fdt-XXXXXX";
    char command[600];
    int file = mkstemp(path);

    assert_true(file >= 0);
    close(file);
    snprintf(command, sizeof(command),
             "qemu-system-riscv64 -M %s,dumpdtb=%s -display none -bios none -seed 1 %s 2>&1",
             machine->type, path, machine->arguments);
    if (system(command) != 0) {
        fail_msg("failed: %s", command);
    }
    struct blob blob = read_blob(path);

    unlink(path);
    return blob;
}

int machine_trees_dump(void **state)
{
    (void)state;
    for (size_t i = 0; i < MACHINE_TREES; i++) {
        machine_trees[i] = dump(&machines[i]);
    }
    return 0;
}

int machine_trees_free(void **state)
{
    (void)state;
    for (size_t i = 0; i < MACHINE_TREES; i++) {
        free(machine_trees[i].bytes);
    }
    return 0;
}
