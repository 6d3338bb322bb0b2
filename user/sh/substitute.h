// SPDX-License-Identifier: MIT
// user/sh/substitute.h - the output of a command as text.
#pragma once

// Execute a text in a subshell. Returns: its output without the newlines at its end, in the arena.
char *substitute_output(const char *command);

// The status of the last one.
extern int substitute_status;
