// SPDX-License-Identifier: MIT
// user/sh/glob.c - names of files that a pattern matches.
#include "user/sh/glob.h"

#include <dirent.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "user/sh/arena.h"
#include "user/sh/text.h"

struct names {
    char **values;
    size_t count;
    size_t room;
};

static void add_name(struct names *names, char *name)
{
    if (names->count + 1 >= names->room) {
        size_t room = 2 * names->room + 8;
        char **larger = arena_alloc(room * sizeof(char *));
        if (names->count > 0) {
            memcpy(larger, names->values, names->count * sizeof(char *));
        }
        names->values = larger;
        names->room = room;
    }
    names->values[names->count++] = name;
}

static int compare(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static void match_below(struct names *names, const char *folder, const char *pattern);

// `path` has matched the pattern so far; `rest` is what follows.
static void match_further(struct names *names, const char *path, const char *rest)
{
    struct stat status;
    struct text longer = {0};
    size_t slashes = strspn(rest, "/");
    if (*rest == '\0') {
        add_name(names, arena_copy(path, strlen(path)));
        return;
    }
    if (stat(path, &status) < 0 || !S_ISDIR(status.st_mode)) {
        return;
    }
    text_append(&longer, path, strlen(path));
    text_append(&longer, rest, slashes);
    if (rest[slashes] == '\0') {
        add_name(names, longer.data);
    } else {
        match_below(names, longer.data, rest + slashes);
    }
}

// `folder` ends in a slash, or is empty for the working directory.
static void match_below(struct names *names, const char *folder, const char *pattern)
{
    size_t length = strcspn(pattern, "/");
    const char *part = arena_copy(pattern, length);
    DIR *entries = opendir(*folder != '\0' ? folder : ".");
    struct dirent *entry;
    while (entries != NULL && (entry = readdir(entries)) != NULL) {
        struct text path = {0};
        if (fnmatch(part, entry->d_name, FNM_PERIOD) != 0) {
            continue;
        }
        text_append(&path, folder, strlen(folder));
        text_append(&path, entry->d_name, strlen(entry->d_name));
        match_further(names, path.data, pattern + length);
    }
    if (entries != NULL) {
        closedir(entries);
    }
}

char **glob_match(const char *pattern)
{
    struct names names = {0};
    size_t slashes = strspn(pattern, "/");
    match_below(&names, arena_copy(pattern, slashes), pattern + slashes);
    if (names.count == 0) {
        return NULL;
    }
    qsort(names.values, names.count, sizeof(char *), compare);
    return names.values;
}
