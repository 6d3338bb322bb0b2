// SPDX-License-Identifier: MIT
// user/hb/sort.c - the lines of files in order, and uniq: without repetitions.
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/copy.h"
#include "user/lib/fail.h"
#include "user/lib/option.h"

struct lines {
    char **lines;
    size_t count;
};

static bool by_number;
static bool backwards;

static int add_lines(int fd, const char *name, void *context)
{
    struct lines *all = context;
    FILE *file = fdopen(dup(fd), "r");
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    while (file != NULL && (length = getline(&line, &room, file)) > 0) {
        line[length - (line[length - 1] == '\n')] = '\0';
        all->lines = reallocarray(all->lines, all->count + 1, sizeof(char *));
        if (all->lines == NULL) {
            die("%s", name);
        }
        all->lines[all->count++] = line;
        line = NULL;
    }
    int status = file == NULL || ferror(file) ? failed("%s", name) : 0;
    free(line);
    if (file != NULL) {
        fclose(file);
    }
    return status;
}

// Lines with equal numbers are in the order of their text.
static int compare(const void *left, const void *right)
{
    const char *a = *(char *const *)left;
    const char *b = *(char *const *)right;
    double x = by_number ? strtod(a, NULL) : 0;
    double y = by_number ? strtod(b, NULL) : 0;
    int order = x != y ? (x < y ? -1 : 1) : strcmp(a, b);
    return backwards ? -order : order;
}

int sort_main(int argc, char **argv)
{
    struct lines all = {0};
    bool once = false;
    int letter;
    while ((letter = option_next(argc, argv, "nru")) != -1) {
        by_number = by_number || letter == 'n';
        backwards = backwards || letter == 'r';
        once = once || letter == 'u';
    }
    int status = each_file(argv + optind, add_lines, &all);
    if (all.count > 0) {
        qsort(all.lines, all.count, sizeof(char *), compare);
    }
    for (size_t i = 0; i < all.count; i++) {
        if (!once || i == 0 || strcmp(all.lines[i - 1], all.lines[i]) != 0) {
            puts(all.lines[i]);
        }
    }
    return status;
}

int uniq_main(int argc, char **argv)
{
    struct lines all = {0};
    bool counts = option_next(argc, argv, "c") == 'c';
    if (argc - optind > 1) {
        return misuse("of one file");
    }
    int status = each_file(argv + optind, add_lines, &all);
    unsigned long same = 1;
    for (size_t i = 0; i < all.count; i++, same++) {
        if (i + 1 < all.count && strcmp(all.lines[i], all.lines[i + 1]) == 0) {
            continue;
        }
        if (counts) {
            printf("%7lu ", same);
        }
        puts(all.lines[i]);
        same = 0;
    }
    return status;
}
