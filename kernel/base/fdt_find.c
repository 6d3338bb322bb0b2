// SPDX-License-Identifier: MIT
// kernel/base/fdt_find.c - device-tree reader: nodes by compatible, type, phandle and path.
#include "kernel/base/fdt.h"

#include "kernel/base/string.h"

#define ALIAS_SIZE 32 // names have at most 31 characters

// The first node after `after`, or of all, whose property `name` has `text` among its strings.
static fdt_node_t find_by_string(const struct fdt *fdt, fdt_node_t after, const char *name,
                                 const char *text)
{
    fdt_node_t node = fdt_exists(after) ? fdt_next(fdt, after) : fdt_root(fdt);

    while (fdt_exists(node) && !fdt_prop_contains(fdt, node, name, text)) {
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

// Returns: the node that the alias in the first `length` characters of `name` stands for.
static fdt_node_t find_alias(const struct fdt *fdt, const char *name, size_t length)
{
    char alias[ALIAS_SIZE];

    if (length >= sizeof(alias)) {
        return FDT_NONE;
    }
    str_copy(alias, name, length + 1);

    fdt_node_t aliases = walk_path(fdt, fdt_root(fdt), "aliases");
    const char *path = fdt_prop_string(fdt, aliases, alias);

    if (path == NULL || *path != '/') { // an alias of an alias could go round for ever
        return FDT_NONE;
    }
    return walk_path(fdt, fdt_root(fdt), path);
}

fdt_node_t fdt_find_path(const struct fdt *fdt, const char *path)
{
    if (*path == '/') {
        return walk_path(fdt, fdt_root(fdt), path);
    }
    size_t length = component_length(path);

    return walk_path(fdt, find_alias(fdt, path, length), path + length);
}
