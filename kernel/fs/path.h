// SPDX-License-Identifier: MIT
// kernel/fs/path.h - walking along a path.
//
// A walk stops at the last component: whoever creates, removes or renames needs the directory that
// it is in, and whoever only looks goes on from there with walk_last().
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/types.h"

struct dentry;

enum { WALK_LINKS_MAX = 40 }; // symbolic links along one path, as on Linux

struct walk {
    struct dentry *at; // referenced; the directory that the last component is in
    const char *name;  // the last component, not ended by a 0
    size_t length;     // of it; 0: there is none, the path is `at` itself
    bool slash;        // slashes follow it, so it must be a directory
    bool missing;      // walk_last() has not found it, though all before it
    unsigned links;    // symbolic links so far
    const char *rest;  // of the path
    char *buffer;      // a frame that `rest` points into; NULL: the caller's path
};

// Walk from `start` (a path that begins with a slash: from the root) to the last component of
// `path`, which stays until walk_end(). Returns: 0; -ENOENT, if `path` is empty too; -ENOTDIR;
// -ELOOP; -ENAMETOOLONG; -ENOMEM. walk_end() in any case.
NODISCARD int walk_begin(struct walk *w, struct dentry *start, const char *path);
void walk_end(struct walk *w);

// Look the last component up; if it is a symbolic link and `follow`, or a slash is behind it, walk
// on to the last component of where it leads. Returns: 0 and a reference in *found; as
// walk_begin(). After -ENOENT with w->missing, the last component is what would have to be created.
NODISCARD int walk_last(struct walk *w, bool follow, struct dentry **found);

// Is the last component "." or ".."?
bool walk_ends_in_dots(const struct walk *w);

// All of it: what `path` names. Returns: 0 and a reference in *found; -errno.
NODISCARD int path_find(struct dentry *start, const char *path, bool follow, struct dentry **found);
