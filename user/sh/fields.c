// SPDX-License-Identifier: MIT
// user/sh/fields.c - an expansion under way: characters, and what may still be done to each.
#include "user/sh/fields.h"

#include <string.h>

#include "user/sh/vars.h"

void expansion_add(struct expansion *expansion, char character, char kind)
{
    text_add(&expansion->characters, character);
    text_add(&expansion->kinds, kind);
}

void expansion_append(struct expansion *expansion, const char *text, char kind)
{
    for (; *text != '\0'; text++) {
        expansion_add(expansion, *text, kind);
    }
}

struct field expansion_whole(const struct expansion *expansion)
{
    return (struct field){0, expansion->characters.length};
}

// What IFS has this character for.
enum separator { SEPARATOR_NONE, SEPARATOR_BLANK, SEPARATOR_OTHER };

static enum separator separator_at(const struct expansion *expansion, size_t at)
{
    const char *separators = vars_get("IFS");
    char character = expansion->characters.data[at];
    if (expansion->kinds.data[at] != KIND_SPLIT ||
        strchr(separators != NULL ? separators : " \t\n", character) == NULL) {
        return SEPARATOR_NONE;
    }
    return strchr(" \t\n", character) != NULL ? SEPARATOR_BLANK : SEPARATOR_OTHER;
}

static size_t skip_blanks(const struct expansion *expansion, size_t at)
{
    while (at < expansion->characters.length && separator_at(expansion, at) == SEPARATOR_BLANK) {
        at++;
    }
    return at;
}

bool expansion_next_field(const struct expansion *expansion, size_t *at, struct field *field)
{
    size_t length = expansion->characters.length;
    size_t end = skip_blanks(expansion, *at);
    if (end == length) {
        return false;
    }
    field->start = end;
    while (end < length && expansion->kinds.data[end] != KIND_BREAK &&
           separator_at(expansion, end) == SEPARATOR_NONE) {
        end++;
    }
    field->end = end;
    // A separator is blanks, with at most one other character among them.
    bool broken = end < length && expansion->kinds.data[end] == KIND_BREAK;
    end = broken ? end + 1 : skip_blanks(expansion, end);
    if (!broken && end < length && separator_at(expansion, end) == SEPARATOR_OTHER) {
        end = skip_blanks(expansion, end + 1);
    }
    *at = end;
    return true;
}

static bool is_character(char kind)
{
    return kind != KIND_EMPTY && kind != KIND_BREAK;
}

char *expansion_text(const struct expansion *expansion, struct field field)
{
    struct text text = {0};
    text_append(&text, "", 0);
    for (size_t i = field.start; i < field.end; i++) {
        char kind = expansion->kinds.data[i];
        if (is_character(kind)) {
            text_add(&text, expansion->characters.data[i]);
        } else if (kind == KIND_BREAK) {
            text_add(&text, ' ');
        }
    }
    return text.data;
}

char *expansion_pattern(const struct expansion *expansion, struct field field, bool *magic)
{
    struct text text = {0};
    text_append(&text, "", 0);
    for (size_t i = field.start; i < field.end; i++) {
        char character = expansion->characters.data[i];
        char kind = expansion->kinds.data[i];
        if (!is_character(kind)) {
            continue;
        }
        bool special = strchr("*?[]\\!-", character) != NULL;
        if (special && kind == KIND_QUOTED) {
            text_add(&text, '\\');
        } else if (magic != NULL && strchr("*?[", character) != NULL) {
            *magic = true;
        }
        text_add(&text, character);
    }
    return text.data;
}
