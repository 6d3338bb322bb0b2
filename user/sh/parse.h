// SPDX-License-Identifier: MIT
// user/sh/parse.h - from words and operators to commands.
#pragma once

#include "user/sh/ast.h"
#include "user/sh/input.h"

enum parse_result { PARSE_COMMAND, PARSE_EMPTY, PARSE_END, PARSE_ERROR };

// Parse one line's commands, and as many more lines as they need. They live in the arena, and are
// put in `node`. Of a mistake a message is printed, and the rest of its line is dropped.
enum parse_result parse_commands(struct input *input, struct node **node);
