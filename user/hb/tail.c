// SPDX-License-Identifier: MIT
// user/hb/tail.c - the last lines of files.
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/copy.h"
#include "user/lib/fail.h"
#include "user/lib/number.h"
#include "user/lib/option.h"

// The last lines seen, in a ring.
struct last {
    char **lines;
    long size;
    long seen;
};

static void keep(FILE *file, struct last *last)
{
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, file) > 0) {
        char **place = &last->lines[last->seen++ % last->size];
        free(*place);
        *place = line;
        line = NULL;
        room = 0;
    }
    free(line);
}

static void print(struct last *last)
{
    for (long i = 0; i < last->size; i++) {
        char **place = &last->lines[(last->seen + i) % last->size];
        if (*place != NULL) {
            fputs(*place, stdout);
        }
        free(*place);
        *place = NULL;
    }
}

static bool has_titles;

static int tail(int fd, const char *name, void *context)
{
    FILE *file = fdopen(dup(fd), "r");
    if (file == NULL) {
        return failed("%s", name);
    }
    if (has_titles) {
        print_title(name);
    }
    struct last *last = context;
    last->seen = 0;
    keep(file, last);
    print(last);
    int status = ferror(file) ? failed("%s", name) : 0;
    fclose(file);
    return status;
}

int tail_main(int argc, char **argv)
{
    struct last last = {.size = 10};
    option_numbers(argc, argv);
    while (option_next(argc, argv, "n:") == 'n') {
        last.size = number_of("-n", optarg, 1, 1000000);
    }
    last.lines = calloc((size_t)last.size, sizeof(char *));
    if (last.lines == NULL) {
        return failed("%ld lines", last.size);
    }
    has_titles = argc - optind > 1;
    return each_file(argv + optind, tail, &last);
}
