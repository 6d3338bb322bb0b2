// SPDX-License-Identifier: MIT
// user/sh/expand.c - what words stand for: quotes, variables, commands, arithmetic, patterns.
#include "user/sh/expand.h"

#include <stdlib.h>
#include <string.h>

#include "user/sh/arena.h"
#include "user/sh/dollar.h"
#include "user/sh/fields.h"
#include "user/sh/glob.h"
#include "user/sh/shell.h"
#include "user/sh/vars.h"

// Take `\x`. Returns: what follows.
static const char *take_escape(struct expansion *expansion, const char *word, bool in_quotes)
{
    if (word[1] == '\n') {
        return word + 2;
    }
    if (word[1] == '\0' || (in_quotes && strchr("$`\"\\", word[1]) == NULL)) {
        expansion_add(expansion, '\\', KIND_QUOTED);
        return word + 1;
    }
    expansion_add(expansion, word[1], KIND_QUOTED);
    return word + 2;
}

// Take what stands between single quotes. Returns: what follows.
static const char *take_single(struct expansion *expansion, const char *word)
{
    expansion_add(expansion, 0, KIND_EMPTY);
    for (word++; *word != '\0' && *word != '\''; word++) {
        expansion_add(expansion, *word, KIND_QUOTED);
    }
    return *word == '\'' ? word + 1 : word;
}

static const char *take_double(struct expansion *expansion, const char *word)
{
    // Of "$@" without parameters nothing stays, not even an empty field.
    if (strncmp(word, "\"$@\"", 4) != 0 || vars_parameters.count > 0) {
        expansion_add(expansion, 0, KIND_EMPTY);
    }
    for (word++; *word != '\0' && *word != '"';) {
        if (*word == '\\') {
            word = take_escape(expansion, word, true);
        } else if (*word == '$' || *word == '`') {
            word = dollar_expand(expansion, word, true);
        } else {
            expansion_add(expansion, *word++, KIND_QUOTED);
        }
    }
    return *word == '"' ? word + 1 : word;
}

// A ~ at the start of a word, alone or before a slash.
static const char *take_home(struct expansion *expansion, const char *word)
{
    const char *home = vars_get("HOME");
    if (word[0] != '~' || (word[1] != '\0' && word[1] != '/') || home == NULL) {
        return word;
    }
    expansion_append(expansion, home, KIND_QUOTED);
    return word + 1;
}

void expand_into(struct expansion *expansion, const char *word)
{
    word = take_home(expansion, word);
    while (*word != '\0' && shell.unwind == UNWIND_NONE) {
        switch (*word) {
        case '\\':
            word = take_escape(expansion, word, false);
            break;
        case '\'':
            word = take_single(expansion, word);
            break;
        case '"':
            word = take_double(expansion, word);
            break;
        case '$':
        case '`':
            word = dollar_expand(expansion, word, false);
            break;
        default:
            expansion_add(expansion, *word++, KIND_PLAIN);
        }
    }
}

void expand_into_quoted(struct expansion *expansion, const char *text)
{
    while (*text != '\0' && shell.unwind == UNWIND_NONE) {
        if (*text == '\\' && text[1] != '"') {
            text = take_escape(expansion, text, true);
        } else if (*text == '$' || *text == '`') {
            text = dollar_expand(expansion, text, true);
        } else {
            expansion_add(expansion, *text++, KIND_QUOTED);
        }
    }
}

char *expand_text(const char *word)
{
    struct expansion expansion = {0};
    expand_into(&expansion, word);
    return expansion_text(&expansion, expansion_whole(&expansion));
}

char *expand_pattern(const char *word)
{
    struct expansion expansion = {0};
    expand_into(&expansion, word);
    return expansion_pattern(&expansion, expansion_whole(&expansion), NULL);
}

char *expand_document(const char *text)
{
    struct expansion expansion = {0};
    expand_into_quoted(&expansion, text);
    return expansion_text(&expansion, expansion_whole(&expansion));
}

char *expand_unquote(const char *word)
{
    struct expansion expansion = {0};
    while (*word != '\0') {
        if (*word == '\\') {
            word = take_escape(&expansion, word, false);
        } else if (*word == '\'') {
            word = take_single(&expansion, word);
        } else if (*word == '"') {
            word++;
        } else {
            expansion_add(&expansion, *word++, KIND_QUOTED);
        }
    }
    return expansion_text(&expansion, expansion_whole(&expansion));
}

// The arguments so far.
struct arguments {
    char **values;
    int count;
    int room;
};

static void add_argument(struct arguments *arguments, char *value)
{
    if (arguments->count + 1 >= arguments->room) {
        int room = 2 * arguments->room + 8;
        char **larger = arena_alloc((size_t)room * sizeof(char *));
        if (arguments->count > 0) {
            memcpy(larger, arguments->values, (size_t)arguments->count * sizeof(char *));
        }
        arguments->values = larger;
        arguments->room = room;
    }
    arguments->values[arguments->count++] = value;
}

static void add_field(struct arguments *arguments, const struct expansion *expansion,
                      struct field field)
{
    bool magic = false;
    const char *pattern = expansion_pattern(expansion, field, &magic);
    char **names = magic && !shell.no_glob ? glob_match(pattern) : NULL;
    if (names == NULL) {
        add_argument(arguments, expansion_text(expansion, field));
        return;
    }
    for (; *names != NULL; names++) {
        add_argument(arguments, *names);
    }
}

char **expand_words(const struct word *words, int *count)
{
    struct arguments arguments = {.values = arena_alloc(sizeof(char *))};
    for (; words != NULL && shell.unwind == UNWIND_NONE; words = words->next) {
        struct expansion expansion = {0};
        struct field field;
        size_t at = 0;
        expand_into(&expansion, words->text);
        while (expansion_next_field(&expansion, &at, &field)) {
            add_field(&arguments, &expansion, field);
        }
    }
    *count = arguments.count;
    return arguments.values;
}
