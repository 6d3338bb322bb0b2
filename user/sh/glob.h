// SPDX-License-Identifier: MIT
// user/sh/glob.h - names of files that a pattern matches.
#pragma once

// The names that match, sorted, in the arena, with NULL after the last. Returns: NULL if none does.
char **glob_match(const char *pattern);
