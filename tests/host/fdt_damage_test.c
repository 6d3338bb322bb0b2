// SPDX-License-Identifier: MIT
// tests/host/fdt_damage_test.c - kernel/base/fdt*.c on trees cut short and damaged.
//
// They lie in memory of exactly their size, so that AddressSanitizer sees any access outside.
#include <libfdt.h>
#include <stdlib.h>

#include "kernel/abi/errno.h"
#include "kernel/base/compiler.h"
#include "kernel/base/fdt.h"
#include "kernel/base/random.h"
#include "tests/host/shim/expect_panic.h"
#include "tests/host/shim/machine_trees.h"

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
    const struct blob *whole = &machine_trees[TREE_VIRT];
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

// Lay the tree out anew so that the structure block comes last, in memory that ends with it, and
// leave off its end: nothing behind the block may be looked at.
static void *structure_last(const struct blob *whole, size_t structs)
{
    size_t strings = fdt_size_dt_strings(whole->bytes);
    size_t at = sizeof(struct fdt_header) + sizeof(struct fdt_reserve_entry);
    size_t structs_at = (at + strings + 3) & ~(size_t)3;
    void *made = calloc(1, structs_at + structs);

    memcpy(made, whole->bytes, sizeof(struct fdt_header));
    memcpy((char *)made + at, (char *)whole->bytes + fdt_off_dt_strings(whole->bytes), strings);
    memcpy((char *)made + structs_at, (char *)whole->bytes + fdt_off_dt_struct(whole->bytes),
           structs);
    fdt_set_off_mem_rsvmap(made, sizeof(struct fdt_header));
    fdt_set_off_dt_strings(made, (uint32_t)at);
    fdt_set_off_dt_struct(made, (uint32_t)structs_at);
    fdt_set_size_dt_struct(made, (uint32_t)structs);
    fdt_set_totalsize(made, (uint32_t)(structs_at + structs));
    return made;
}

static void test_truncated_structure(void **state)
{
    const struct blob *whole = &machine_trees[TREE_VIRT];
    size_t all = fdt_size_dt_struct(whole->bytes);

    (void)state;
    for (size_t structs = 0; structs <= all; structs++) {
        void *made = structure_last(whole, structs);

        assert_int_equal(try_copy(made, fdt_totalsize(made)), structs == all ? 0 : -EINVAL);
        free(made);
    }
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
    static const enum machine_tree chosen[] = {TREE_VIRT, TREE_VIRT_NUMA, TREE_SIFIVE_U};
    struct random random;
    int accepted = 0;

    (void)state;
    random_seed(&random, 8);
    for (int round = 0; round < 6000; round++) {
        const struct blob *whole = &machine_trees[chosen[round % 3]];
        void *bytes = malloc(whole->size);

        memcpy(bytes, whole->bytes, whole->size);
        damage(bytes, whole->size, &random);
        accepted += try_copy(bytes, whole->size) == 0;
        free(bytes);
    }
    assert_in_range(accepted, 600, 5400); // both kinds are well represented
}

// Fill up to 100 words from a random place on with one word, behind a node's token.
static void damage_run(void *made, const struct fdt *fdt, struct random *random)
{
    uint64_t words = (fdt->structs_end - fdt->structs) / 4;
    uint64_t first = random_below(random, words);
    uint64_t end = first + 1 + random_below(random, 100);
    uint32_t word = nasty_word(random);

    set_word(made, fdt->structs + 4 * first, 1);
    for (uint64_t i = first + 1; i < end && i < words; i++) {
        set_word(made, fdt->structs + 4 * i, word);
    }
}

// A tree that changes under the reader misleads it, but not out of the structure block.
static void test_damaged_after_open(void **state)
{
    const struct blob *whole = &machine_trees[TREE_VIRT];
    struct random random;

    (void)state;
    random_seed(&random, 9);
    for (int round = 0; round < 3000; round++) {
        void *made = structure_last(whole, fdt_size_dt_struct(whole->bytes));
        struct fdt fdt;

        assert_int_equal(fdt_open(&fdt, made, fdt_totalsize(made)), 0);
        damage_run(made, &fdt, &random);
        use_everything(&fdt);
        free(made);
    }
}

// The root's end and the tree's become a node whose name runs up to the end of the blob.
static void test_endless_name(void **state)
{
    const struct blob *whole = &machine_trees[TREE_VIRT];
    void *made = structure_last(whole, fdt_size_dt_struct(whole->bytes));
    struct fdt fdt;

    (void)state;
    assert_int_equal(fdt_open(&fdt, made, fdt_totalsize(made)), 0);
    set_word(made, fdt.structs_end - 8, 1);
    set_word(made, fdt.structs_end - 4, UINT32_MAX);
    use_everything(&fdt);
    assert_string_equal(fdt_name(&fdt, (fdt_node_t){fdt.structs_end - 8}), "");
    assert_int_equal(try_copy(made, fdt_totalsize(made)), -EINVAL);
    free(made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_truncated),    cmocka_unit_test(test_truncated_structure),
        cmocka_unit_test(test_damaged),      cmocka_unit_test(test_damaged_after_open),
        cmocka_unit_test(test_endless_name),
    };

    return cmocka_run_group_tests_name("fdt_damage", tests, machine_trees_dump, machine_trees_free);
}
