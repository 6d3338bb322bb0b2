// SPDX-License-Identifier: MIT
// user/sh/vars.h - variables and positional parameters.
#pragma once

#include <stdbool.h>
#include <stddef.h>

// The length of the name that the text begins with; 0 if it begins with none.
size_t vars_name_length(const char *text);

// Take over the environment that the shell was started with.
void vars_init(void);

// Returns: NULL if it is not set.
const char *vars_get(const char *name);

// Returns: false, with a message, if it is read-only.
bool vars_set(const char *name, const char *value);
bool vars_unset(const char *name);

// Have programs see it, now or when it is set.
void vars_export(const char *name);
void vars_set_read_only(const char *name);

// Print all that are set, as commands that set them; only those that are exported.
void vars_print(bool exported);

// The environment of a program, in the arena.
char **vars_environment(void);

// $1 and so on; the texts belong to whoever sets them.
struct parameters {
    const char *zero;
    char **values;
    int count;
};
extern struct parameters vars_parameters;
