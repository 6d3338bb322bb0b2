// SPDX-License-Identifier: MIT
// kernel/base/fdt.h - device-tree reader: looks things up in a flattened tree, in place.
//
// Safety:     the blob is not trusted. fdt_open() checks all of its structure once, and every later
//             step goes through the same bounds-checked item reader.
// Cost:       one step of an iteration reads each item it passes once. fdt_parent(), fdt_reg() and
//             fdt_find_*() walk from the root: O(blob) a call. Nothing is allocated.
// Context:    any; a blob is read only. Strings and values point into the blob: values are
//             big-endian and unaligned.
// Source:     Devicetree Specification v0.4, "Flattened Devicetree (DTB) Format" and "The
//             Devicetree".
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/types.h"

#define FDT_MAX_DEPTH 32 // nested nodes; QEMU's trees have 4
#define FDT_CELL      4  // bytes: values are made of big-endian 32-bit cells

struct fdt {
    const unsigned char *blob;
    size_t bytes;   // of the whole blob: what must be reserved to keep it
    size_t reserve; // offset of the memory reservation block
    size_t structs; // offset of the structure block, and of its end
    size_t structs_end;
    size_t strings; // offset of the strings block, whose last byte is 0, and of its end
    size_t strings_end;
};

typedef struct {
    size_t at; // offset of the node's first item in the blob; 0: there is no such node
} fdt_node_t;

#define FDT_NONE ((fdt_node_t){0})

static inline bool fdt_exists(fdt_node_t node)
{
    return node.at != 0;
}

// Read one cell, or two that make one number, at any alignment.
static inline uint32_t fdt_be32(const void *from)
{
    const unsigned char *byte = from;

    return (uint32_t)byte[0] << 24 | (uint32_t)byte[1] << 16 | (uint32_t)byte[2] << 8 | byte[3];
}

static inline uint64_t fdt_be64(const void *from)
{
    return (uint64_t)fdt_be32(from) << 32 | fdt_be32((const char *)from + FDT_CELL);
}

// Begin to read the tree at `blob`, of which at most `max_bytes` bytes may be touched.
// Returns: 0; -EINVAL if it is not a well-formed tree of format version 17, or deeper than
// FDT_MAX_DEPTH.
NODISCARD int fdt_open(struct fdt *fdt, const void *blob, size_t max_bytes);

// Nodes. All return a node that does not fdt_exists() when there is none, and accept one.

fdt_node_t fdt_root(const struct fdt *fdt);
fdt_node_t fdt_first_child(const struct fdt *fdt, fdt_node_t node);
fdt_node_t fdt_next_sibling(const struct fdt *fdt, fdt_node_t node);
fdt_node_t fdt_parent(const struct fdt *fdt, fdt_node_t node);

// List the nodes from the root, path[0], down to the parent of `node`.
// Returns: how many; -1 if the tree has no such node.
int fdt_ancestors(const struct fdt *fdt, fdt_node_t node, fdt_node_t path[FDT_MAX_DEPTH]);

// The node after `node` in document order: its first child, else the next node to begin.
fdt_node_t fdt_next(const struct fdt *fdt, fdt_node_t node);

// The node at `path`: /soc/serial@10000000, or an alias and what is below it: serial0. A unit
// address may be left out, the first match counts; a colon ends the path, as in stdout-path.
fdt_node_t fdt_find_path(const struct fdt *fdt, const char *path);

// The first node after `after` (FDT_NONE: of all) in document order whose `compatible` lists, or
// whose `device_type` is, `text`.
fdt_node_t fdt_find_compatible(const struct fdt *fdt, fdt_node_t after, const char *text);
fdt_node_t fdt_find_type(const struct fdt *fdt, fdt_node_t after, const char *text);

fdt_node_t fdt_find_phandle(const struct fdt *fdt, uint32_t phandle);

// Returns: the node's name, unit address included: "" for the root and for a node that is none.
const char *fdt_name(const struct fdt *fdt, fdt_node_t node);

// Properties.

// Returns: the value, of *bytes bytes (`bytes` may be NULL); NULL if the node has no such property.
const void *fdt_prop(const struct fdt *fdt, fdt_node_t node, const char *name, size_t *bytes);

// Returns: the value; NULL if absent or not terminated. Of a string list, the first string.
const char *fdt_prop_string(const struct fdt *fdt, fdt_node_t node, const char *name);

// Read cell `index`, from 0, of a property that is an array of 32-bit cells.
// Returns: 0; -ENOENT if the property is absent or has no such cell; *out is set only with 0.
NODISCARD int fdt_prop_cell(const struct fdt *fdt, fdt_node_t node, const char *name,
                            unsigned index, uint32_t *out);

// Read a property of exactly one cell; of one or two cells.
// Returns: 0; -ENOENT if absent; -EINVAL if of another size; *out is set only with 0.
NODISCARD int fdt_prop_u32(const struct fdt *fdt, fdt_node_t node, const char *name, uint32_t *out);
NODISCARD int fdt_prop_u64(const struct fdt *fdt, fdt_node_t node, const char *name, uint64_t *out);

// Returns: whether the `bytes` bytes at `list`, strings one after another, have `text` among them;
// the same of a property's value.
bool fdt_list_contains(const void *list, size_t bytes, const char *text);
bool fdt_prop_contains(const struct fdt *fdt, fdt_node_t node, const char *name, const char *text);
bool fdt_is_compatible(const struct fdt *fdt, fdt_node_t node, const char *text);

// Returns: whether the device is there to be used: `status` is absent, "okay" or "ok".
bool fdt_status_okay(const struct fdt *fdt, fdt_node_t node);

// Addresses.

// Read pair `index` of the node's `reg`, by its parent's #address-cells and #size-cells, as the
// bus that the node sits on numbers it: for a cpu node, *address is the hartid. *bytes is 0 where
// the bus has no sizes.
// Returns: 0; -ENOENT if there is no such pair; -EINVAL if the cell counts are wrong; -ERANGE if a
// number or the end of the region is above 2^64 - 1. The results are set only with 0.
NODISCARD int fdt_reg_on_bus(const struct fdt *fdt, fdt_node_t node, unsigned index,
                             uint64_t *address, uint64_t *bytes);

// The same as a physical address: translated through the `ranges` of every bus up to the root.
// Returns: also -ENXIO if a bus on the way does not map the address, as for cpu nodes.
NODISCARD int fdt_reg(const struct fdt *fdt, fdt_node_t node, unsigned index, uint64_t *address,
                      uint64_t *bytes);

// Read entry `index` of the memory reservation block.
// Returns: 0; -ENOENT after the last.
NODISCARD int fdt_reserve_map(const struct fdt *fdt, unsigned index, uint64_t *address,
                              uint64_t *bytes);
