// SPDX-License-Identifier: MIT
// user/lib/copy.h - copy bytes from one file to another.
#pragma once

#include <stddef.h>

// Write all of it. Returns: 0, or -1 with errno.
int write_all(int fd, const char *data, size_t length);

// Copy until the end of `from`. Returns: 0, or -1 with errno.
int copy_all(int from, int to);

// Print the name of a file as a title, with an empty line before all but the first.
void print_title(const char *name);

// Call `work` for each file that is named, opened for reading, or for standard input if none is or
// its name is -. One that cannot be opened is reported. Returns: 0, or 1 if anything failed.
int each_file(char **names, int (*work)(int fd, const char *name, void *context), void *context);
