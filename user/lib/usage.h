// SPDX-License-Identifier: MIT
// user/lib/usage.h - how much the kernel has in use, and whether it is as much as before.
//
// /proc/hartbeat/usage says how much of everything is in use. What ended a moment ago may not have
// gone yet, so it is read until it says what it did before, for up to some seconds.
#pragma once

#include <stdbool.h>

struct usage {
    char text[4096]; // lines `name number`
};

// Read it; where there is none, the program ends with a message.
void usage_look(struct usage *usage);

// Compare each line of `after` with `before`, and print those that differ if asked for.
// Returns: how many do.
unsigned usage_compare(const struct usage *before, const struct usage *after, bool print);

// Look until all is as before, or for too long. Returns: whether it is; *after: the last look.
bool usage_settles(const struct usage *before, struct usage *after);
