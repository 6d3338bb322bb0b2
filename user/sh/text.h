// SPDX-License-Identifier: MIT
// user/sh/text.h - a text that grows.
#pragma once

#include <stddef.h>

// In the arena. All zero is an empty one, whose `data` is NULL until something is added.
struct text {
    char *data; // with a zero byte after it
    size_t length;
    size_t room;
};

void text_add(struct text *text, char character);
void text_append(struct text *text, const char *data, size_t length);

// Its characters, never NULL.
const char *text_string(const struct text *text);
