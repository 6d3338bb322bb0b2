// SPDX-License-Identifier: MIT
// user/sh/history.h - the lines that were typed before.
#pragma once

// Remember a line, unless it is empty or the same as the last.
void history_add(const char *line);

// The `back`-th line before the current one, from 1. Returns: NULL if there is none.
const char *history_line(unsigned back);

// Print all of them.
void history_print(void);
