// SPDX-License-Identifier: MIT
// tests/host/fdt_made_test.c - kernel/base/fdt*.c on trees made here, for what QEMU's lack.
#include <libfdt.h>

#include "kernel/abi/errno.h"
#include "kernel/base/compiler.h"
#include "kernel/base/fdt.h"
#include "tests/host/shim/expect_panic.h"

static char blob[8192];
static struct fdt fdt;

// libfdt's sequential calls, each checked.
static void begin(const char *name)
{
    assert_int_equal(fdt_begin_node(blob, name), 0);
}

static void end(void)
{
    assert_int_equal(fdt_end_node(blob), 0);
}

static void start_tree(void)
{
    assert_int_equal(fdt_create(blob, sizeof(blob)), 0);
    assert_int_equal(fdt_finish_reservemap(blob), 0);
    begin("");
}

static void text_property(const char *name, const char *text)
{
    assert_int_equal(fdt_property_string(blob, name, text), 0);
}

static void cells_property(const char *name, const uint32_t *cells, size_t count)
{
    fdt32_t value[16];

    for (size_t i = 0; i < count; i++) {
        value[i] = cpu_to_fdt32(cells[i]);
    }
    assert_int_equal(fdt_property(blob, name, value, (int)(count * sizeof(value[0]))), 0);
}

#define CELLS(name, ...)                                                                           \
    cells_property(name, (uint32_t[]){__VA_ARGS__},                                                \
                   sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

static int finish_tree(void)
{
    end();
    assert_int_equal(fdt_finish(blob), 0);
    return fdt_open(&fdt, blob, sizeof(blob));
}

static void cell_counts(uint32_t address, uint32_t size)
{
    CELLS("#address-cells", address);
    CELLS("#size-cells", size);
}

static void check_reg(const char *path, unsigned index, int error, uint64_t address, uint64_t bytes)
{
    uint64_t found_address = 1, found_bytes = 1;
    fdt_node_t node = fdt_find_path(&fdt, path);

    assert_int_equal(fdt_reg(&fdt, node, index, &found_address, &found_bytes), error);
    assert_int_equal(found_address, error == 0 ? address : 1);
    assert_int_equal(found_bytes, error == 0 ? bytes : 1);
}

static void leaf(const char *name, uint32_t address, uint32_t bytes)
{
    begin(name);
    CELLS("reg", address, bytes);
    end();
}

// Two buses, one in the other, each with ranges of its own; one that maps nothing; one that maps
// its children as they are.
static void test_translation(void **state)
{
    (void)state;
    start_tree();
    cell_counts(2, 2);
    begin("outer");
    cell_counts(1, 1);
    CELLS("ranges", 0x1000, 0x40, 0x80000000, 0x1000, 0x8000, 0x50, 0, 0x1000);
    leaf("first@1010", 0x1010, 0x10);
    leaf("second@8000", 0x8000, 0x100);
    leaf("outside@3000", 0x3000, 0x10);
    begin("inner");
    cell_counts(1, 1);
    CELLS("ranges", 0, 0x1800, 0x100);
    leaf("deep@20", 0x20, 4);
    leaf("outside@100", 0x100, 4);
    end();
    begin("shut");
    cell_counts(1, 0);
    begin("id@7");
    CELLS("reg", 7);
    end();
    end();
    end();
    begin("same");
    cell_counts(2, 1);
    assert_int_equal(fdt_property(blob, "ranges", NULL, 0), 0);
    begin("wide@123456789a");
    CELLS("reg", 0x12, 0x3456789a, 0x20, 1, 2, 3);
    end();
    end();
    assert_int_equal(finish_tree(), 0);
    check_reg("/outer/first", 0, 0, 0x4080000010, 0x10);
    check_reg("/outer/second", 0, 0, 0x5000000000, 0x100);
    check_reg("/outer/outside", 0, -ENXIO, 0, 0);
    check_reg("/outer/inner/deep", 0, 0, 0x4080000820, 4);
    check_reg("/outer/inner/outside", 0, -ENXIO, 0, 0);
    check_reg("/outer/shut/id", 0, -ENXIO, 0, 0);
    check_reg("/same/wide", 0, 0, 0x123456789a, 0x20);
    check_reg("/same/wide", 1, 0, 0x100000002, 3);
    check_reg("/same/wide", 2, -ENOENT, 0, 0);
    check_reg("/same", 0, -ENOENT, 0, 0);
    check_reg("/", 0, -ENOENT, 0, 0);
    check_reg("/nonesuch", 0, -ENOENT, 0, 0);
}

// Without counts the specification's defaults hold: two cells of address and one of size.
static void test_default_cells(void **state)
{
    (void)state;
    start_tree();
    begin("device@100000002");
    CELLS("reg", 1, 2, 3);
    end();
    assert_int_equal(finish_tree(), 0);
    check_reg("/device", 0, 0, 0x100000002, 3);
}

// PCI's three-cell addresses: ranges that do not fit 64 bits are passed over, those that do count.
static void test_wide_numbers(void **state)
{
    (void)state;
    start_tree();
    cell_counts(2, 2);
    begin("pci");
    cell_counts(3, 2);
    CELLS("ranges", 0x2000000, 0, 0, 1, 0, 0, 0x1000, 0, 0, 0x40, 2, 0, 0, 0x1000);
    begin("flagged");
    CELLS("reg", 0x2000000, 0, 0x10, 0, 4);
    end();
    begin("plain");
    CELLS("reg", 0, 0, 0x50, 0, 4);
    end();
    end();
    begin("past-the-end");
    CELLS("reg", UINT32_MAX, UINT32_MAX, 0, 1);
    end();
    assert_int_equal(finish_tree(), 0);
    check_reg("/pci/flagged", 0, -ERANGE, 0, 0);
    check_reg("/pci/plain", 0, 0, 0x200000010, 4);
    check_reg("/past-the-end", 0, -ERANGE, 0, 0);
}

static void test_bad_cells(void **state)
{
    static const uint32_t counts[][2] = {{0, 1}, {5, 1}, {1, 5}, {UINT32_MAX, 1}, {1, UINT32_MAX}};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
        start_tree();
        cell_counts(counts[i][0], counts[i][1]);
        leaf("device", 1, 2);
        assert_int_equal(finish_tree(), 0);
        check_reg("/device", 0, -EINVAL, 0, 0);
    }
    start_tree();
    text_property("#address-cells", "seven b");
    leaf("device", 1, 2);
    assert_int_equal(finish_tree(), 0);
    check_reg("/device", 0, -EINVAL, 0, 0);
}

static void check_path(const char *path, const char *name)
{
    fdt_node_t node = fdt_find_path(&fdt, path);

    assert_int_equal(fdt_exists(node), name != NULL);
    assert_string_equal(fdt_name(&fdt, node), name != NULL ? name : "");
}

static void test_paths(void **state)
{
    (void)state;
    start_tree();
    begin("aliases");
    text_property("serial0", "/soc/serial@10");
    text_property("soc0", "/soc");
    text_property("loop", "loop");
    text_property("lost", "/nonesuch");
    assert_int_equal(fdt_property(blob, "unterminated", "/soc", 4), 0);
    end();
    begin("soc");
    begin("serial@10");
    end();
    begin("serial@20");
    end();
    begin("serialx");
    end();
    end();
    assert_int_equal(finish_tree(), 0);
    check_path("/", "");
    check_path("/soc/serial@20", "serial@20");
    check_path("/soc/serial", "serial@10");
    check_path("/soc/serialx", "serialx");
    check_path("//soc/", "soc");
    check_path("/soc/serial@20:115200n8", "serial@20");
    check_path("serial0", "serial@10");
    check_path("serial0:115200", "serial@10");
    check_path("soc0/serial@20", "serial@20");
    static const char *const nowhere[] = {"",
                                          "/soc/ser",
                                          "/so",
                                          "/soc/serial@1",
                                          "loop",
                                          "lost",
                                          "unterminated",
                                          "nonesuch",
                                          "soc",
                                          ":",
                                          "a-name-longer-than-31-characters"};

    for (size_t i = 0; i < ARRAY_SIZE(nowhere); i++) {
        check_path(nowhere[i], NULL);
    }
    assert_true(fdt_exists(fdt_find_path(&fdt, "/")));
}

static void test_values(void **state)
{
    uint32_t cell = 1;
    uint64_t wide = 1;

    (void)state;
    start_tree();
    CELLS("one", 0x12345678);
    CELLS("two", 1, 2);
    CELLS("three", 1, 2, 3);
    assert_int_equal(fdt_property(blob, "list", "first\0second", 13), 0);
    assert_int_equal(fdt_property(blob, "open", "first\0seco", 10), 0);
    assert_int_equal(fdt_property(blob, "none", NULL, 0), 0);
    assert_int_equal(finish_tree(), 0);
    fdt_node_t root = fdt_root(&fdt);

    assert_int_equal(fdt_prop_u32(&fdt, root, "one", &cell), 0);
    assert_int_equal(cell, 0x12345678);
    assert_int_equal(fdt_prop_u32(&fdt, root, "two", &cell), -EINVAL);
    assert_int_equal(fdt_prop_u32(&fdt, root, "on", &cell), -ENOENT);
    assert_int_equal(fdt_prop_u64(&fdt, root, "one", &wide), 0);
    assert_int_equal(wide, 0x12345678);
    assert_int_equal(fdt_prop_u64(&fdt, root, "two", &wide), 0);
    assert_int_equal(wide, 0x100000002);
    assert_int_equal(fdt_prop_u64(&fdt, root, "three", &wide), -EINVAL);
    assert_int_equal(fdt_prop_u64(&fdt, root, "none", &wide), -EINVAL);
    assert_int_equal(fdt_prop_u64(&fdt, root, "oneone", &wide), -ENOENT);
    assert_int_equal(fdt_prop_cell(&fdt, root, "three", 2, &cell), 0);
    assert_int_equal(cell, 3);
    assert_int_equal(fdt_prop_cell(&fdt, root, "three", 3, &cell), -ENOENT);
    assert_int_equal(fdt_prop_cell(&fdt, root, "three", UINT32_MAX, &cell), -ENOENT);
    assert_string_equal(fdt_prop_string(&fdt, root, "list"), "first");
    assert_string_equal(fdt_prop_string(&fdt, root, "open"), "first");
    assert_null(fdt_prop_string(&fdt, root, "none"));
    assert_true(fdt_prop_contains(&fdt, root, "list", "second"));
    assert_false(fdt_prop_contains(&fdt, root, "list", "sec"));
    assert_true(fdt_prop_contains(&fdt, root, "open", "first"));
    assert_false(fdt_prop_contains(&fdt, root, "open", "seco")); // never ends
    assert_false(fdt_prop_contains(&fdt, root, "none", ""));
}

static void test_status(void **state)
{
    static const struct {
        const char *status;
        bool okay;
    } cases[] = {{NULL, true},        {"okay", true},  {"ok", true},
                 {"disabled", false}, {"fail", false}, {"", false}};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        start_tree();
        if (cases[i].status != NULL) {
            text_property("status", cases[i].status);
        }
        assert_int_equal(finish_tree(), 0);
        assert_int_equal(fdt_status_okay(&fdt, fdt_root(&fdt)), cases[i].okay);
    }
}

static void test_reserve_map(void **state)
{
    uint64_t address, bytes;

    (void)state;
    assert_int_equal(fdt_create(blob, sizeof(blob)), 0);
    assert_int_equal(fdt_add_reservemap_entry(blob, 0x80000000, 0x40000), 0);
    assert_int_equal(fdt_add_reservemap_entry(blob, 0x1234567890, 1), 0);
    assert_int_equal(fdt_finish_reservemap(blob), 0);
    begin("");
    assert_int_equal(finish_tree(), 0);
    assert_int_equal(fdt_reserve_map(&fdt, 0, &address, &bytes), 0);
    assert_true(address == 0x80000000 && bytes == 0x40000);
    assert_int_equal(fdt_reserve_map(&fdt, 1, &address, &bytes), 0);
    assert_true(address == 0x1234567890 && bytes == 1);
    assert_int_equal(fdt_reserve_map(&fdt, 2, &address, &bytes), -ENOENT);
    assert_int_equal(fdt_reserve_map(&fdt, UINT32_MAX, &address, &bytes), -ENOENT);
}

// A chain of `depth` nodes, the root included, with a property in the deepest.
static int open_chain(int depth)
{
    start_tree();
    for (int i = 1; i < depth; i++) {
        begin("n");
    }
    CELLS("deepest", 1);
    for (int i = 1; i < depth; i++) {
        end();
    }
    begin("after");
    end();
    return finish_tree();
}

static void test_depth(void **state)
{
    fdt_node_t path[FDT_MAX_DEPTH];
    fdt_node_t node;

    (void)state;
    assert_int_equal(open_chain(FDT_MAX_DEPTH), 0);
    for (node = fdt_root(&fdt); fdt_exists(fdt_first_child(&fdt, node));) {
        node = fdt_first_child(&fdt, node);
    }
    assert_non_null(fdt_prop(&fdt, node, "deepest", NULL));
    assert_int_equal(fdt_ancestors(&fdt, node, path), FDT_MAX_DEPTH - 1);
    assert_int_equal(path[0].at, fdt_root(&fdt).at);
    assert_int_equal(fdt_parent(&fdt, node).at, path[FDT_MAX_DEPTH - 2].at);
    assert_false(fdt_exists(fdt_next_sibling(&fdt, node)));
    assert_int_equal(fdt_parent(&fdt, fdt_find_path(&fdt, "/after")).at, fdt_root(&fdt).at);
    assert_int_equal(open_chain(FDT_MAX_DEPTH + 1), -EINVAL);
}

static void test_nops(void **state)
{
    (void)state;
    start_tree();
    CELLS("gone", 1);
    CELLS("kept", 2);
    begin("gone");
    end();
    begin("kept");
    end();
    begin("last");
    end();
    assert_int_equal(finish_tree(), 0);
    assert_int_equal(fdt_nop_property(blob, 0, "gone"), 0);
    assert_int_equal(fdt_nop_node(blob, fdt_path_offset(blob, "/gone")), 0);
    assert_int_equal(fdt_nop_node(blob, fdt_path_offset(blob, "/last")), 0);
    assert_int_equal(fdt_open(&fdt, blob, sizeof(blob)), 0);
    fdt_node_t root = fdt_root(&fdt);
    fdt_node_t kept = fdt_first_child(&fdt, root);

    assert_null(fdt_prop(&fdt, root, "gone", NULL));
    assert_non_null(fdt_prop(&fdt, root, "kept", NULL));
    assert_string_equal(fdt_name(&fdt, kept), "kept");
    assert_int_equal(fdt_parent(&fdt, kept).at, root.at);
    assert_false(fdt_exists(fdt_next_sibling(&fdt, kept)));
    assert_false(fdt_exists(fdt_next(&fdt, kept)));
}

static void test_malformed(void **state)
{
    (void)state;
    start_tree(); // a property behind a child
    begin("child");
    end();
    CELLS("late", 1);
    assert_int_equal(finish_tree(), -EINVAL);

    start_tree(); // a name just behind the strings
    CELLS("named", 1);
    assert_int_equal(finish_tree(), 0);
    fdt32_st(blob + fdt_off_dt_struct(blob) + 16, fdt_size_dt_strings(blob));
    assert_int_equal(fdt_open(&fdt, blob, sizeof(blob)), -EINVAL);

    start_tree(); // a format that readers of version 17 cannot read, and one too old
    assert_int_equal(finish_tree(), 0);
    fdt_set_last_comp_version(blob, 18);
    assert_int_equal(fdt_open(&fdt, blob, sizeof(blob)), -EINVAL);
    fdt_set_last_comp_version(blob, 16);
    fdt_set_version(blob, 16);
    assert_int_equal(fdt_open(&fdt, blob, sizeof(blob)), -EINVAL);
    fdt_set_version(blob, 18); // newer, but compatible
    assert_int_equal(fdt_open(&fdt, blob, sizeof(blob)), 0);
    fdt_set_magic(blob, 0xedfe0dd0);
    assert_int_equal(fdt_open(&fdt, blob, sizeof(blob)), -EINVAL);
}

// After a failed open, and on a node that is none, every call finds nothing.
static void check_finds_nothing(fdt_node_t node)
{
    uint64_t number;
    uint32_t cell;

    assert_false(fdt_exists(fdt_first_child(&fdt, node)));
    assert_false(fdt_exists(fdt_next_sibling(&fdt, node)));
    assert_false(fdt_exists(fdt_parent(&fdt, node)));
    assert_false(fdt_exists(fdt_next(&fdt, node)));
    assert_string_equal(fdt_name(&fdt, node), "");
    assert_null(fdt_prop(&fdt, node, "reg", NULL));
    assert_int_equal(fdt_prop_u32(&fdt, node, "reg", &cell), -ENOENT);
    assert_int_equal(fdt_reg(&fdt, node, 0, &number, &number), -ENOENT);
    assert_int_equal(fdt_reserve_map(&fdt, 0, &number, &number), -ENOENT);
}

static void test_nothing(void **state)
{
    (void)state;
    start_tree();
    assert_int_equal(finish_tree(), 0);
    check_finds_nothing(FDT_NONE);
    assert_int_equal(fdt_open(&fdt, blob, 39), -EINVAL);
    assert_int_equal(fdt_open(&fdt, NULL, 0), -EINVAL);
    check_finds_nothing(FDT_NONE);
    check_finds_nothing((fdt_node_t){56});
    assert_false(fdt_exists(fdt_root(&fdt)));
    assert_false(fdt_exists(fdt_find_path(&fdt, "/chosen")));
    assert_false(fdt_exists(fdt_find_phandle(&fdt, 0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_translation),  cmocka_unit_test(test_default_cells),
        cmocka_unit_test(test_wide_numbers), cmocka_unit_test(test_bad_cells),
        cmocka_unit_test(test_paths),        cmocka_unit_test(test_values),
        cmocka_unit_test(test_status),       cmocka_unit_test(test_reserve_map),
        cmocka_unit_test(test_depth),        cmocka_unit_test(test_nops),
        cmocka_unit_test(test_malformed),    cmocka_unit_test(test_nothing),
    };

    return cmocka_run_group_tests_name("fdt_made", tests, NULL, NULL);
}
