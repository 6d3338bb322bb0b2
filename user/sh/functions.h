// SPDX-License-Identifier: MIT
// user/sh/functions.h - the shell's functions.
#pragma once

#include "user/sh/ast.h"

void functions_define(const char *name, const struct node *body);
void functions_remove(const char *name);

// Returns: its body, NULL if there is none.
const struct node *functions_find(const char *name);

// Execute a body with positional parameters from argv[1] on. Returns: its status.
int functions_call(const struct node *body, int argc, char **argv);
