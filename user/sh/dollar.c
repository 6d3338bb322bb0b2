// SPDX-License-Identifier: MIT
// user/sh/dollar.c - what begins with a dollar sign or a backquote.
#include "user/sh/dollar.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/lib/fail.h"
#include "user/sh/arena.h"
#include "user/sh/arith.h"
#include "user/sh/expand.h"
#include "user/sh/input.h"
#include "user/sh/lex.h"
#include "user/sh/shell.h"
#include "user/sh/substitute.h"
#include "user/sh/vars.h"

static void add_value(struct expansion *expansion, const char *value, bool in_quotes)
{
    expansion_append(expansion, value, in_quotes ? KIND_QUOTED : KIND_SPLIT);
}

// ---- Parameters by name ------------------------------------------------------------------------

static char *number_text(long number)
{
    char text[24];
    int length = snprintf(text, sizeof(text), "%ld", number);
    return arena_copy(text, (size_t)length);
}

static char *option_letters(void)
{
    struct text text = {0};
    text_append(&text, "", 0);
    const struct {
        bool is_set;
        char letter;
    } options[] = {{shell.exit_on_error, 'e'},
                   {shell.no_glob, 'f'},
                   {shell.is_interactive, 'i'},
                   {shell.no_unset, 'u'},
                   {shell.trace, 'x'}};
    for (unsigned i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        if (options[i].is_set) {
            text_add(&text, options[i].letter);
        }
    }
    return text.data;
}

static const char *positional(long number)
{
    if (number == 0) {
        return vars_parameters.zero;
    }
    return number <= vars_parameters.count ? vars_parameters.values[number - 1] : NULL;
}

// All positional parameters as one text, with the first character of IFS between them.
static char *joined(void)
{
    struct text text = {0};
    const char *separators = vars_get("IFS");
    const char *between = separators != NULL ? separators : " ";
    text_append(&text, "", 0);
    for (int i = 0; i < vars_parameters.count; i++) {
        text_append(&text, between, i > 0 && *between != '\0' ? 1 : 0);
        text_append(&text, vars_parameters.values[i], strlen(vars_parameters.values[i]));
    }
    return text.data;
}

// The value of a parameter. Returns: NULL if it is not set.
static const char *value_of(const char *name)
{
    if (isdigit((unsigned char)*name)) {
        return positional(strtol(name, NULL, 10));
    }
    switch (*name) {
    case '?':
        return number_text(shell.status);
    case '$':
        return number_text(shell.pid);
    case '!':
        return shell.last_background != 0 ? number_text(shell.last_background) : NULL;
    case '#':
        return number_text(vars_parameters.count);
    case '-':
        return option_letters();
    case '@':
    case '*':
        return vars_parameters.count > 0 ? joined() : NULL;
    default:
        return vars_get(name);
    }
}

// The length of the parameter's name that the text begins with, 0 if it begins with none.
static size_t name_length(const char *text, bool in_braces)
{
    if (isdigit((unsigned char)*text)) {
        return in_braces ? strspn(text, "0123456789") : 1;
    }
    if (*text != '\0' && strchr("?$!#-@*", *text) != NULL) {
        return 1;
    }
    return vars_name_length(text);
}

// "$@" and $@, and $*: a field for each parameter.
static void add_all(struct expansion *expansion, bool in_quotes)
{
    for (int i = 0; i < vars_parameters.count; i++) {
        if (i > 0) {
            expansion_add(expansion, 0, KIND_BREAK);
        }
        if (in_quotes) {
            expansion_add(expansion, 0, KIND_EMPTY);
        }
        add_value(expansion, vars_parameters.values[i], in_quotes);
    }
}

static void add_parameter(struct expansion *expansion, const char *name, bool in_quotes)
{
    if (*name == '@' || (*name == '*' && !in_quotes)) {
        add_all(expansion, in_quotes);
        return;
    }
    const char *value = value_of(name);
    if (value == NULL && shell.no_unset && *name != '*') {
        complain("%s is not set", name);
        shell_leave(UNWIND_ABORT, 2);
    }
    add_value(expansion, value != NULL ? value : "", in_quotes);
}

// ---- ${...} ------------------------------------------------------------------------------------

// ${name%pattern} and the like, by what stands between.
static char *trimmed(const char *value, const char *pattern, bool from_end, bool longest)
{
    size_t length = strlen(value);
    for (size_t i = 0; i <= length; i++) {
        size_t size = longest ? length - i : i;
        const char *part = arena_copy(from_end ? value + length - size : value, size);
        if (fnmatch(pattern, part, 0) == 0) {
            return from_end ? arena_copy(value, length - size)
                            : arena_copy(value + size, length - size);
        }
    }
    return arena_copy(value, length);
}

static void add_trimmed(struct expansion *expansion, const char *name, const char *mark,
                        bool in_quotes)
{
    bool longest = mark[1] == *mark;
    const char *value = value_of(name);
    const char *pattern = expand_pattern(mark + (longest ? 2 : 1));
    add_value(expansion, trimmed(value != NULL ? value : "", pattern, *mark == '%', longest),
              in_quotes);
}

static void add_word(struct expansion *expansion, const char *word, bool in_quotes)
{
    if (in_quotes) {
        expand_into_quoted(expansion, word);
        return;
    }
    // What comes from here is split as what comes from a variable.
    struct expansion inner = {0};
    expand_into(&inner, word);
    for (size_t i = 0; i < inner.characters.length; i++) {
        char kind = inner.kinds.data[i];
        expansion_add(expansion, inner.characters.data[i], kind == KIND_PLAIN ? KIND_SPLIT : kind);
    }
}

// ${name-word} and the like. `mark` is - = ? or +; with a colon before it, empty is like not set.
static void add_default(struct expansion *expansion, const char *name, const char *mark,
                        bool in_quotes)
{
    bool colon = *mark == ':';
    const char *value = value_of(name);
    bool is_set = value != NULL && (!colon || *value != '\0');
    mark += colon;
    if (*mark == '+') {
        if (is_set) {
            add_word(expansion, mark + 1, in_quotes);
        }
    } else if (is_set) {
        add_parameter(expansion, name, in_quotes);
    } else if (*mark == '-') {
        add_word(expansion, mark + 1, in_quotes);
    } else if (*mark == '=') {
        vars_set(name, expand_text(mark + 1));
        add_value(expansion, vars_get(name), in_quotes);
    } else {
        const char *message = expand_text(mark + 1);
        complain("%s: %s", name, *message != '\0' ? message : "not set");
        shell_leave(UNWIND_ABORT, 2);
    }
}

static void bad_substitution(const char *inside)
{
    complain("${%s}: no such expansion", inside);
    shell_leave(UNWIND_ABORT, 2);
}

static void add_length(struct expansion *expansion, const char *name, bool in_quotes)
{
    const char *value = value_of(name);
    long length = *name == '@' || *name == '*' ? vars_parameters.count
                                               : (long)strlen(value != NULL ? value : "");
    add_value(expansion, number_text(length), in_quotes);
}

// `inside` is what stands between the braces.
static void add_braces(struct expansion *expansion, const char *inside, bool in_quotes)
{
    if (*inside == '#' && inside[1] != '\0' &&
        name_length(inside + 1, true) == strlen(inside + 1)) {
        add_length(expansion, inside + 1, in_quotes);
        return;
    }
    size_t length = name_length(inside, true);
    const char *name = arena_copy(inside, length);
    const char *mark = inside + length;
    if (length == 0) {
        bad_substitution(inside);
    } else if (*mark == '\0') {
        add_parameter(expansion, name, in_quotes);
    } else if (*mark == '%' || *mark == '#') {
        add_trimmed(expansion, name, mark, in_quotes);
    } else if (strchr("-=?+", mark[*mark == ':']) != NULL && mark[*mark == ':'] != '\0') {
        add_default(expansion, name, mark, in_quotes);
    } else {
        bad_substitution(inside);
    }
}

// ---- Commands and arithmetic -------------------------------------------------------------------

// The output of a command, without the newlines at its end.
static void add_output(struct expansion *expansion, const char *command, bool in_quotes)
{
    add_value(expansion, substitute_output(command), in_quotes);
}

static void add_arithmetic(struct expansion *expansion, const char *inside, bool in_quotes)
{
    struct expansion text = {0};
    expand_into_quoted(&text, inside);
    long value = arith_evaluate(expansion_text(&text, expansion_whole(&text)));
    add_value(expansion, number_text(value), in_quotes);
}

// Between backquotes, a backslash before $ ` and \ is taken away once more.
static char *without_backslashes(const char *text, size_t length, bool in_quotes)
{
    struct text command = {0};
    text_append(&command, "", 0);
    for (size_t i = 0; i < length; i++) {
        bool escape = text[i] == '\\' && i + 1 < length &&
                      strchr(in_quotes ? "$`\\\"" : "$`\\", text[i + 1]) != NULL;
        i += escape;
        text_add(&command, text[i]);
    }
    return command.data;
}

// The length of the construct that the text begins with, its ends included. Returns: 0 if it does
// not end.
static size_t nested_length(const char *text, bool in_quotes)
{
    struct input input;
    struct text copy = {0};
    input_open_text(&input, text);
    bool ends = lex_copy_nested(&input, &copy, in_quotes);
    input_close(&input);
    return ends ? copy.length : 0;
}

// Expand what begins with `(`, `{` or a backquote. Returns: what follows it.
static const char *expand_nested(struct expansion *expansion, const char *start, bool in_quotes)
{
    size_t length = nested_length(start, in_quotes);
    if (length == 0) {
        bad_substitution(start);
        return start + strlen(start);
    }
    const char *inside = arena_copy(start + 1, length - 2);
    if (*start == '(' && start[1] == '(' && start[length - 2] == ')') {
        add_arithmetic(expansion, arena_copy(start + 2, length - 4), in_quotes);
    } else if (*start == '(') {
        add_output(expansion, inside, in_quotes);
    } else if (*start == '{') {
        add_braces(expansion, inside, in_quotes);
    } else {
        add_output(expansion, without_backslashes(inside, length - 2, in_quotes), in_quotes);
    }
    return start + length;
}

const char *dollar_expand(struct expansion *expansion, const char *word, bool in_quotes)
{
    const char *start = word + (*word == '$');
    if (*start == '`' || *start == '(' || *start == '{') {
        return expand_nested(expansion, start, in_quotes);
    }
    size_t length = name_length(start, false);
    if (length == 0) {
        expansion_add(expansion, '$', in_quotes ? KIND_QUOTED : KIND_PLAIN);
        return start;
    }
    add_parameter(expansion, arena_copy(start, length), in_quotes);
    return start + length;
}
