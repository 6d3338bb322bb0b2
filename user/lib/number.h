// SPDX-License-Identifier: MIT
// user/lib/number.h - numbers from command lines and files of /proc.
#pragma once

#include <stdbool.h>

// Read a whole decimal or 0x number. Returns: whether `text` is one, and from `least` to `most`.
bool number_read(const char *text, long least, long most, long *value);

// The same for an option's argument. Where it is none, says so, with the range, and exits with
// status 2.
long number_of(const char *what, const char *text, long least, long most);
