// SPDX-License-Identifier: MIT
// user/lib/columns.c - names side by side, as many as a screen has room for.
#include "user/lib/columns.h"

#include <string.h>
#include <sys/ioctl.h>

enum { NARROW = 20, USUAL = 80, GAP = 2 };

size_t columns_of_screen(int fd)
{
    struct winsize size;
    return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col >= NARROW ? size.ws_col : USUAL;
}

void columns_print(FILE *file, char *const *names, int count, size_t screen_columns)
{
    size_t width = 0;
    for (int i = 0; i < count; i++) {
        size_t length = strlen(names[i]) + GAP;
        width = length > width ? length : width;
    }
    int across = width > 0 && width < screen_columns ? (int)(screen_columns / width) : 1;
    int rows = (count + across - 1) / across;
    for (int row = 0; row < rows; row++) {
        for (int i = row; i < count; i += rows) {
            fprintf(file, "%-*s", i + rows < count ? (int)width : 0, names[i]);
        }
        fputc('\n', file);
    }
}
