// SPDX-License-Identifier: MIT
// user/sh/execute.c - execute what the parser has made.
#include "user/sh/execute.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "user/lib/fail.h"
#include "user/sh/arena.h"
#include "user/sh/expand.h"
#include "user/sh/functions.h"
#include "user/sh/jobs.h"
#include "user/sh/redirect.h"
#include "user/sh/shell.h"
#include "user/sh/vars.h"

// Execute where a failure is an answer, and no reason for set -e to leave.
static int execute_tested(const struct node *node)
{
    shell.untested++;
    int status = execute(node, false);
    shell.untested--;
    return status;
}

// ---- Lists -------------------------------------------------------------------------------------

static int execute_and(const struct node *node, bool last)
{
    int status = execute_tested(node->left);
    return status == 0 && shell.unwind == UNWIND_NONE ? execute(node->right, last) : status;
}

static int execute_or(const struct node *node, bool last)
{
    int status = execute_tested(node->left);
    return status != 0 && shell.unwind == UNWIND_NONE ? execute(node->right, last) : status;
}

static int execute_sequence(const struct node *node, bool last)
{
    int status = execute(node->left, false);
    return shell.unwind == UNWIND_NONE ? execute(node->right, last) : status;
}

static int execute_not(const struct node *node, bool last)
{
    (void)last;
    return execute_tested(node->left) == 0;
}

// ---- Processes ---------------------------------------------------------------------------------

static int execute_subshell(const struct node *node, bool last)
{
    if (last && !shell.is_interactive) {
        return execute(node->left, true); // this process will do
    }
    pid_t child = jobs_fork();
    if (child == 0) {
        jobs_exit(execute(node->left, true));
    }
    return child > 0 ? jobs_wait_for(child) : 1;
}

static _Noreturn void be_background(const struct node *node, bool modest)
{
    if (modest) {
        jobs_be_modest();
    }
    int null = open("/dev/null", O_RDONLY);
    signal(SIGINT, SIG_IGN);
    signal(SIGQUIT, SIG_IGN);
    if (null > 0) {
        dup2(null, STDIN_FILENO);
        close(null);
    }
    jobs_exit(execute(node->left, true));
}

static int execute_background(const struct node *node, bool last)
{
    (void)last;
    bool modest = shell.is_interactive;
    pid_t child = jobs_fork();
    if (child == 0) {
        be_background(node, modest);
    }
    if (child < 0) {
        return 1;
    }
    shell.last_background = child;
    jobs_add(child);
    if (shell.is_interactive) {
        fprintf(stderr, "[%d]\n", child);
    }
    return 0;
}

// One of a pipeline's commands: reads from `in`, writes to `out`, has nothing to do with `other`.
static _Noreturn void be_member(const struct node *node, int in, int out, int other)
{
    if (other >= 0) {
        close(other);
    }
    if (in != STDIN_FILENO) {
        dup2(in, STDIN_FILENO);
        close(in);
    }
    if (out != STDOUT_FILENO) {
        dup2(out, STDOUT_FILENO);
        close(out);
    }
    jobs_exit(execute(node, true));
}

static void close_end(int fd)
{
    if (fd > STDERR_FILENO) {
        close(fd);
    }
}

// Start the commands from `node` on; their ids go to `children`. Returns: how many were started.
static int start_members(const struct node *node, pid_t *children)
{
    int in = STDIN_FILENO;
    int count = 0;
    for (; node != NULL; node = node->next) {
        int ends[2] = {-1, STDOUT_FILENO};
        if (node->next != NULL && pipe(ends) < 0) {
            failed("pipe");
            break;
        }
        children[count] = jobs_fork();
        if (children[count] == 0) {
            be_member(node, in, ends[1], ends[0]);
        }
        close_end(in);
        close_end(ends[1]);
        in = ends[0];
        if (children[count] < 0) {
            break;
        }
        count++;
    }
    close_end(in);
    return count;
}

static int execute_pipe(const struct node *node, bool last)
{
    (void)last;
    int members = 0;
    for (const struct node *member = node->left; member != NULL; member = member->next) {
        members++;
    }
    pid_t *children = arena_alloc((size_t)members * sizeof(pid_t));
    int started = start_members(node->left, children);
    int status = 1;
    for (int i = 0; i < started; i++) {
        int ended = jobs_wait_for(children[i]);
        status = i == members - 1 ? ended : 1;
    }
    return status;
}

// ---- Compound commands -------------------------------------------------------------------------

static int execute_group(const struct node *node, bool last)
{
    return execute(node->left, last);
}

static int execute_if(const struct node *node, bool last)
{
    int status = execute_tested(node->condition);
    if (shell.unwind != UNWIND_NONE) {
        return status;
    }
    return execute(status == 0 ? node->left : node->right, last);
}

// After a loop's body: whether `break`, `continue` or something that goes further was executed.
static bool leaves_loop(void)
{
    if ((shell.unwind == UNWIND_BREAK || shell.unwind == UNWIND_CONTINUE) && --shell.levels == 0) {
        bool leaves = shell.unwind == UNWIND_BREAK;
        shell.unwind = UNWIND_NONE;
        return leaves;
    }
    return shell.unwind != UNWIND_NONE;
}

static int execute_while(const struct node *node, bool last)
{
    (void)last;
    int status = 0;
    bool wanted = node->kind == NODE_WHILE;
    shell.loops++;
    for (;;) {
        bool holds = execute_tested(node->condition) == 0;
        if (shell.unwind != UNWIND_NONE ? leaves_loop() : holds != wanted) {
            break;
        }
        if (holds == wanted) {
            status = execute(node->left, false);
        }
        if (leaves_loop()) {
            break;
        }
    }
    shell.loops--;
    return status;
}

static int execute_for(const struct node *node, bool last)
{
    (void)last;
    static const struct word all = {.text = "\"$@\""};
    int status = 0;
    int count;
    char **values = expand_words(node->positional ? &all : node->words, &count);
    shell.loops++;
    for (int i = 0; i < count && shell.unwind == UNWIND_NONE; i++) {
        if (!vars_set(node->name, values[i])) {
            status = 1;
            break;
        }
        status = execute(node->left, false);
        if (leaves_loop()) {
            break;
        }
    }
    shell.loops--;
    return status;
}

static bool matches(const struct word *patterns, const char *subject)
{
    for (; patterns != NULL && shell.unwind == UNWIND_NONE; patterns = patterns->next) {
        if (fnmatch(expand_pattern(patterns->text), subject, 0) == 0) {
            return true;
        }
    }
    return false;
}

static int execute_case(const struct node *node, bool last)
{
    const char *subject = expand_text(node->words->text);
    for (const struct case_item *item = node->items; item != NULL; item = item->next) {
        if (matches(item->patterns, subject)) {
            return execute(item->body, last);
        }
    }
    return 0;
}

static int execute_function(const struct node *node, bool last)
{
    (void)last;
    functions_define(node->name, node->left);
    return 0;
}

// ---- All of them -------------------------------------------------------------------------------

static int (*const executors[])(const struct node *node, bool last) = {
    [NODE_SIMPLE] = execute_simple,
    [NODE_PIPE] = execute_pipe,
    [NODE_NOT] = execute_not,
    [NODE_AND] = execute_and,
    [NODE_OR] = execute_or,
    [NODE_SEQUENCE] = execute_sequence,
    [NODE_BACKGROUND] = execute_background,
    [NODE_SUBSHELL] = execute_subshell,
    [NODE_GROUP] = execute_group,
    [NODE_IF] = execute_if,
    [NODE_WHILE] = execute_while,
    [NODE_UNTIL] = execute_while,
    [NODE_FOR] = execute_for,
    [NODE_CASE] = execute_case,
    [NODE_FUNCTION] = execute_function,
};

static int execute_redirected(const struct node *node, bool last)
{
    struct redirect_saved *saved = NULL;
    int status = 1;
    if (redirect_make(node->redirects, &saved)) {
        status = executors[node->kind](node, last && node->redirects == NULL);
    }
    redirect_restore(saved);
    return status;
}

// Does set -e end the shell if this fails?
static bool is_checked(const struct node *node)
{
    return node->kind == NODE_SIMPLE || node->kind == NODE_PIPE || node->kind == NODE_SUBSHELL;
}

int execute(const struct node *node, bool last)
{
    if (node == NULL) {
        return shell.status = 0;
    }
    struct arena_mark mark = arena_mark();
    // A simple command's redirections are made where it is known what it is.
    shell.status =
        node->kind == NODE_SIMPLE ? execute_simple(node, last) : execute_redirected(node, last);
    arena_release(mark);
    if (atomic_load_explicit(&shell_interrupted, memory_order_relaxed)) {
        shell_leave(UNWIND_ABORT, 128 + SIGINT);
    }
    if (shell.unwind > UNWIND_CONTINUE) {
        return shell.status = shell.unwind_status;
    }
    if (shell.status != 0 && shell.exit_on_error && shell.untested == 0 && is_checked(node) &&
        shell.unwind == UNWIND_NONE) {
        shell_leave(UNWIND_EXIT, shell.status);
    }
    return shell.status;
}
