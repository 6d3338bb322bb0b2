// SPDX-License-Identifier: MIT
// kernel/base/fdt.c - device-tree reader: the blob's items, checked and walked.
//
// Limits:     only this file knows the format; fdt_find.c, fdt_prop.c and fdt_reg.c build on the
// calls
//             in fdt.h. Items are checked at every step, and not only by fdt_open(), so that even
//             a tree that changes under the reader cannot lead it out of the structure block.
#include "kernel/base/fdt.h"

#include "kernel/abi/errno.h"
#include "kernel/base/string.h"

#define FDT_MAGIC   0xd00dfeed
#define FDT_VERSION 17

enum header { // offsets of the header's 32-bit fields
    HEADER_MAGIC = 0,
    HEADER_TOTALSIZE = 4,
    HEADER_OFF_DT_STRUCT = 8,
    HEADER_OFF_DT_STRINGS = 12,
    HEADER_OFF_MEM_RSVMAP = 16,
    HEADER_VERSION = 20,
    HEADER_LAST_COMP_VERSION = 24,
    HEADER_SIZE_DT_STRINGS = 32,
    HEADER_SIZE_DT_STRUCT = 36,
    HEADER_BYTES = 40,
};

enum token {
    TOKEN_BEGIN_NODE = 1,
    TOKEN_END_NODE = 2,
    TOKEN_PROP = 3,
    TOKEN_NOP = 4,
    TOKEN_END = 9,
};

enum { RESERVE_ENTRY = 16 };

// One item of the structure block.
struct item {
    uint32_t token; // never TOKEN_NOP
    size_t at;      // offset in the blob of the item, and of the next
    size_t next;
    const char *name;  // of a node or property
    const void *value; // of a property
    size_t bytes;
};

static size_t round_to_cell(size_t bytes)
{
    return (bytes + FDT_CELL - 1) & ~(size_t)(FDT_CELL - 1);
}

// Complete a node's item, whose name lies behind the token. `left` counts the bytes from there. A
// name that does not end within them puts the next item past the end of the block.
static bool read_node(const struct fdt *fdt, struct item *item, size_t left)
{
    item->name = (const char *)fdt->blob + item->at + FDT_CELL;
    size_t length = strnlen(item->name, left);

    item->next = item->at + FDT_CELL + round_to_cell(length + 1);
    return item->next <= fdt->structs_end;
}

// Complete a property's item: length, name's offset and value lie behind the token.
static bool read_property(const struct fdt *fdt, struct item *item, size_t left)
{
    if (left < 2 * FDT_CELL) {
        return false;
    }
    const unsigned char *body = fdt->blob + item->at + FDT_CELL;
    size_t name = fdt_be32(body + FDT_CELL);

    item->bytes = fdt_be32(body);
    item->next = item->at + 3 * FDT_CELL + round_to_cell(item->bytes);
    if (name >= fdt->strings_end - fdt->strings || item->next > fdt->structs_end) {
        return false;
    }
    item->name = (const char *)fdt->blob + fdt->strings + name;
    item->value = body + 2 * FDT_CELL;
    return true;
}

// Read the item at offset `at` of the blob, or the first after it that is no NOP.
// Returns: false if it is unknown or not wholly inside its block.
static bool read_item(const struct fdt *fdt, size_t at, struct item *item)
{
    do {
        if (at > fdt->structs_end || fdt->structs_end - at < FDT_CELL) {
            return false;
        }
        item->token = fdt_be32(fdt->blob + at);
        item->at = at;
        at += FDT_CELL;
    } while (item->token == TOKEN_NOP);
    item->next = at;
    switch (item->token) {
    case TOKEN_BEGIN_NODE:
        return read_node(fdt, item, fdt->structs_end - at);
    case TOKEN_PROP:
        return read_property(fdt, item, fdt->structs_end - at);
    default:
        return item->token == TOKEN_END_NODE || item->token == TOKEN_END;
    }
}

// Set *start and *end to a block of `bytes` bytes at `offset`. Returns: whether the blob has it.
static bool place_block(const struct fdt *fdt, size_t offset, size_t bytes, size_t *start,
                        size_t *end)
{
    *start = offset;
    *end = offset + bytes;
    return offset >= HEADER_BYTES && *end <= fdt->bytes;
}

static bool check_header(struct fdt *fdt, size_t max_bytes)
{
    const unsigned char *header = fdt->blob;

    if (max_bytes < HEADER_BYTES || fdt_be32(header + HEADER_MAGIC) != FDT_MAGIC) {
        return false;
    }
    fdt->bytes = fdt_be32(header + HEADER_TOTALSIZE);
    return fdt->bytes >= HEADER_BYTES && fdt->bytes <= max_bytes &&
           fdt_be32(header + HEADER_VERSION) >= FDT_VERSION &&
           fdt_be32(header + HEADER_LAST_COMP_VERSION) <= FDT_VERSION;
}

static bool check_blocks(struct fdt *fdt)
{
    const unsigned char *header = fdt->blob;

    return place_block(fdt, fdt_be32(header + HEADER_OFF_DT_STRUCT),
                       fdt_be32(header + HEADER_SIZE_DT_STRUCT), &fdt->structs,
                       &fdt->structs_end) &&
           place_block(fdt, fdt_be32(header + HEADER_OFF_DT_STRINGS),
                       fdt_be32(header + HEADER_SIZE_DT_STRINGS), &fdt->strings,
                       &fdt->strings_end) &&
           fdt->structs % FDT_CELL == 0;
}

// A final zero byte ends every string that begins inside the block.
static bool check_strings(const struct fdt *fdt)
{
    return fdt->strings == fdt->strings_end || fdt->blob[fdt->strings_end - 1] == '\0';
}

static bool check_reserve_map(struct fdt *fdt)
{
    uint64_t address;
    uint64_t bytes;
    unsigned index = 0;

    fdt->reserve = fdt_be32(fdt->blob + HEADER_OFF_MEM_RSVMAP);
    if (fdt->reserve < HEADER_BYTES) {
        return false;
    }
    while (fdt_reserve_map(fdt, index, &address, &bytes) == 0) {
        index++;
    }
    // It ended at an all-zero entry rather than at the end of the blob.
    return fdt->reserve + (index + 1) * (size_t)RESERVE_ENTRY <= fdt->bytes;
}

// Follow `item` in a walk: *depth counts the open nodes, *properties says whether the innermost may
// still have some. Returns: whether the item may stand here.
static bool check_item(const struct item *item, unsigned *depth, bool *properties)
{
    switch (item->token) {
    case TOKEN_BEGIN_NODE:
        *properties = true;
        return ++*depth <= FDT_MAX_DEPTH;
    case TOKEN_PROP:
        return *properties;
    case TOKEN_END_NODE:
        *properties = false;
        return (*depth)-- > 0;
    default:
        return false;
    }
}

// Is the structure block one tree, closed, with properties before child nodes, and then an end?
// The root's name is empty.
static bool check_structure(const struct fdt *fdt)
{
    struct item item;
    unsigned depth = 0;
    bool properties = false;
    size_t at = fdt->structs;

    do {
        if (!read_item(fdt, at, &item) || !check_item(&item, &depth, &properties)) {
            return false;
        }
        at = item.next;
    } while (depth > 0);
    return read_item(fdt, at, &item) && item.token == TOKEN_END &&
           *fdt_name(fdt, fdt_root(fdt)) == '\0';
}

int fdt_open(struct fdt *fdt, const void *blob, size_t max_bytes)
{
    *fdt = (struct fdt){.blob = blob};
    if (!check_header(fdt, max_bytes) || !check_blocks(fdt) || !check_strings(fdt) ||
        !check_reserve_map(fdt) || !check_structure(fdt)) {
        *fdt = (struct fdt){}; // an empty blob, in which nothing is found
        return -EINVAL;
    }
    return 0;
}

int fdt_reserve_map(const struct fdt *fdt, unsigned index, uint64_t *address, uint64_t *bytes)
{
    const size_t at = fdt->reserve + index * (size_t)RESERVE_ENTRY;

    if (at + RESERVE_ENTRY > fdt->bytes) {
        return -ENOENT;
    }
    uint64_t base = fdt_be64(fdt->blob + at);
    uint64_t size = fdt_be64(fdt->blob + at + RESERVE_ENTRY / 2);

    if (base == 0 && size == 0) {
        return -ENOENT;
    }
    *address = base;
    *bytes = size;
    return 0;
}

// Nodes.

// Read the first item inside `node`. Returns: false if there is no such node.
static bool enter(const struct fdt *fdt, fdt_node_t node, struct item *item)
{
    return fdt_exists(node) && read_item(fdt, node.at, item) && read_item(fdt, item->next, item);
}

static fdt_node_t node_of(const struct item *item)
{
    return item->token == TOKEN_BEGIN_NODE ? (fdt_node_t){item->at} : FDT_NONE;
}

fdt_node_t fdt_root(const struct fdt *fdt)
{
    struct item item;

    return read_item(fdt, fdt->structs, &item) ? node_of(&item) : FDT_NONE;
}

fdt_node_t fdt_first_child(const struct fdt *fdt, fdt_node_t node)
{
    struct item item;

    for (bool more = enter(fdt, node, &item); more; more = read_item(fdt, item.next, &item)) {
        if (item.token != TOKEN_PROP) {
            return node_of(&item);
        }
    }
    return FDT_NONE;
}

fdt_node_t fdt_next_sibling(const struct fdt *fdt, fdt_node_t node)
{
    struct item item;
    unsigned depth = 1; // of open nodes, `node` included

    for (bool more = enter(fdt, node, &item); more; more = read_item(fdt, item.next, &item)) {
        if (depth == 0 || item.token == TOKEN_END) {
            return node_of(&item);
        }
        depth += item.token == TOKEN_BEGIN_NODE;
        depth -= item.token == TOKEN_END_NODE;
    }
    return FDT_NONE;
}

fdt_node_t fdt_next(const struct fdt *fdt, fdt_node_t node)
{
    struct item item;

    for (bool more = enter(fdt, node, &item); more; more = read_item(fdt, item.next, &item)) {
        if (item.token == TOKEN_BEGIN_NODE || item.token == TOKEN_END) {
            return node_of(&item);
        }
    }
    return FDT_NONE;
}

int fdt_ancestors(const struct fdt *fdt, fdt_node_t node, fdt_node_t path[FDT_MAX_DEPTH])
{
    struct item item;
    int depth = 0;

    if (!fdt_exists(node)) {
        return -1;
    }
    for (size_t at = fdt->structs; read_item(fdt, at, &item) && item.at <= node.at;
         at = item.next) {
        if (item.at == node.at && item.token == TOKEN_BEGIN_NODE) {
            return depth;
        }
        if (item.token == TOKEN_BEGIN_NODE && depth < FDT_MAX_DEPTH) {
            path[depth++] = node_of(&item);
        }
        depth -= item.token == TOKEN_END_NODE && depth > 0;
    }
    return -1;
}

fdt_node_t fdt_parent(const struct fdt *fdt, fdt_node_t node)
{
    fdt_node_t path[FDT_MAX_DEPTH];
    int depth = fdt_ancestors(fdt, node, path);

    return depth > 0 ? path[depth - 1] : FDT_NONE;
}

const char *fdt_name(const struct fdt *fdt, fdt_node_t node)
{
    struct item item;

    if (!fdt_exists(node) || !read_item(fdt, node.at, &item) || item.token != TOKEN_BEGIN_NODE) {
        return "";
    }
    return item.name;
}

// Properties.

static bool find_property(const struct fdt *fdt, fdt_node_t node, const char *name,
                          struct item *item)
{
    for (bool more = enter(fdt, node, item); more && item->token == TOKEN_PROP;
         more = read_item(fdt, item->next, item)) {
        if (strcmp(item->name, name) == 0) {
            return true;
        }
    }
    return false;
}

const void *fdt_prop(const struct fdt *fdt, fdt_node_t node, const char *name, size_t *bytes)
{
    struct item item;

    if (!find_property(fdt, node, name, &item)) {
        return NULL;
    }
    if (bytes != NULL) {
        *bytes = item.bytes;
    }
    return item.value;
}
