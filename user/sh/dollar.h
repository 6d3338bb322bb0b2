// SPDX-License-Identifier: MIT
// user/sh/dollar.h - what begins with a dollar sign or a backquote.
#pragma once

#include <stdbool.h>

#include "user/sh/fields.h"

// Expand what `word` begins with; `in_quotes`: double ones. Returns: what follows it.
const char *dollar_expand(struct expansion *expansion, const char *word, bool in_quotes);

// Expand a word, or a text as if it stood in double quotes, into an expansion: user/sh/expand.c.
void expand_into(struct expansion *expansion, const char *word);
void expand_into_quoted(struct expansion *expansion, const char *text);
