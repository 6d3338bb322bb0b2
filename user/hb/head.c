// SPDX-License-Identifier: MIT
// user/hb/head.c - the first lines of files.
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/copy.h"
#include "user/lib/fail.h"
#include "user/lib/number.h"
#include "user/lib/option.h"

static bool has_titles;

static int head(int fd, const char *name, void *context)
{
    long left = *(const long *)context;
    FILE *file = fdopen(dup(fd), "r");
    if (file == NULL) {
        return failed("%s", name);
    }
    if (has_titles) {
        print_title(name);
    }
    int character;
    while (left > 0 && (character = getc(file)) != EOF) {
        putchar(character);
        left -= character == '\n';
    }
    int status = ferror(file) ? failed("%s", name) : 0;
    fclose(file);
    return status;
}

int head_main(int argc, char **argv)
{
    long lines = 10;
    option_numbers(argc, argv);
    while (option_next(argc, argv, "n:") == 'n') {
        lines = number_of("-n", optarg, 0, LONG_MAX);
    }
    has_titles = argc - optind > 1;
    return each_file(argv + optind, head, &lines);
}
