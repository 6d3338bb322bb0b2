// SPDX-License-Identifier: MIT
// kernel/base/fdt_prop.c - device-tree reader: what the values of properties mean.
#include "kernel/base/fdt.h"

#include "kernel/abi/errno.h"
#include "kernel/base/string.h"

const char *fdt_prop_string(const struct fdt *fdt, fdt_node_t node, const char *name)
{
    size_t bytes;
    const void *value = fdt_prop(fdt, node, name, &bytes);

    return value != NULL && strnlen(value, bytes) < bytes ? value : NULL;
}

int fdt_prop_cell(const struct fdt *fdt, fdt_node_t node, const char *name, unsigned index,
                  uint32_t *out)
{
    size_t bytes;
    const unsigned char *value = fdt_prop(fdt, node, name, &bytes);

    if (value == NULL || index >= bytes / FDT_CELL) {
        return -ENOENT;
    }
    *out = fdt_be32(value + (size_t)index * FDT_CELL);
    return 0;
}

int fdt_prop_u32(const struct fdt *fdt, fdt_node_t node, const char *name, uint32_t *out)
{
    size_t bytes;
    const void *value = fdt_prop(fdt, node, name, &bytes);

    if (value == NULL) {
        return -ENOENT;
    }
    if (bytes != FDT_CELL) {
        return -EINVAL;
    }
    *out = fdt_be32(value);
    return 0;
}

int fdt_prop_u64(const struct fdt *fdt, fdt_node_t node, const char *name, uint64_t *out)
{
    size_t bytes;
    const void *value = fdt_prop(fdt, node, name, &bytes);

    if (value == NULL) {
        return -ENOENT;
    }
    if (bytes != FDT_CELL && bytes != 2 * FDT_CELL) {
        return -EINVAL;
    }
    *out = bytes == FDT_CELL ? fdt_be32(value) : fdt_be64(value);
    return 0;
}

bool fdt_list_contains(const void *list, size_t bytes, const char *text)
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

bool fdt_prop_contains(const struct fdt *fdt, fdt_node_t node, const char *name, const char *text)
{
    size_t bytes;
    const void *value = fdt_prop(fdt, node, name, &bytes);

    return value != NULL && fdt_list_contains(value, bytes, text);
}

bool fdt_is_compatible(const struct fdt *fdt, fdt_node_t node, const char *text)
{
    return fdt_prop_contains(fdt, node, "compatible", text);
}

bool fdt_status_okay(const struct fdt *fdt, fdt_node_t node)
{
    if (fdt_prop(fdt, node, "status", NULL) == NULL) {
        return true;
    }
    const char *status = fdt_prop_string(fdt, node, "status");

    return status != NULL && (strcmp(status, "okay") == 0 || strcmp(status, "ok") == 0);
}
