// SPDX-License-Identifier: MIT
// tests/host/fdt_fuzz.c - kernel/base/fdt*.c against libfdt on what libFuzzer makes up.
//
// Any bytes are a tree, or refused, with no access outside them, which AddressSanitizer judges.
// What we accept libfdt accepts, and shows the same nodes and values. What libfdt accepts and we do
// not, breaks one of the rules that only we have: stricter[].
#include <assert.h>
#include <libfdt.h>
#include <stdlib.h>

#include "kernel/base/compiler.h"
#include "kernel/base/fdt.h"

enum { VERSION = 17 };

// libFuzzer calls it with each input.
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

// ---- Rules that only we have -------------------------------------------------------------------

static bool is_misaligned(const void *blob)
{
    return fdt_off_dt_struct(blob) % FDT_CELL != 0;
}

// No entry of zeros ends the reservation block; libfdt makes do with a size of zero.
static bool has_open_reserve_map(const void *blob)
{
    const char *end = (const char *)blob + fdt_totalsize(blob);
    const char *at = (const char *)blob + fdt_off_mem_rsvmap(blob);

    for (; end - at >= 16; at += 16) {
        if (fdt_be64(at) == 0 && fdt_be64(at + 8) == 0) {
            return false;
        }
    }
    return true;
}

static bool has_open_string(const void *blob)
{
    size_t bytes = fdt_size_dt_strings(blob);

    return bytes != 0 && ((const char *)blob)[fdt_off_dt_strings(blob) + bytes - 1] != '\0';
}

static bool has_named_root(const void *blob)
{
    const char *name = fdt_get_name(blob, 0, NULL);

    return name == NULL || *name != '\0';
}

static bool is_deep(const void *blob)
{
    int depth = 1;

    for (int node = 0; node >= 0 && depth > 0; node = fdt_next_node(blob, node, &depth)) {
        if (depth > FDT_MAX_DEPTH) {
            return true;
        }
    }
    return false;
}

// A property behind a child node.
static bool has_late_property(const void *blob)
{
    uint32_t before = FDT_BEGIN_NODE;
    int next = 0;

    for (int at = 0; next >= 0; at = next) {
        uint32_t tag = fdt_next_tag(blob, at, &next);

        if (tag == FDT_PROP && before == FDT_END_NODE) {
            return true;
        }
        if (tag == FDT_END) {
            return false;
        }
        before = tag == FDT_NOP ? before : tag;
    }
    return false;
}

static bool (*const stricter[])(const void *blob) = {
    is_misaligned, has_open_reserve_map, has_open_string, has_named_root,
    is_deep,       has_late_property,
};

static bool breaks_our_rules(const void *blob)
{
    for (size_t i = 0; i < ARRAY_SIZE(stricter); i++) {
        if (stricter[i](blob)) {
            return true;
        }
    }
    return false;
}

// Not asked about older versions, which we refuse: libfdt 1.6.1 can crash on the root's name there.
static bool libfdt_accepts(const void *blob, size_t size)
{
    return size >= sizeof(struct fdt_header) && fdt_version(blob) >= VERSION &&
           fdt_check_full(blob, size) == 0;
}

// ---- The same answers --------------------------------------------------------------------------

static void compare_node(const struct fdt *fdt, fdt_node_t node, int theirs)
{
    const void *blob = fdt->blob;
    int property;

    assert(node.at == fdt->structs + (size_t)theirs);
    assert(strcmp(fdt_name(fdt, node), fdt_get_name(blob, theirs, NULL)) == 0);
    fdt_for_each_property_offset(property, blob, theirs)
    {
        int length;
        size_t bytes;
        const char *name;

        assert(fdt_getprop_by_offset(blob, property, &name, NULL) != NULL);
        assert(fdt_prop(fdt, node, name, &bytes) == fdt_getprop(blob, theirs, name, &length));
        assert(bytes == (size_t)length);
    }
}

static void compare_trees(const struct fdt *fdt)
{
    fdt_node_t node = fdt_root(fdt);
    int depth = 0;

    for (int theirs = 0; theirs >= 0 && depth >= 0;
         theirs = fdt_next_node(fdt->blob, theirs, &depth)) {
        compare_node(fdt, node, theirs);
        node = fdt_next(fdt, node);
    }
    assert(!fdt_exists(node));
}

// Ask what has no like in libfdt, or costs a walk: only the sanitizers judge.
static void ask(const struct fdt *fdt, fdt_node_t node)
{
    uint64_t address;
    uint64_t bytes;
    uint32_t cell;

    (void)fdt_parent(fdt, node);
    (void)fdt_next_sibling(fdt, node);
    (void)fdt_status_okay(fdt, node);
    (void)fdt_prop_string(fdt, node, "compatible");
    (void)!fdt_reg(fdt, node, 0, &address, &bytes);
    (void)!fdt_prop_cell(fdt, node, "interrupts", 1, &cell);
}

static void ask_everything(const struct fdt *fdt)
{
    for (fdt_node_t node = fdt_root(fdt); fdt_exists(node); node = fdt_next(fdt, node)) {
        ask(fdt, node);
    }
    (void)fdt_find_path(fdt, "/soc/serial@10000000");
    (void)fdt_find_path(fdt, "serial0:115200");
    (void)fdt_find_compatible(fdt, FDT_NONE, "ns16550a");
    (void)fdt_find_phandle(fdt, 1);
}

// In memory of just that size. (libfdt wants a tree aligned, which memory of malloc() is.)
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct fdt fdt;
    void *blob = malloc(size);

    memcpy(blob, bytes, size);
    bool theirs = libfdt_accepts(blob, size);

    if (fdt_open(&fdt, blob, size) == 0) {
        assert(theirs);
        compare_trees(&fdt);
        ask_everything(&fdt);
    } else {
        assert(!theirs || breaks_our_rules(blob));
    }
    free(blob);
    return 0;
}
