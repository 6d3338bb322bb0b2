// SPDX-License-Identifier: MIT
// user/sh/edit.h - a line from a terminal, with keys to edit it and to call back earlier ones.
#pragma once

// Prompt at standard error and read a line from standard input, with its newline, from malloc().
// Where that is no terminal there are no keys. Returns: NULL at the end of the input, which Ctrl-D
// on an empty line is, too; an empty text after Ctrl-C.
char *edit_line(const char *prompt);
