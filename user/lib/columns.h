// SPDX-License-Identifier: MIT
// user/lib/columns.h - names side by side, as many as a screen has room for.
#pragma once

#include <stddef.h>
#include <stdio.h>

// How many columns the terminal of this descriptor has; 80 if it does not say.
size_t columns_of_screen(int fd);

// Print them, in their order from the top to the bottom of each column.
void columns_print(FILE *file, char *const *names, int count, size_t screen_columns);
