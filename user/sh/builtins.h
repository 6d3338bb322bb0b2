// SPDX-License-Identifier: MIT
// user/sh/builtins.h - commands that the shell executes itself.
#pragma once

#include <stdbool.h>

struct builtin {
    const char *name;
    int (*run)(int argc, char **argv); // NULL: a program of user/hb
    const char *usage;
    bool special; // comes before functions; assignments before it stay
};

// Returns: NULL if there is none.
const struct builtin *builtin_find(const char *name);

// The names of all, by numbers from 0. Returns: NULL after the last.
const char *builtin_name(unsigned number);

// Execute it, with messages in its name. Returns: its status.
int builtin_run(const struct builtin *builtin, int argc, char **argv);

// Where the shell keeps an option of `set`. Returns: NULL if there is no such option.
bool *builtin_shell_option(char letter);

int exec_builtin(int argc, char **argv);
int export_builtin(int argc, char **argv);
int read_builtin(int argc, char **argv);
int readonly_builtin(int argc, char **argv);
int set_builtin(int argc, char **argv);
int shift_builtin(int argc, char **argv);
int unset_builtin(int argc, char **argv);
