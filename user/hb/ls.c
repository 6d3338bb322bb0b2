// SPDX-License-Identifier: MIT
// user/hb/ls.c - what is in a folder.
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/columns.h"
#include "user/lib/fail.h"
#include "user/lib/option.h"
#include "user/lib/path.h"

static bool hidden;     // -a: those with a dot, too
static bool themselves; // -d: a folder, not what is in it
static bool details;    // -l
static bool in_columns; // at a terminal, unless -1 or -l says otherwise

static char kind(mode_t mode)
{
    static const struct {
        mode_t mode;
        char letter;
    } kinds[] = {{S_IFDIR, 'd'}, {S_IFLNK, 'l'}, {S_IFCHR, 'c'},
                 {S_IFBLK, 'b'}, {S_IFIFO, 'p'}, {S_IFSOCK, 's'}};
    for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if ((mode & S_IFMT) == kinds[i].mode) {
            return kinds[i].letter;
        }
    }
    return '-';
}

static void print_details(const struct stat *status)
{
    char mode[] = "?rwxrwxrwx";
    mode[0] = kind(status->st_mode);
    for (unsigned i = 0; i < 9; i++) {
        if ((status->st_mode >> (8 - i) & 1) == 0) {
            mode[1 + i] = '-';
        }
    }
    printf("%s %3lu %5u %5u ", mode, (unsigned long)status->st_nlink, status->st_uid,
           status->st_gid);
    if (S_ISCHR(status->st_mode) || S_ISBLK(status->st_mode)) {
        printf("%4u,%4u ", major(status->st_rdev), minor(status->st_rdev));
    } else {
        printf("%9ld ", (long)status->st_size);
    }
    char time[32] = "";
    strftime(time, sizeof(time), "%b %e %H:%M", localtime(&status->st_mtime));
    printf("%s ", time);
}

static int print(const char *path, const char *name)
{
    struct stat status;
    char target[PATH_MAX];
    if (lstat(path, &status) < 0) {
        return failed("%s", path);
    }
    if (details) {
        print_details(&status);
    }
    ssize_t length = S_ISLNK(status.st_mode) && details ? readlink(path, target, PATH_MAX - 1) : 0;
    printf(length > 0 ? "%s -> %.*s\n" : "%s\n", name, (int)length, target);
    return 0;
}

static int is_shown(const struct dirent *entry)
{
    return hidden || entry->d_name[0] != '.';
}

// Print the names only, side by side.
static int print_columns(struct dirent **entries, int count)
{
    char **names = calloc((size_t)count + 1, sizeof(char *));
    for (int i = 0; names != NULL && i < count; i++) {
        names[i] = entries[i]->d_name;
    }
    if (names == NULL) {
        return failed("%d names", count);
    }
    columns_print(stdout, names, count, columns_of_screen(STDOUT_FILENO));
    free(names);
    return 0;
}

static int list_folder(const char *path)
{
    struct dirent **entries;
    int count = scandir(path, &entries, is_shown, alphasort);
    if (count < 0) {
        return failed("%s", path);
    }
    int status = in_columns ? print_columns(entries, count) : 0;
    for (int i = 0; i < count; i++) {
        char inner[PATH_MAX];
        if (!in_columns) {
            status |= path_join(inner, sizeof(inner), path, entries[i]->d_name)
                          ? print(inner, entries[i]->d_name)
                          : failed("%s", entries[i]->d_name);
        }
        free(entries[i]);
    }
    free(entries);
    return status;
}

static int list(const char *path, bool one_of_many)
{
    if (themselves || !path_is_folder(path)) {
        return print(path, path);
    }
    if (one_of_many) {
        printf("%s:\n", path);
    }
    return list_folder(path);
}

int ls_main(int argc, char **argv)
{
    int letter;
    in_columns = isatty(STDOUT_FILENO);
    while ((letter = option_next(argc, argv, "1adl")) != -1) {
        hidden = hidden || letter == 'a';
        themselves = themselves || letter == 'd';
        details = details || letter == 'l';
        in_columns = in_columns && letter != 'l' && letter != '1';
    }
    if (optind == argc) {
        return list(".", false);
    }
    int status = 0;
    for (int i = optind; i < argc; i++) {
        status |= list(argv[i], argc - optind > 1);
    }
    return status;
}
