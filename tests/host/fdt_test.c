// SPDX-License-Identifier: MIT
// tests/host/fdt_test.c - kernel/base/fdt*.c against libfdt on the trees of QEMU's machines.
#include <libfdt.h>

#include "kernel/abi/errno.h"
#include "kernel/base/compiler.h"
#include "kernel/base/fdt.h"
#include "tests/host/shim/expect_panic.h"
#include "tests/host/shim/machine_trees.h"

// Returns: our node for libfdt's, which counts from the structure block; FDT_NONE for its errors.
static fdt_node_t ours(const void *blob, int theirs)
{
    return theirs < 0 ? FDT_NONE : (fdt_node_t){fdt_off_dt_struct(blob) + (size_t)theirs};
}

static void check_node(fdt_node_t node, const void *blob, int theirs)
{
    assert_int_equal(node.at, ours(blob, theirs).at);
}

static void compare_properties(const struct fdt *fdt, const void *blob, int theirs)
{
    fdt_node_t node = ours(blob, theirs);
    int property;

    fdt_for_each_property_offset(property, blob, theirs)
    {
        const char *name;
        int length;
        const void *value = fdt_getprop_by_offset(blob, property, &name, &length);
        size_t bytes;

        assert_ptr_equal(fdt_prop(fdt, node, name, &bytes), value);
        assert_int_equal(bytes, length);
        for (int i = 0; i < length / 4; i++) {
            uint32_t cell;

            assert_int_equal(fdt_prop_cell(fdt, node, name, (unsigned)i, &cell), 0);
            assert_int_equal(cell, fdt32_ld((const fdt32_t *)value + i));
        }
        assert_int_not_equal(fdt_prop_cell(fdt, node, name, (unsigned)length / 4, &(uint32_t){0}),
                             0);
    }
    assert_null(fdt_prop(fdt, node, "nonesuch", NULL));
}

// Read `cells` cells of theirs as a number, or return false if they are more than two.
static bool number_at(const fdt32_t *at, int cells, uint64_t *out)
{
    *out = 0;
    for (int i = 0; i < cells; i++) {
        *out = *out << 32 | fdt32_ld(at + i);
    }
    return cells <= 2;
}

static void compare_reg(const struct fdt *fdt, const void *blob, int theirs)
{
    int parent = fdt_parent_offset(blob, theirs);
    int address_cells = fdt_address_cells(blob, parent);
    int size_cells = fdt_size_cells(blob, parent);
    int length;
    const fdt32_t *reg = fdt_getprop(blob, theirs, "reg", &length);
    unsigned count = reg == NULL ? 0 : (unsigned)(length / 4 / (address_cells + size_cells));
    uint64_t wanted_address, wanted_bytes, address, bytes;

    for (unsigned i = 0; i < count; i++, reg += address_cells + size_cells) {
        if (!number_at(reg, address_cells, &wanted_address) ||
            !number_at(reg + address_cells, size_cells, &wanted_bytes)) {
            return;
        }
        assert_int_equal(fdt_reg_on_bus(fdt, ours(blob, theirs), i, &address, &bytes), 0);
        assert_int_equal(address, wanted_address);
        assert_int_equal(bytes, wanted_bytes);
    }
    assert_int_not_equal(fdt_reg(fdt, ours(blob, theirs), count, &address, &bytes), 0);
}

static void compare_node(const struct fdt *fdt, const void *blob, int theirs)
{
    fdt_node_t node = ours(blob, theirs);
    char path[256];

    assert_string_equal(fdt_name(fdt, node), fdt_get_name(blob, theirs, NULL));
    check_node(fdt_parent(fdt, node), blob, fdt_parent_offset(blob, theirs));
    check_node(fdt_first_child(fdt, node), blob, fdt_first_subnode(blob, theirs));
    if (theirs != 0) {
        check_node(fdt_next_sibling(fdt, node), blob, fdt_next_subnode(blob, theirs));
        compare_reg(fdt, blob, theirs);
    }
    assert_int_equal(fdt_get_path(blob, theirs, path, sizeof(path)), 0);
    assert_int_equal(fdt_find_path(fdt, path).at, node.at);
    if (fdt_get_phandle(blob, theirs) != 0) {
        assert_int_equal(fdt_find_phandle(fdt, fdt_get_phandle(blob, theirs)).at, node.at);
    }
    compare_properties(fdt, blob, theirs);
}

static void compare_tree(const struct fdt *fdt, const void *blob)
{
    fdt_node_t node = fdt_root(fdt);

    for (int theirs = 0; theirs >= 0; theirs = fdt_next_node(blob, theirs, NULL)) {
        check_node(node, blob, theirs);
        compare_node(fdt, blob, theirs);
        node = fdt_next(fdt, node);
    }
    assert_false(fdt_exists(node));
}

static void compare_compatible(const struct fdt *fdt, const void *blob, const char *text)
{
    fdt_node_t node = fdt_find_compatible(fdt, FDT_NONE, text);
    int theirs = fdt_node_offset_by_compatible(blob, -1, text);

    for (; theirs >= 0; theirs = fdt_node_offset_by_compatible(blob, theirs, text)) {
        check_node(node, blob, theirs);
        assert_true(fdt_is_compatible(fdt, node, text));
        node = fdt_find_compatible(fdt, node, text);
    }
    assert_false(fdt_exists(node));
}

static void test_trees(void **state)
{
    static const char *const texts[] = {"riscv",       "ns16550a",   "sifive,plic-1.0.0",
                                        "riscv,plic0", "simple-bus", "sifive,test0",
                                        "riscv,aplic", "nonesuch"};

    (void)state;
    for (size_t i = 0; i < MACHINE_TREES; i++) {
        struct fdt fdt;

        assert_int_equal(fdt_open(&fdt, machine_trees[i].bytes, machine_trees[i].size), 0);
        assert_int_equal(fdt.bytes, machine_trees[i].size);
        compare_tree(&fdt, machine_trees[i].bytes);
        for (size_t t = 0; t < ARRAY_SIZE(texts); t++) {
            compare_compatible(&fdt, machine_trees[i].bytes, texts[t]);
        }
        assert_int_not_equal(fdt_reserve_map(&fdt, 0, &(uint64_t){0}, &(uint64_t){0}), 0);
    }
}

static void check_region(const struct fdt *fdt, fdt_node_t node, uint64_t address, uint64_t bytes)
{
    uint64_t found_address, found_bytes;

    assert_int_equal(fdt_reg(fdt, node, 0, &found_address, &found_bytes), 0);
    assert_int_equal(found_address, address);
    assert_int_equal(found_bytes, bytes);
}

// What the kernel asks of `virt`: two banks of memory, the console, harts, the timebase.
static void test_virt_numa(void **state)
{
    struct fdt fdt;
    uint64_t hart, bytes;
    uint32_t timebase;

    (void)state;
    assert_int_equal(
        fdt_open(&fdt, machine_trees[TREE_VIRT_NUMA].bytes, machine_trees[TREE_VIRT_NUMA].size), 0);
    fdt_node_t bank = fdt_find_path(&fdt, "/memory@80000000");
    fdt_node_t other = fdt_find_path(&fdt, "/memory@88000000");
    fdt_node_t chosen = fdt_find_path(&fdt, "/chosen");
    const char *console = fdt_prop_string(&fdt, chosen, "stdout-path");

    check_region(&fdt, bank, 0x80000000, 128 << 20);
    check_region(&fdt, other, 0x88000000, 128 << 20);
    check_region(&fdt, fdt_find_path(&fdt, console), 0x10000000, 256);
    assert_int_equal(
        fdt_prop_u32(&fdt, fdt_find_path(&fdt, "/cpus"), "timebase-frequency", &timebase), 0);
    assert_int_equal(timebase, 10000000);
    fdt_node_t cpu = fdt_find_path(&fdt, "/cpus/cpu@3");

    assert_int_equal(fdt_reg_on_bus(&fdt, cpu, 0, &hart, &bytes), 0);
    assert_int_equal(hart, 3);
    assert_int_equal(fdt_reg(&fdt, cpu, 0, &hart, &bytes), -ENXIO);
}

static void test_sifive_u_status(void **state)
{
    struct fdt fdt;
    unsigned harts = 0, usable = 0;
    fdt_node_t cpu = FDT_NONE;

    (void)state;
    assert_int_equal(
        fdt_open(&fdt, machine_trees[TREE_SIFIVE_U].bytes, machine_trees[TREE_SIFIVE_U].size), 0);
    while (cpu = fdt_find_type(&fdt, cpu, "cpu"), fdt_exists(cpu)) {
        harts++;
        usable += fdt_prop(&fdt, cpu, "mmu-type", NULL) != NULL && fdt_status_okay(&fdt, cpu);
    }
    assert_int_equal(harts, 5);
    assert_int_equal(usable, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trees),
        cmocka_unit_test(test_virt_numa),
        cmocka_unit_test(test_sifive_u_status),
    };

    return cmocka_run_group_tests_name("fdt", tests, machine_trees_dump, machine_trees_free);
}
