// SPDX-License-Identifier: MIT
// user/sh/text.c - a text that grows.
#include "user/sh/text.h"

#include <string.h>

#include "user/sh/arena.h"

void text_append(struct text *text, const char *data, size_t length)
{
    if (text->length + length + 1 > text->room) {
        size_t room = 2 * (text->length + length) + 32;
        char *larger = arena_alloc(room);
        if (text->length > 0) {
            memcpy(larger, text->data, text->length);
        }
        text->data = larger;
        text->room = room;
    }
    if (length > 0) {
        memcpy(text->data + text->length, data, length);
    }
    text->length += length;
    text->data[text->length] = '\0';
}

void text_add(struct text *text, char character)
{
    text_append(text, &character, 1);
}

const char *text_string(const struct text *text)
{
    return text->data != NULL ? text->data : "";
}
