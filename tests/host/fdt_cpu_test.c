// SPDX-License-Identifier: MIT
// tests/host/fdt_cpu_test.c - kernel/base/the harts of QEMU's machines, and of a made one.
#include "kernel/base/fdt_cpu.h"

#include <libfdt.h>

#include "kernel/base/compiler.h"
#include "tests/host/shim/expect_panic.h"
#include "tests/host/shim/machine_trees.h"

// Check that the harts of `fdt` are `wanted`, in this order and no more.
static void check_cpus(const struct fdt *fdt, const struct fdt_cpu *wanted, size_t count)
{
    struct fdt_cpu cpu = {.hartid = 0};
    fdt_node_t node = FDT_NONE;

    for (size_t i = 0; i < count; i++) {
        node = fdt_next_cpu(fdt, node, &cpu);
        assert_true(fdt_exists(node));
        assert_int_equal(cpu.hartid, wanted[i].hartid);
        assert_int_equal(cpu.numa_node, wanted[i].numa_node);
        assert_int_equal(cpu.usable, wanted[i].usable);
    }
    assert_false(fdt_exists(fdt_next_cpu(fdt, node, &cpu)));
    assert_int_equal(cpu.hartid, wanted[count - 1].hartid); // left alone
}

static void check_machine(enum machine_tree tree, const struct fdt_cpu *wanted, size_t count)
{
    struct fdt fdt;

    assert_int_equal(fdt_open(&fdt, machine_trees[tree].bytes, machine_trees[tree].size), 0);
    check_cpus(&fdt, wanted, count);
}

static void test_machines(void **state)
{
    static const struct fdt_cpu numa[] = {{0, 0, true}, {1, 0, true}, {2, 1, true}, {3, 1, true}};
    static const struct fdt_cpu sifive_u[] = {
        {0, 0, false}, {1, 0, true}, {2, 0, true}, {3, 0, true}, {4, 0, true}};
    static const struct fdt_cpu spike[] = {{0, 0, true}, {1, 0, true}, {2, 0, true}, {3, 0, true}};

    (void)state;
    check_machine(TREE_VIRT_NUMA, numa, ARRAY_SIZE(numa));
    check_machine(TREE_SIFIVE_U, sifive_u, ARRAY_SIZE(sifive_u));
    check_machine(TREE_SPIKE, spike, ARRAY_SIZE(spike));
}

// A node of /cpus; NULL and -1 leave a property out.
struct made_node {
    const char *name;
    const char *type;
    long hartid;
    const char *mmu;
    const char *status;
};

static void add_string(void *blob, const char *name, const char *value)
{
    assert_true(value == NULL || fdt_property_string(blob, name, value) == 0);
}

static void add_node(void *blob, const struct made_node *node)
{
    assert_int_equal(fdt_begin_node(blob, node->name), 0);
    add_string(blob, "device_type", node->type);
    if (node->hartid >= 0) {
        assert_int_equal(fdt_property_u64(blob, "reg", (uint64_t)node->hartid), 0);
    }
    add_string(blob, "mmu-type", node->mmu);
    add_string(blob, "status", node->status);
    assert_int_equal(fdt_end_node(blob), 0);
}

static void add_cpus(void *blob, const struct made_node *nodes, size_t count)
{
    assert_int_equal(fdt_begin_node(blob, "cpus"), 0);
    assert_int_equal(fdt_property_u32(blob, "#address-cells", 2), 0);
    assert_int_equal(fdt_property_u32(blob, "#size-cells", 0), 0);
    for (size_t i = 0; i < count; i++) {
        add_node(blob, &nodes[i]);
    }
    assert_int_equal(fdt_end_node(blob), 0);
}

// Harts with gaps between their ids, of two cells, and other things among them.
static void test_sparse(void **state)
{
    static const struct made_node nodes[] = {
        {"cpu-map", NULL, -1, NULL, NULL},
        {"cpu@7", "cpu", 7, "riscv,sv39", NULL},
        {"cpu@100000003", "cpu", 0x100000003, "riscv,sv57", "okay"},
        {"cpu@1", "cpu", -1, "riscv,sv39", "okay"}, // no reg: it has no id
        {"cache@2", "cache", 2, NULL, "okay"},
        {"cpu@4", "cpu", 4, "riscv,sv39", "disabled"},
        {"cpu@5", "cpu", 5, NULL, "okay"},
        {"cpu@9", "cpu", 9, "riscv,sv39", "ok"},
    };
    static const struct fdt_cpu wanted[] = {
        {7, 0, true}, {0x100000003, 0, true}, {4, 0, false}, {5, 0, false}, {9, 0, true}};
    static unsigned char blob[4096];
    struct fdt fdt;

    (void)state;
    assert_int_equal(fdt_create(blob, sizeof(blob)), 0);
    assert_int_equal(fdt_finish_reservemap(blob), 0);
    assert_int_equal(fdt_begin_node(blob, ""), 0);
    add_cpus(blob, nodes, ARRAY_SIZE(nodes));
    assert_int_equal(fdt_end_node(blob), 0);
    assert_int_equal(fdt_finish(blob), 0);
    assert_int_equal(fdt_open(&fdt, blob, sizeof(blob)), 0);
    check_cpus(&fdt, wanted, ARRAY_SIZE(wanted));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_machines),
        cmocka_unit_test(test_sparse),
    };

    return cmocka_run_group_tests_name("fdt_cpu", tests, machine_trees_dump, machine_trees_free);
}
