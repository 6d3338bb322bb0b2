// SPDX-License-Identifier: MIT
// user/sh/complete.c - what the word before the cursor may become: a command, or a file.
#include "user/sh/complete.h"

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/lib/path.h"
#include "user/sh/arena.h"
#include "user/sh/builtins.h"
#include "user/sh/text.h"
#include "user/sh/vars.h"

static void add(struct completions *found, const char *name, bool is_folder)
{
    int count = found->count;
    // Room grows when it is used up, which is at the powers of two.
    if ((count & (count - 1)) == 0) {
        size_t room = count == 0 ? 1 : 2 * (size_t)count;
        char **names = arena_alloc(room * sizeof(char *));
        if (count > 0) {
            memcpy(names, found->names, (size_t)count * sizeof(char *));
        }
        found->names = names;
    }
    struct text text = {0};
    text_append(&text, name, strlen(name));
    text_append(&text, "/", is_folder ? 1 : 0);
    found->names[found->count++] = text.data;
}

// ---- Files -------------------------------------------------------------------------------------

// Those in `folder` that begin with `prefix`; hidden ones only if that begins with a dot.
static void add_files(struct completions *found, const char *folder, const char *prefix,
                      bool programs)
{
    DIR *open = opendir(folder);
    struct dirent *entry;
    while (open != NULL && (entry = readdir(open)) != NULL) {
        char path[PATH_MAX];
        const char *name = entry->d_name;
        bool fits = strncmp(name, prefix, strlen(prefix)) == 0 &&
                    (name[0] != '.' || prefix[0] == '.') &&
                    path_join(path, sizeof(path), folder, name);
        if (fits && (!programs || access(path, X_OK) == 0)) {
            add(found, name, !programs && path_is_folder(path));
        }
    }
    if (open != NULL) {
        closedir(open);
    }
}

// Returns: where in the word the name begins that is looked for.
static const char *add_path(struct completions *found, const char *word)
{
    const char *slash = strrchr(word, '/');
    if (slash == NULL) {
        add_files(found, ".", word, false);
        return word;
    }
    const char *folder = slash == word ? "/" : arena_copy(word, (size_t)(slash - word));
    add_files(found, folder, slash + 1, false);
    return slash + 1;
}

// ---- Commands ----------------------------------------------------------------------------------

static void add_commands(struct completions *found, const char *word)
{
    const char *folders = vars_get("PATH");
    const char *name;
    for (unsigned i = 0; (name = builtin_name(i)) != NULL; i++) {
        if (strncmp(name, word, strlen(word)) == 0) {
            add(found, name, false);
        }
    }
    for (folders = folders != NULL ? folders : "/bin"; *folders != '\0';) {
        size_t length = strcspn(folders, ":");
        add_files(found, length > 0 ? arena_copy(folders, length) : ".", word, true);
        folders += length + (folders[length] == ':');
    }
}

// Is there nothing of the command before the word that begins at `start`?
static bool is_first(const char *line, size_t start)
{
    while (start > 0 && line[start - 1] == ' ') {
        start--;
    }
    return start == 0 || strchr("|&;({`", line[start - 1]) != NULL;
}

// ---- Both --------------------------------------------------------------------------------------

static int compare(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

// Programs may be found twice: along PATH, and as a command of the shell.
static void sort(struct completions *found)
{
    int kept = 0;
    qsort(found->names, (size_t)found->count, sizeof(char *), compare);
    for (int i = 0; i < found->count; i++) {
        if (kept == 0 || strcmp(found->names[kept - 1], found->names[i]) != 0) {
            found->names[kept++] = found->names[i];
        }
    }
    found->count = kept;
}

// What all names have after the first `length` characters.
static const char *common(const struct completions *found, size_t length)
{
    const char *first = found->names[0];
    size_t same = strlen(first);
    for (int i = 1; i < found->count; i++) {
        size_t at = 0;
        while (at < same && found->names[i][at] == first[at]) {
            at++;
        }
        same = at;
    }
    struct text text = {0};
    text_append(&text, first + length, same - length);
    if (found->count == 1 && first[same - 1] != '/') {
        text_add(&text, ' ');
    }
    return text_string(&text);
}

struct completions complete_word(const char *line, size_t cursor)
{
    struct completions found = {.more = ""};
    size_t start = cursor;
    while (start > 0 && strchr(" |&;()<>`=", line[start - 1]) == NULL) {
        start--;
    }
    const char *word = arena_copy(line + start, cursor - start);
    const char *name = word;
    if (is_first(line, start) && strchr(word, '/') == NULL) {
        add_commands(&found, word);
    } else {
        name = add_path(&found, word);
    }
    if (found.count > 0) {
        sort(&found);
        found.more = common(&found, strlen(name));
    }
    return found;
}
