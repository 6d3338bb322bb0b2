// SPDX-License-Identifier: MIT
// user/sh/expand.h - what words stand for: quotes, variables, commands, arithmetic, patterns.
//
// Results live in the arena. A mistake in an expansion ends the command: shell.unwind is set.
#pragma once

#include "user/sh/ast.h"

// The arguments that words stand for, after splitting and matching of file names, with NULL after
// the last.
char **expand_words(const struct word *words, int *count);

// One text, neither split nor matched: what is assigned, redirected to, or the subject of a case.
char *expand_text(const char *word);

// A pattern for fnmatch(3), in which what was quoted stands for itself.
char *expand_pattern(const char *word);

// The text of a here-document: only $, ` and \ mean something.
char *expand_document(const char *text);

// The word without its quotes; nothing else is expanded.
char *expand_unquote(const char *word);
