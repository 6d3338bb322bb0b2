// SPDX-License-Identifier: MIT
// user/sh/builtin_vars.c - built-ins that change variables and parameters.
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/lib/fail.h"
#include "user/lib/number.h"
#include "user/sh/arena.h"
#include "user/sh/builtins.h"
#include "user/sh/functions.h"
#include "user/sh/shell.h"
#include "user/sh/text.h"
#include "user/sh/vars.h"

// For each NAME or NAME=VALUE, set the variable and `mark` it.
static int mark_all(char **words, void (*mark)(const char *name))
{
    int status = 0;
    for (; *words != NULL; words++) {
        size_t length = vars_name_length(*words);
        const char *rest = *words + length;
        const char *name = arena_copy(*words, length);
        if (length == 0 || (*rest != '\0' && *rest != '=')) {
            status = complain("%s is not a name", *words);
        } else if (*rest == '=' && !vars_set(name, rest + 1)) {
            status = 1;
        } else {
            mark(name);
        }
    }
    return status;
}

int export_builtin(int argc, char **argv)
{
    if (argc == 1 || strcmp(argv[1], "-p") == 0) {
        vars_print(true);
        return 0;
    }
    return mark_all(argv + 1, vars_export);
}

int readonly_builtin(int argc, char **argv)
{
    return argc > 1 ? mark_all(argv + 1, vars_set_read_only) : misuse("which variable?");
}

int unset_builtin(int argc, char **argv)
{
    int first = argc > 1 && argv[1][0] == '-' ? 2 : 1;
    bool function = first == 2 && strcmp(argv[1], "-f") == 0;
    int status = 0;
    for (int i = first; i < argc; i++) {
        if (function) {
            functions_remove(argv[i]);
        } else {
            status |= !vars_unset(argv[i]);
        }
    }
    return status;
}

bool *builtin_shell_option(char letter)
{
    switch (letter) {
    case 'e':
        return &shell.exit_on_error;
    case 'f':
        return &shell.no_glob;
    case 'u':
        return &shell.no_unset;
    case 'x':
        return &shell.trace;
    default:
        return NULL;
    }
}

// The texts outlive the command, so they are kept for good.
static void set_parameters(int count, char **values)
{
    char **copies = arena_alloc((size_t)(count + 1) * sizeof(char *));
    for (int i = 0; i < count; i++) {
        copies[i] = arena_copy(values[i], strlen(values[i]));
    }
    vars_parameters.values = copies;
    vars_parameters.count = count;
    arena_pin();
}

// Take one word of options, on with - and off with +. Returns: whether all are known.
static bool set_options(const char *word)
{
    for (const char *letter = word + 1; *letter != '\0'; letter++) {
        bool *option = builtin_shell_option(*letter);
        if (option == NULL) {
            misuse("there is no option -%c", *letter);
            return false;
        }
        *option = word[0] == '-';
    }
    return true;
}

int set_builtin(int argc, char **argv)
{
    int i = 1;
    if (argc == 1) {
        vars_print(false);
        return 0;
    }
    for (; i < argc && (argv[i][0] == '-' || argv[i][0] == '+') && argv[i][1] != '\0'; i++) {
        if (strcmp(argv[i], "--") == 0) {
            set_parameters(argc - i - 1, argv + i + 1);
            return 0;
        }
        if (!set_options(argv[i])) {
            return 2;
        }
    }
    if (i < argc) {
        set_parameters(argc - i, argv + i);
    }
    return 0;
}

int shift_builtin(int argc, char **argv)
{
    long by = 1;
    if (argc > 1 && !number_read(argv[1], 0, INT_MAX, &by)) {
        return misuse("%s is not a number", argv[1]);
    }
    if (by > vars_parameters.count) {
        return complain("there are only %d parameters", vars_parameters.count);
    }
    vars_parameters.values += by;
    vars_parameters.count -= (int)by;
    return 0;
}

// ---- read --------------------------------------------------------------------------------------

// Read a line, a byte at a time: what follows it is for the next command. A backslash makes the
// next character plain, which is marked by `plain`, unless `raw`. Returns: whether it has an end.
static bool read_line(struct text *line, struct text *plain, bool raw)
{
    char byte;
    bool escaped = false;
    ssize_t count;
    while ((count = read(STDIN_FILENO, &byte, 1)) != 0) {
        bool interrupted = atomic_load_explicit(&shell_interrupted, memory_order_relaxed);
        if (count < 0 && (errno != EINTR || interrupted)) {
            return false;
        }
        if (count < 0 || byte == '\0') {
            continue;
        }
        if (!escaped && byte == '\n') {
            return true;
        }
        if (!escaped && !raw && byte == '\\') {
            escaped = true;
            continue;
        }
        if (byte != '\n') {
            text_add(line, byte);
            text_add(plain, escaped ? 'p' : ' ');
        }
        escaped = false;
    }
    return false;
}

static bool is_separator(const struct text *line, const struct text *plain, size_t at)
{
    const char *separators = vars_get("IFS");
    return plain->data[at] != 'p' &&
           strchr(separators != NULL ? separators : " \t\n", line->data[at]) != NULL;
}

static bool is_blank(const struct text *line, const struct text *plain, size_t at)
{
    return is_separator(line, plain, at) && strchr(" \t\n", line->data[at]) != NULL;
}

// Give each name a field of the line, and the last one all that is left.
static int assign_fields(const struct text *line, const struct text *plain, char **names)
{
    size_t at = 0;
    int status = 0;
    for (; *names != NULL; names++) {
        while (at < line->length && is_blank(line, plain, at)) {
            at++;
        }
        size_t start = at;
        size_t end = line->length;
        while (names[1] != NULL && at < line->length && !is_separator(line, plain, at)) {
            end = ++at;
        }
        end = names[1] != NULL ? at : end;
        while (names[1] == NULL && end > start && is_blank(line, plain, end - 1)) {
            end--;
        }
        status |=
            !vars_set(*names, arena_copy(line->length > 0 ? line->data + start : "", end - start));
        while (at < line->length && is_blank(line, plain, at)) {
            at++;
        }
        at += at < line->length && is_separator(line, plain, at);
    }
    return status;
}

int read_builtin(int argc, char **argv)
{
    struct text line = {0};
    struct text plain = {0};
    bool raw = false;
    int i = 1;
    for (; i < argc && argv[i][0] == '-'; i++) {
        raw = raw || strchr(argv[i], 'r') != NULL;
        if (strchr(argv[i], 'p') != NULL && i + 1 < argc) {
            fprintf(stderr, "%s", argv[++i]);
        }
    }
    char *default_name[] = {"REPLY", NULL};
    bool ended = read_line(&line, &plain, raw);
    text_append(&line, "", 0);
    int status = assign_fields(&line, &plain, i < argc ? argv + i : default_name);
    return status != 0 || !ended;
}
