// SPDX-License-Identifier: MIT
// user/sh/functions.c - the shell's functions.
#include "user/sh/functions.h"

#include <stdlib.h>
#include <string.h>

#include "user/lib/fail.h"
#include "user/sh/arena.h"
#include "user/sh/execute.h"
#include "user/sh/shell.h"
#include "user/sh/vars.h"

enum { DEPTH = 1000 };

struct function {
    char *name;
    const struct node *body; // NULL: removed
    struct function *next;
};

static struct function *functions;

static struct function *find(const char *name)
{
    struct function *function = functions;
    while (function != NULL && strcmp(function->name, name) != 0) {
        function = function->next;
    }
    return function;
}

void functions_define(const char *name, const struct node *body)
{
    struct function *function = find(name);
    if (function == NULL) {
        function = calloc(1, sizeof(*function));
        if (function == NULL || (function->name = strdup(name)) == NULL) {
            die("memory");
        }
        function->next = functions;
        functions = function;
    }
    function->body = body;
    arena_pin();
}

void functions_remove(const char *name)
{
    struct function *function = find(name);
    if (function != NULL) {
        function->body = NULL;
    }
}

const struct node *functions_find(const char *name)
{
    const struct function *function = find(name);
    return function != NULL ? function->body : NULL;
}

int functions_call(const struct node *body, int argc, char **argv)
{
    struct parameters before = vars_parameters;
    int loops = shell.loops;
    if (shell.functions == DEPTH) {
        complain("%s: more than %d functions in one another", argv[0], DEPTH);
        shell_leave(UNWIND_ABORT, 2);
        return 2;
    }
    vars_parameters = (struct parameters){before.zero, argv + 1, argc - 1};
    shell.loops = 0;
    shell.functions++;
    int status = execute(body, false);
    if (shell.unwind == UNWIND_RETURN) {
        shell.unwind = UNWIND_NONE;
    }
    shell.functions--;
    shell.loops = loops;
    vars_parameters = before;
    return status;
}
