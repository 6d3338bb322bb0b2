// SPDX-License-Identifier: MIT
// user/sh/fields.h - an expansion under way: characters, and what may still be done to each.
#pragma once

#include <stdbool.h>

#include "user/sh/text.h"

// What a character is.
enum {
    KIND_PLAIN = 'p',  // as written, unquoted: * matches
    KIND_QUOTED = 'q', // means itself
    KIND_SPLIT = 's',  // came from an unquoted expansion: * matches, blanks split
    KIND_EMPTY = 'e',  // no character: quotes were here, so there is a field, if an empty one
    KIND_BREAK = 'b',  // no character: a field ends here, as between those of "$@"
};

struct expansion {
    struct text characters;
    struct text kinds; // of each
};

void expansion_add(struct expansion *expansion, char character, char kind);
void expansion_append(struct expansion *expansion, const char *text, char kind);

// From the index `start` up to that of `end`, which does not belong to it.
struct field {
    size_t start;
    size_t end;
};

// Find the next field from `at` on. Returns: whether there is one; `at` is then after it.
bool expansion_next_field(const struct expansion *expansion, size_t *at, struct field *field);

// The characters of a field.
char *expansion_text(const struct expansion *expansion, struct field field);

// The field as a pattern for fnmatch(3). `magic`, if not NULL: whether anything in it matches more
// than itself.
char *expansion_pattern(const struct expansion *expansion, struct field field, bool *magic);

// All of it, as one field.
struct field expansion_whole(const struct expansion *expansion);
