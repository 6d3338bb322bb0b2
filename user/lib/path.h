// SPDX-License-Identifier: MIT
// user/lib/path.h - names of files.
#pragma once

#include <stdbool.h>
#include <stddef.h>

// The last part of a path.
const char *path_base(const char *path);

// Join a folder and a name. Returns: false, with errno, if that does not fit.
bool path_join(char *buffer, size_t size, const char *folder, const char *name);

bool path_is_folder(const char *path);

// Call `work(from, to)` for each of the names but the last, the target; where that is a folder,
// `to` is in it. Returns: 0, or 1 if anything failed; 2 if it makes no sense.
int path_each_target(char **names, int count, int (*work)(const char *from, const char *to));
