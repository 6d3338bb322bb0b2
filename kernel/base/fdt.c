// SPDX-License-Identifier: MIT
// kernel/base/fdt.c - device-tree reader: one bounds-checked item reader, and lookups on it.
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

enum { CELL = 4, RESERVE_ENTRY = 16 };

// One item of the structure block.
struct item {
    uint32_t token; // never TOKEN_NOP
    size_t at;      // offset in the blob of the item, and of the next
    size_t next;
    const char *name;  // of a node or property
    const void *value; // of a property
    size_t bytes;
};

static uint32_t read_be32(const void *from)
{
    const unsigned char *byte = from;

    return (uint32_t)byte[0] << 24 | (uint32_t)byte[1] << 16 | (uint32_t)byte[2] << 8 | byte[3];
}

static uint64_t read_be64(const void *from)
{
    return (uint64_t)read_be32(from) << 32 | read_be32((const char *)from + CELL);
}

static size_t round_to_cell(size_t bytes)
{
    return (bytes + CELL - 1) & ~(size_t)(CELL - 1);
}

// Complete a node's item, whose name lies behind the token. `left` counts the bytes from there.
static bool read_node(const struct fdt *fdt, struct item *item, size_t left)
{
    item->name = (const char *)fdt->blob + item->at + CELL;
    size_t length = strnlen(item->name, left);

    item->next = item->at + CELL + round_to_cell(length + 1);
    return length < left && item->next <= fdt->structs_end;
}

// Complete a property's item: length, name's offset and value lie behind the token.
static bool read_property(const struct fdt *fdt, struct item *item, size_t left)
{
    if (left < 2 * CELL) {
        return false;
    }
    const unsigned char *body = fdt->blob + item->at + CELL;
    size_t name = read_be32(body + CELL);

    item->bytes = read_be32(body);
    item->next = item->at + 3 * CELL + round_to_cell(item->bytes);
    if (name >= fdt->strings_end - fdt->strings || item->next > fdt->structs_end) {
        return false;
    }
    item->name = (const char *)fdt->blob + fdt->strings + name;
    item->value = body + 2 * CELL;
    return true;
}

// Read the item at offset `at` of the blob, or the first after it that is no NOP.
// Returns: false if it is unknown or not wholly inside its block.
static bool read_item(const struct fdt *fdt, size_t at, struct item *item)
{
    do {
        if (at > fdt->structs_end || fdt->structs_end - at < CELL) {
            return false;
        }
        item->token = read_be32(fdt->blob + at);
        item->at = at;
        at += CELL;
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

    if (max_bytes < HEADER_BYTES || read_be32(header + HEADER_MAGIC) != FDT_MAGIC) {
        return false;
    }
    fdt->bytes = read_be32(header + HEADER_TOTALSIZE);
    return fdt->bytes >= HEADER_BYTES && fdt->bytes <= max_bytes &&
           read_be32(header + HEADER_VERSION) >= FDT_VERSION &&
           read_be32(header + HEADER_LAST_COMP_VERSION) <= FDT_VERSION;
}

static bool check_blocks(struct fdt *fdt)
{
    const unsigned char *header = fdt->blob;

    return place_block(fdt, read_be32(header + HEADER_OFF_DT_STRUCT),
                       read_be32(header + HEADER_SIZE_DT_STRUCT), &fdt->structs,
                       &fdt->structs_end) &&
           place_block(fdt, read_be32(header + HEADER_OFF_DT_STRINGS),
                       read_be32(header + HEADER_SIZE_DT_STRINGS), &fdt->strings,
                       &fdt->strings_end) &&
           fdt->structs % CELL == 0;
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

    fdt->reserve = read_be32(fdt->blob + HEADER_OFF_MEM_RSVMAP);
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
    return read_item(fdt, at, &item) && item.token == TOKEN_END;
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

// List the nodes from the root, path[0], down to the parent of `node`.
// Returns: how many; -1 if there is no such node in the tree.
static int find_ancestors(const struct fdt *fdt, fdt_node_t node, fdt_node_t path[FDT_MAX_DEPTH])
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
        depth -= item.token == TOKEN_END_NODE;
        if (depth < 0 || depth >= FDT_MAX_DEPTH) {
            return -1;
        }
        if (item.token == TOKEN_BEGIN_NODE) {
            path[depth++] = node_of(&item);
        }
    }
    return -1;
}

fdt_node_t fdt_parent(const struct fdt *fdt, fdt_node_t node)
{
    fdt_node_t path[FDT_MAX_DEPTH];
    int depth = find_ancestors(fdt, node, path);

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

// Find the property called by the first `length` characters of `name`.
static bool find_property(const struct fdt *fdt, fdt_node_t node, const char *name, size_t length,
                          struct item *item)
{
    for (bool more = enter(fdt, node, item); more && item->token == TOKEN_PROP;
         more = read_item(fdt, item->next, item)) {
        if (strncmp(item->name, name, length) == 0 && item->name[length] == '\0') {
            return true;
        }
    }
    return false;
}

const void *fdt_prop(const struct fdt *fdt, fdt_node_t node, const char *name, size_t *bytes)
{
    struct item item;

    if (!find_property(fdt, node, name, strlen(name), &item)) {
        return NULL;
    }
    if (bytes != NULL) {
        *bytes = item.bytes;
    }
    return item.value;
}

// Returns: the first string in a value; NULL if it has no end.
static const char *as_string(const void *value, size_t bytes)
{
    return strnlen(value, bytes) < bytes ? value : NULL;
}

const char *fdt_prop_string(const struct fdt *fdt, fdt_node_t node, const char *name)
{
    size_t bytes;
    const void *value = fdt_prop(fdt, node, name, &bytes);

    return value != NULL ? as_string(value, bytes) : NULL;
}

int fdt_prop_cell(const struct fdt *fdt, fdt_node_t node, const char *name, unsigned index,
                  uint32_t *out)
{
    size_t bytes;
    const unsigned char *value = fdt_prop(fdt, node, name, &bytes);

    if (value == NULL || index >= bytes / CELL) {
        return -ENOENT;
    }
    *out = read_be32(value + (size_t)index * CELL);
    return 0;
}

int fdt_prop_u32(const struct fdt *fdt, fdt_node_t node, const char *name, uint32_t *out)
{
    size_t bytes;
    const void *value = fdt_prop(fdt, node, name, &bytes);

    if (value == NULL) {
        return -ENOENT;
    }
    if (bytes != CELL) {
        return -EINVAL;
    }
    *out = read_be32(value);
    return 0;
}

int fdt_prop_u64(const struct fdt *fdt, fdt_node_t node, const char *name, uint64_t *out)
{
    size_t bytes;
    const void *value = fdt_prop(fdt, node, name, &bytes);

    if (value == NULL) {
        return -ENOENT;
    }
    if (bytes != CELL && bytes != 2 * CELL) {
        return -EINVAL;
    }
    *out = bytes == CELL ? read_be32(value) : read_be64(value);
    return 0;
}

bool fdt_stringlist_contains(const void *list, size_t bytes, const char *text)
{
    const char *at = list;
    size_t wanted = strlen(text);

    while (bytes > 0) {
        size_t length = strnlen(at, bytes);

        if (length == bytes) {
            return false; // not terminated
        }
        if (length == wanted && memcmp(at, text, length) == 0) {
            return true;
        }
        at += length + 1;
        bytes -= length + 1;
    }
    return false;
}

static bool prop_contains(const struct fdt *fdt, fdt_node_t node, const char *name,
                          const char *text)
{
    size_t bytes;
    const void *value = fdt_prop(fdt, node, name, &bytes);

    return value != NULL && fdt_stringlist_contains(value, bytes, text);
}

bool fdt_is_compatible(const struct fdt *fdt, fdt_node_t node, const char *text)
{
    return prop_contains(fdt, node, "compatible", text);
}

bool fdt_status_okay(const struct fdt *fdt, fdt_node_t node)
{
    struct item item;

    if (!find_property(fdt, node, "status", sizeof("status") - 1, &item)) {
        return true;
    }
    const char *status = as_string(item.value, item.bytes);

    return status != NULL && (strcmp(status, "okay") == 0 || strcmp(status, "ok") == 0);
}

// Searches.

// The first node after `after`, or of all, whose property `name` has `text` among its strings.
static fdt_node_t find_by_string(const struct fdt *fdt, fdt_node_t after, const char *name,
                                 const char *text)
{
    fdt_node_t node = fdt_exists(after) ? fdt_next(fdt, after) : fdt_root(fdt);

    while (fdt_exists(node) && !prop_contains(fdt, node, name, text)) {
        node = fdt_next(fdt, node);
    }
    return node;
}

fdt_node_t fdt_find_compatible(const struct fdt *fdt, fdt_node_t after, const char *text)
{
    return find_by_string(fdt, after, "compatible", text);
}

fdt_node_t fdt_find_type(const struct fdt *fdt, fdt_node_t after, const char *text)
{
    return find_by_string(fdt, after, "device_type", text);
}

fdt_node_t fdt_find_phandle(const struct fdt *fdt, uint32_t phandle)
{
    uint32_t found;
    fdt_node_t node = fdt_root(fdt);

    while (fdt_exists(node) &&
           (fdt_prop_u32(fdt, node, "phandle", &found) != 0 || found != phandle)) {
        node = fdt_next(fdt, node);
    }
    return node;
}

// Returns: the length of the first component of a path, which a slash, a colon or the end ends.
static size_t component_length(const char *path)
{
    size_t length = 0;

    while (path[length] != '\0' && path[length] != '/' && path[length] != ':') {
        length++;
    }
    return length;
}

// Is `name` what the component asks for: the same, or the same once its unit address is dropped?
static bool name_matches(const char *name, const char *component, size_t length)
{
    return strncmp(name, component, length) == 0 && (name[length] == '\0' || name[length] == '@');
}

// Returns: the node that `path`, relative to `node`, leads to.
static fdt_node_t walk_path(const struct fdt *fdt, fdt_node_t node, const char *path)
{
    for (;;) {
        while (*path == '/') {
            path++;
        }
        size_t length = component_length(path);

        if (length == 0 || !fdt_exists(node)) {
            return node;
        }
        node = fdt_first_child(fdt, node);
        while (fdt_exists(node) && !name_matches(fdt_name(fdt, node), path, length)) {
            node = fdt_next_sibling(fdt, node);
        }
        path += length;
    }
}

fdt_node_t fdt_find_path(const struct fdt *fdt, const char *path)
{
    struct item alias;

    if (*path == '/') {
        return walk_path(fdt, fdt_root(fdt), path);
    }
    size_t length = component_length(path);
    fdt_node_t aliases = walk_path(fdt, fdt_root(fdt), "aliases");

    if (!find_property(fdt, aliases, path, length, &alias)) {
        return FDT_NONE;
    }
    const char *target = as_string(alias.value, alias.bytes);

    if (target == NULL || *target != '/') { // an alias of an alias could go round for ever
        return FDT_NONE;
    }
    return walk_path(fdt, walk_path(fdt, fdt_root(fdt), target), path + length);
}

// Addresses.

struct cells {
    uint32_t address; // cells of an address on a bus, and of a size
    uint32_t size;
};

struct region {
    uint64_t address;
    uint64_t bytes;
};

// A bus says how its children's addresses are written; the specification gives the defaults.
static int read_cell_counts(const struct fdt *fdt, fdt_node_t bus, struct cells *cells)
{
    *cells = (struct cells){.address = 2, .size = 1};
    if (fdt_prop_u32(fdt, bus, "#address-cells", &cells->address) == -EINVAL ||
        fdt_prop_u32(fdt, bus, "#size-cells", &cells->size) == -EINVAL) {
        return -EINVAL;
    }
    return cells->address >= 1 && cells->address <= 4 && cells->size <= 4 ? 0 : -EINVAL;
}

// Read a number of `count` cells at *at and move past it. Returns: 0; -ERANGE if above 64 bits.
static int read_cells(const unsigned char **at, uint32_t count, uint64_t *out)
{
    bool fits = true;

    *out = 0;
    for (; count > 0; count--, *at += CELL) {
        fits = fits && *out >> 32 == 0;
        *out = *out << 32 | read_be32(*at);
    }
    return fits ? 0 : -ERANGE;
}

static int read_reg(const struct fdt *fdt, fdt_node_t node, fdt_node_t bus, unsigned index,
                    struct region *region)
{
    struct cells cells;
    size_t bytes;
    const unsigned char *at = fdt_prop(fdt, node, "reg", &bytes);

    if (read_cell_counts(fdt, bus, &cells) != 0) {
        return -EINVAL;
    }
    size_t pair = (size_t)(cells.address + cells.size) * CELL;

    if (at == NULL || index >= bytes / pair) {
        return -ENOENT;
    }
    at += index * pair;
    if (read_cells(&at, cells.address, &region->address) != 0 ||
        read_cells(&at, cells.size, &region->bytes) != 0) {
        return -ERANGE;
    }
    return 0;
}

// Move *address from the numbering of `bus` to that of `parent` by the first entry of the bus's
// `ranges` that has it. Entries with numbers beyond 64 bits, as PCI has, are passed over.
static int translate(const struct fdt *fdt, fdt_node_t bus, fdt_node_t parent, uint64_t *address)
{
    struct cells child;
    struct cells above;
    size_t bytes;
    const unsigned char *ranges = fdt_prop(fdt, bus, "ranges", &bytes);

    if (ranges == NULL) {
        return -ENXIO;
    }
    if (read_cell_counts(fdt, bus, &child) != 0 || read_cell_counts(fdt, parent, &above) != 0) {
        return -EINVAL;
    }
    size_t entry = (size_t)(child.address + above.address + child.size) * CELL;

    for (size_t left = bytes; left >= entry; left -= entry, ranges += entry) {
        const unsigned char *at = ranges;
        uint64_t from, to, size;
        bool fits = read_cells(&at, child.address, &from) == 0;

        fits = read_cells(&at, above.address, &to) == 0 && fits;
        fits = read_cells(&at, child.size, &size) == 0 && fits;
        if (fits && *address >= from && *address - from < size) {
            *address = to + (*address - from);
            return *address < to ? -ERANGE : 0;
        }
    }
    return bytes == 0 ? 0 : -ENXIO; // an empty `ranges` says that both number alike
}

// Read a pair of `reg` and, for a physical address, translate it bus by bus up to the root.
static int find_reg(const struct fdt *fdt, fdt_node_t node, unsigned index, bool physical,
                    struct region *region)
{
    fdt_node_t path[FDT_MAX_DEPTH];
    int depth = find_ancestors(fdt, node, path);

    if (depth <= 0) {
        return -ENOENT;
    }
    int error = read_reg(fdt, node, path[depth - 1], index, region);

    for (int i = depth - 1; physical && error == 0 && i > 0; i--) {
        error = translate(fdt, path[i], path[i - 1], &region->address);
    }
    if (error == 0 && region->address + region->bytes < region->address) {
        return -ERANGE;
    }
    return error;
}

int fdt_reg_on_bus(const struct fdt *fdt, fdt_node_t node, unsigned index, uint64_t *address,
                   uint64_t *bytes)
{
    struct region region;
    int error = find_reg(fdt, node, index, false, &region);

    if (error == 0) {
        *address = region.address;
        *bytes = region.bytes;
    }
    return error;
}

int fdt_reg(const struct fdt *fdt, fdt_node_t node, unsigned index, uint64_t *address,
            uint64_t *bytes)
{
    struct region region;
    int error = find_reg(fdt, node, index, true, &region);

    if (error == 0) {
        *address = region.address;
        *bytes = region.bytes;
    }
    return error;
}

int fdt_reserve_map(const struct fdt *fdt, unsigned index, uint64_t *address, uint64_t *bytes)
{
    const size_t at = fdt->reserve + index * (size_t)RESERVE_ENTRY;

    if (at + RESERVE_ENTRY > fdt->bytes) {
        return -ENOENT;
    }
    uint64_t base = read_be64(fdt->blob + at);
    uint64_t size = read_be64(fdt->blob + at + RESERVE_ENTRY / 2);

    if (base == 0 && size == 0) {
        return -ENOENT;
    }
    *address = base;
    *bytes = size;
    return 0;
}
