// SPDX-License-Identifier: MIT
// user/sh/redirect.h - redirections: where a command reads from and writes to.
#pragma once

#include <stdbool.h>

#include "user/sh/ast.h"

// What a file descriptor was before.
struct redirect_saved {
    int fd;
    int copy; // -1: it was closed
    struct redirect_saved *next;
};

// Make them, one after the other. `saved`, in the arena, is for redirect_restore(); NULL: they
// stay. Returns: false, with a message, if one cannot be made.
bool redirect_make(const struct redirect *redirects, struct redirect_saved **saved);

void redirect_restore(struct redirect_saved *saved);
