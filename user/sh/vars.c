// SPDX-License-Identifier: MIT
// user/sh/vars.c - variables and positional parameters.
#include "user/sh/vars.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/lib/fail.h"
#include "user/sh/arena.h"

struct variable {
    char *name;
    char *value; // NULL: not set, but exported when it will be
    bool exported;
    bool read_only;
    struct variable *next;
};

struct parameters vars_parameters;
static struct variable *variables;

size_t vars_name_length(const char *text)
{
    size_t length = 0;
    if (isdigit((unsigned char)*text)) {
        return 0;
    }
    while (isalnum((unsigned char)text[length]) || text[length] == '_') {
        length++;
    }
    return length;
}

static char *copy(const char *text)
{
    char *duplicate = strdup(text);
    if (duplicate == NULL) {
        die("memory");
    }
    return duplicate;
}

// Returns: NULL if there is none, and it is not to be made.
static struct variable *find(const char *name, bool make)
{
    struct variable **place = &variables;
    for (; *place != NULL; place = &(*place)->next) {
        if (strcmp((*place)->name, name) == 0) {
            return *place;
        }
    }
    if (!make) {
        return NULL;
    }
    *place = calloc(1, sizeof(**place));
    if (*place == NULL) {
        die("memory");
    }
    (*place)->name = copy(name);
    return *place;
}

void vars_init(void)
{
    for (char **text = environ; text != NULL && *text != NULL; text++) {
        size_t length = vars_name_length(*text);
        if (length > 0 && (*text)[length] == '=') {
            char *name = copy(*text);
            name[length] = '\0';
            vars_set(name, *text + length + 1);
            vars_export(name);
            free(name);
        }
    }
}

const char *vars_get(const char *name)
{
    const struct variable *variable = find(name, false);
    return variable != NULL ? variable->value : NULL;
}

bool vars_set(const char *name, const char *value)
{
    struct variable *variable = find(name, true);
    if (variable->read_only) {
        complain("%s is read-only", name);
        return false;
    }
    char *duplicate = copy(value);
    free(variable->value);
    variable->value = duplicate;
    return true;
}

bool vars_unset(const char *name)
{
    struct variable *variable = find(name, false);
    if (variable == NULL) {
        return true;
    }
    if (variable->read_only) {
        complain("%s is read-only", name);
        return false;
    }
    free(variable->value);
    variable->value = NULL;
    variable->exported = false;
    return true;
}

void vars_export(const char *name)
{
    find(name, true)->exported = true;
}

void vars_set_read_only(const char *name)
{
    find(name, true)->read_only = true;
}

static void print_quoted(const char *text)
{
    putchar('\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            fputs("'\\''", stdout);
        } else {
            putchar(*text);
        }
    }
    puts("'");
}

void vars_print(bool exported)
{
    for (const struct variable *variable = variables; variable != NULL; variable = variable->next) {
        if (variable->value != NULL && (variable->exported || !exported)) {
            printf("%s%s=", exported ? "export " : "", variable->name);
            print_quoted(variable->value);
        }
    }
}

char **vars_environment(void)
{
    size_t count = 0;
    for (const struct variable *variable = variables; variable != NULL; variable = variable->next) {
        count++;
    }
    char **environment = arena_alloc((count + 1) * sizeof(char *));
    char **place = environment;
    for (const struct variable *variable = variables; variable != NULL; variable = variable->next) {
        if (variable->exported && variable->value != NULL) {
            size_t size = strlen(variable->name) + strlen(variable->value) + 2;
            *place = arena_alloc(size);
            snprintf(*place++, size, "%s=%s", variable->name, variable->value);
        }
    }
    return environment;
}
