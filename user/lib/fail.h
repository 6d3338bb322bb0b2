// SPDX-License-Identifier: MIT
// user/lib/fail.h - how a program says what went wrong.
//
// A message goes to standard error, after the program's name. Exit status 1: it failed; 2: it was
// asked for something that it does not know.
#pragma once

// Whose messages these are, and how it is called; user/hb/main.c sets both.
extern const char *program_name;
extern const char *program_usage;

#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))

// Print `NAME: text`, and what errno means. Returns: 1.
int failed(const char *format, ...) PRINTF_LIKE(1, 2);

// Print `NAME: text`. Returns: 1.
int complain(const char *format, ...) PRINTF_LIKE(1, 2);

// Print `NAME: text` and the usage. Returns: 2.
int misuse(const char *format, ...) PRINTF_LIKE(1, 2);

// Print `NAME: text` and what errno means, and exit with status 1.
_Noreturn void die(const char *format, ...) PRINTF_LIKE(1, 2);
