// SPDX-License-Identifier: MIT
// tests/host/fdt_test.c - kernel/base/fdt*.c against libfdt on QEMU's trees, whole and damaged.
//
// Each tree is dumped by QEMU when the test runs. Damaged copies lie in memory of exactly their
// size, so that AddressSanitizer sees any access outside.
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "kernel/abi/errno.h"
#include "kernel/base/compiler.h"
#include "kernel/base/fdt.h"
#include "kernel/base/random.h"
#include "tests/host/shim/expect_panic.h"

#define NUMA                                                                                       \
    " -object memory-backend-ram,id=a,size=128M -object memory-backend-ram,id=b,size=128M"         \
    " -numa node,memdev=a,cpus=0-1 -numa node,memdev=b,cpus=2-3"

static const struct machine {
    const char *type; // and its options
    const char *arguments;
} machines[] = {
    {"virt", "-smp 1 -m 64M"},          {"virt", "-smp 8 -m 4G"},
    {"virt", "-smp 64 -m 128M"},        {"virt", "-smp 4 -m 256M" NUMA},
    {"virt,aia=aplic-imsic", "-smp 3"}, {"virt,aclint=on", "-smp 2 -cpu rv64,sstc=off"},
    {"sifive_u", "-smp 5 -m 1G"},       {"spike", "-smp 4"},
};

struct blob {
    void *bytes;
    size_t size;
};

static struct blob blobs[ARRAY_SIZE(machines)];

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

static int dump_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
        blobs[i] = dump(&machines[i]);
    }
    return 0;
}

static int free_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
        free(blobs[i].bytes);
    }
    return 0;
}

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
    for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
        struct fdt fdt;

        assert_int_equal(fdt_open(&fdt, blobs[i].bytes, blobs[i].size), 0);
        assert_int_equal(fdt.bytes, blobs[i].size);
        compare_tree(&fdt, blobs[i].bytes);
        for (size_t t = 0; t < ARRAY_SIZE(texts); t++) {
            compare_compatible(&fdt, blobs[i].bytes, texts[t]);
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
    assert_int_equal(fdt_open(&fdt, blobs[3].bytes, blobs[3].size), 0);
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
    assert_int_equal(fdt_open(&fdt, blobs[6].bytes, blobs[6].size), 0);
    while (cpu = fdt_find_type(&fdt, cpu, "cpu"), fdt_exists(cpu)) {
        harts++;
        usable += fdt_prop(&fdt, cpu, "mmu-type", NULL) != NULL && fdt_status_okay(&fdt, cpu);
    }
    assert_int_equal(harts, 5);
    assert_int_equal(usable, 4);
}

// Every call on every node; only the sanitizers judge. Returns: something of each answer.
static size_t use_everything(const struct fdt *fdt)
{
    uint64_t address = 0, bytes = 0;
    size_t sum = fdt_find_path(fdt, "/soc/serial@10000000").at + fdt_find_path(fdt, "serial0").at +
                 fdt_find_compatible(fdt, FDT_NONE, "ns16550a").at + fdt_find_phandle(fdt, 3).at;

    for (fdt_node_t node = fdt_root(fdt); fdt_exists(node); node = fdt_next(fdt, node)) {
        uint32_t cell = 0;
        const char *text = fdt_prop_string(fdt, node, "compatible");

        sum += strlen(fdt_name(fdt, node)) + (text != NULL ? strlen(text) : 0);
        sum += fdt_parent(fdt, node).at + fdt_next_sibling(fdt, node).at;
        sum += fdt_first_child(fdt, node).at + fdt_status_okay(fdt, node);
        sum += (size_t)fdt_reg(fdt, node, 0, &address, &bytes) + address;
        sum += (size_t)fdt_prop_cell(fdt, node, "interrupts-extended", 3, &cell) + cell;
        sum += (size_t)fdt_prop_u64(fdt, node, "linux,initrd-start", &bytes) + bytes;
    }
    for (unsigned i = 0; fdt_reserve_map(fdt, i, &address, &bytes) == 0; i++) {
        sum += address;
    }
    return sum;
}

// Open and use `size` bytes of the tree in memory of just that size. Returns: as fdt_open().
static int try_copy(const void *bytes, size_t size)
{
    struct fdt fdt;
    void *copy = malloc(size);

    memcpy(copy, bytes, size);
    int error = fdt_open(&fdt, copy, size);

    if (error == 0) {
        assert_int_equal(fdt_check_full(copy, size), 0); // libfdt is no stricter than we are
    }
    use_everything(&fdt);
    free(copy);
    return error;
}

static void set_word(void *bytes, size_t offset, uint32_t value)
{
    fdt32_st((char *)bytes + offset, value);
}

// Cut short, with the header's total size as it was and cut as well.
static void test_truncated(void **state)
{
    const struct blob *whole = &blobs[0];
    void *bytes = malloc(whole->size);

    (void)state;
    assert_int_equal(try_copy(whole->bytes, whole->size), 0);
    for (size_t size = 0; size < whole->size; size++) {
        memcpy(bytes, whole->bytes, whole->size);
        assert_int_equal(try_copy(bytes, size), -EINVAL);
        set_word(bytes, offsetof(struct fdt_header, totalsize), (uint32_t)size);
        assert_int_equal(try_copy(bytes, size), -EINVAL);
        set_word(bytes, offsetof(struct fdt_header, size_dt_strings), 0);
        assert_int_equal(try_copy(bytes, size), -EINVAL);
    }
    free(bytes);
}

static uint32_t nasty_word(struct random *random)
{
    static const uint32_t words[] = {0, 1,          2,          3,          4,
                                     9, 0x7fffffff, 0x80000000, 0xfffffffc, UINT32_MAX};
    uint64_t choice = random_below(random, ARRAY_SIZE(words) + 2);

    return choice < ARRAY_SIZE(words) ? words[choice] : (uint32_t)random_below(random, 5000);
}

// Damage one to four places: words in the header or anywhere, and single bytes.
static void damage(void *bytes, size_t size, struct random *random)
{
    for (uint64_t places = 1 + random_below(random, 4); places > 0; places--) {
        uint64_t kind = random_below(random, 8);

        if (kind == 0) {
            set_word(bytes, 4 * random_below(random, 10), nasty_word(random));
        } else if (kind < 5) {
            set_word(bytes, 40 + 4 * random_below(random, size / 4 - 10), nasty_word(random));
        } else {
            ((char *)bytes)[random_below(random, size)] = (char)random_next(random);
        }
    }
}

static void test_damaged(void **state)
{
    static const size_t chosen[] = {0, 3, 6};
    struct random random;
    int accepted = 0;

    (void)state;
    random_seed(&random, 8);
    for (int round = 0; round < 6000; round++) {
        const struct blob *whole = &blobs[chosen[round % 3]];
        void *bytes = malloc(whole->size);

        memcpy(bytes, whole->bytes, whole->size);
        damage(bytes, whole->size, &random);
        accepted += try_copy(bytes, whole->size) == 0;
        free(bytes);
    }
    assert_in_range(accepted, 600, 5400); // both kinds are well represented
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trees),           cmocka_unit_test(test_virt_numa),
        cmocka_unit_test(test_sifive_u_status), cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_damaged),
    };

    return cmocka_run_group_tests_name("fdt", tests, dump_all, free_all);
}
