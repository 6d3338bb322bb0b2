// SPDX-License-Identifier: MIT
// user/sh/simple.c - simple commands: assignments, built-ins, functions, programs.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/lib/fail.h"
#include "user/lib/path.h"
#include "user/sh/arena.h"
#include "user/sh/builtins.h"
#include "user/sh/execute.h"
#include "user/sh/expand.h"
#include "user/sh/functions.h"
#include "user/sh/jobs.h"
#include "user/sh/kernel.h"
#include "user/sh/program.h"
#include "user/sh/redirect.h"
#include "user/sh/shell.h"
#include "user/sh/substitute.h"
#include "user/sh/vars.h"

// ---- Assignments -------------------------------------------------------------------------------

// What a variable was before an assignment that holds for one command.
struct variable_saved {
    const char *name;
    const char *value; // NULL: not set
    struct variable_saved *next;
};

static void save(const char *name, struct variable_saved **saved)
{
    const char *value = vars_get(name);
    struct variable_saved *before = arena_alloc(sizeof(*before));
    *before = (struct variable_saved){name, value != NULL ? arena_copy(value, strlen(value)) : NULL,
                                      *saved};
    *saved = before;
}

// Make NAME=WORD assignments. `saved`: where to keep what was before, or NULL; then they stay.
static bool assign(const struct word *assignments, struct variable_saved **saved)
{
    for (; assignments != NULL; assignments = assignments->next) {
        size_t length = vars_name_length(assignments->text);
        const char *name = arena_copy(assignments->text, length);
        const char *value = expand_text(assignments->text + length + 1);
        if (saved != NULL) {
            save(name, saved);
        }
        if (shell.unwind != UNWIND_NONE || !vars_set(name, value)) {
            return false;
        }
    }
    return true;
}

static void restore(const struct variable_saved *saved)
{
    for (; saved != NULL; saved = saved->next) {
        if (saved->value != NULL) {
            vars_set(saved->name, saved->value);
        } else {
            vars_unset(saved->name);
        }
    }
}

static bool assign_and_export(const struct word *assignments)
{
    if (!assign(assignments, NULL)) {
        return false;
    }
    for (; assignments != NULL; assignments = assignments->next) {
        vars_export(arena_copy(assignments->text, vars_name_length(assignments->text)));
    }
    return true;
}

// ---- Kinds of commands -------------------------------------------------------------------------

static int run_assignments(const struct node *node)
{
    struct redirect_saved *files = NULL;
    bool made = redirect_make(node->redirects, &files);
    redirect_restore(files);
    return made && assign(node->assignments, NULL) ? substitute_status : 1;
}

// In this process: a built-in, or a function.
static int run_here(const struct node *node, const struct builtin *builtin, int argc, char **argv)
{
    struct redirect_saved *files = NULL;
    struct variable_saved *variables = NULL;
    int status = 1;
    bool stays = builtin != NULL && builtin->run == exec_builtin;
    bool keeps = builtin != NULL && builtin->special;
    if (redirect_make(node->redirects, stays ? NULL : &files) &&
        assign(node->assignments, keeps ? NULL : &variables)) {
        status = builtin != NULL ? builtin_run(builtin, argc, argv)
                                 : functions_call(functions_find(argv[0]), argc, argv);
    }
    restore(variables);
    redirect_restore(files);
    return status;
}

// Execute a program in this process, which is there for nothing else.
static _Noreturn void become(const struct node *node, const char *path, char **argv)
{
    if (!redirect_make(node->redirects, NULL) || !assign_and_export(node->assignments)) {
        jobs_exit(1);
    }
    jobs_exit(program_execute(path, argv));
}

static int run_program(const struct node *node, const char *path, char **argv, bool last)
{
    pid_t child = last && !shell.is_interactive ? 0 : jobs_fork();
    if (child == 0) {
        become(node, path, argv);
    }
    return child > 0 ? jobs_wait_for(child) : 1;
}

static int run_kernel(const struct node *node, int argc, char **argv)
{
    struct redirect_saved *files = NULL;
    int status = redirect_make(node->redirects, &files) ? kernel_run(argc, argv) : 1;
    redirect_restore(files);
    return status;
}

static int run(const struct node *node, int argc, char **argv, bool last)
{
    const struct builtin *builtin = builtin_find(argv[0]);
    bool is_function = functions_find(argv[0]) != NULL && (builtin == NULL || !builtin->special);
    if (is_function || builtin != NULL) {
        return run_here(node, is_function ? NULL : builtin, argc, argv);
    }
    const char *path = program_find(argv[0]);
    if (path != NULL) {
        return run_program(node, path, argv, last);
    }
    if (strchr(argv[0], '/') == NULL && kernel_is_there()) {
        return run_kernel(node, argc, argv);
    }
    // So that the message goes where the command's would.
    struct redirect_saved *files = NULL;
    if (redirect_make(node->redirects, &files)) {
        complain("%s: not found", argv[0]);
    }
    redirect_restore(files);
    return 127;
}

static void trace(char **argv)
{
    fputc('+', stderr);
    for (; *argv != NULL; argv++) {
        fprintf(stderr, " %s", *argv);
    }
    fputc('\n', stderr);
}

int execute_simple(const struct node *node, bool last)
{
    int argc;
    substitute_status = 0;
    char **argv = expand_words(node->words, &argc);
    if (shell.unwind != UNWIND_NONE) {
        return shell.unwind_status;
    }
    if (argc == 0) {
        return run_assignments(node);
    }
    if (shell.trace) {
        trace(argv);
    }
    return run(node, argc, argv, last);
}
