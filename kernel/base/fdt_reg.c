// SPDX-License-Identifier: MIT
// kernel/base/fdt_reg.c - device-tree reader: addresses, as a bus writes them and as memory has
// them.
#include "kernel/base/fdt.h"

#include "kernel/abi/errno.h"

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
    for (; count > 0; count--, *at += FDT_CELL) {
        fits = fits && *out >> 32 == 0;
        *out = *out << 32 | fdt_be32(*at);
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
    size_t pair = (size_t)(cells.address + cells.size) * FDT_CELL;

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
    size_t entry = (size_t)(child.address + above.address + child.size) * FDT_CELL;

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
    int depth = fdt_ancestors(fdt, node, path);

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
