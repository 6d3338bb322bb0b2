// SPDX-License-Identifier: MIT
// user/sh/execute.h - execute what the parser has made.
#pragma once

#include <stdbool.h>

#include "user/sh/ast.h"

// Execute a command; NULL is none. `last`: this process has nothing to do after it, so a program
// may take its place. Returns: its status, which is $? then, too.
int execute(const struct node *node, bool last);

// Execute a simple command: user/sh/simple.c.
int execute_simple(const struct node *node, bool last);
