// SPDX-License-Identifier: MIT
// user/sh/builtins.c - commands that the shell executes itself.
#include "user/sh/builtins.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/fail.h"
#include "user/lib/number.h"
#include "user/sh/functions.h"
#include "user/sh/history.h"
#include "user/sh/jobs.h"
#include "user/sh/kernel.h"
#include "user/sh/program.h"
#include "user/sh/shell.h"
#include "user/sh/text.h"
#include "user/sh/vars.h"

static int colon_builtin(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

static int cd_builtin(int argc, char **argv)
{
    char path[PATH_MAX];
    const char *where = argc > 1 ? argv[1] : vars_get("HOME");
    bool back = where != NULL && strcmp(where, "-") == 0;
    where = back ? vars_get("OLDPWD") : where;
    if (where == NULL || argc > 2) {
        return misuse("where to?");
    }
    if (chdir(where) < 0) {
        return failed("%s", where);
    }
    vars_set("OLDPWD", vars_get("PWD") != NULL ? vars_get("PWD") : "");
    if (getcwd(path, sizeof(path)) != NULL) {
        vars_set("PWD", path);
    }
    if (back) {
        puts(path);
    }
    return 0;
}

static int eval_builtin(int argc, char **argv)
{
    struct text line = {0};
    text_append(&line, "", 0);
    for (int i = 1; i < argc; i++) {
        text_append(&line, " ", i > 1 ? 1 : 0);
        text_append(&line, argv[i], strlen(argv[i]));
    }
    return shell_run_text(line.data);
}

static int dot_builtin(int argc, char **argv)
{
    if (argc < 2) {
        return misuse("which file?");
    }
    int fd = open(argv[1], O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return failed("%s", argv[1]);
    }
    int moved = fcntl(fd, F_DUPFD_CLOEXEC, 10);
    close(fd);
    int status = shell_run_file(moved);
    if (shell.unwind == UNWIND_RETURN && shell.functions == 0) {
        shell.unwind = UNWIND_NONE;
        status = shell.unwind_status;
    }
    return status;
}

int exec_builtin(int argc, char **argv)
{
    if (argc < 2) {
        return 0;
    }
    const char *path = program_find(argv[1]);
    int status = 127;
    if (path == NULL) {
        complain("%s: not found", argv[1]);
    } else {
        status = program_execute(path, argv + 1);
    }
    if (!shell.is_interactive) {
        shell_leave(UNWIND_EXIT, status);
    }
    return status;
}

// exit and return: the status that is given, or the last one.
static int leave(enum unwind how, int argc, char **argv)
{
    long status = shell.status;
    if (argc > 1 && !number_read(argv[1], INT_MIN, INT_MAX, &status)) {
        status = misuse("%s is not a status", argv[1]);
    }
    shell_leave(how, (int)status & 0xff);
    return (int)status & 0xff;
}

static int exit_builtin(int argc, char **argv)
{
    return leave(UNWIND_EXIT, argc, argv);
}

static int return_builtin(int argc, char **argv)
{
    return leave(UNWIND_RETURN, argc, argv);
}

// break and continue, of so many loops at most as there are.
static int loop_control(enum unwind how, int argc, char **argv)
{
    long levels = 1;
    if (argc > 1 && !number_read(argv[1], 1, INT_MAX, &levels)) {
        return misuse("%s is not a number of loops", argv[1]);
    }
    if (shell.loops > 0) {
        shell_leave(how, 0);
        shell.levels = levels < shell.loops ? (int)levels : shell.loops;
    }
    return 0;
}

static int break_builtin(int argc, char **argv)
{
    return loop_control(UNWIND_BREAK, argc, argv);
}

static int continue_builtin(int argc, char **argv)
{
    return loop_control(UNWIND_CONTINUE, argc, argv);
}

static int umask_builtin(int argc, char **argv)
{
    if (argc < 2) {
        mode_t mask = umask(0);
        umask(mask);
        printf("%04o\n", mask);
        return 0;
    }
    char *end;
    unsigned long mask = strtoul(argv[1], &end, 8);
    if (*end != '\0' || mask > 0777) {
        return misuse("%s is not an octal mask", argv[1]);
    }
    umask((mode_t)mask);
    return 0;
}

static int type_of(const char *name)
{
    const struct builtin *builtin = builtin_find(name);
    const char *path = program_find(name);
    if (functions_find(name) != NULL) {
        printf("%s is a function\n", name);
    } else if (builtin != NULL) {
        printf("%s is a shell builtin\n", name);
    } else if (path != NULL && access(path, X_OK) == 0) {
        printf("%s is %s\n", name, path);
    } else {
        complain("%s: not found", name);
        return 127;
    }
    return 0;
}

static int type_builtin(int argc, char **argv)
{
    int status = 0;
    for (int i = 1; i < argc; i++) {
        status |= type_of(argv[i]);
    }
    return status;
}

// command -v NAME, for scripts that ask whether there is such a command.
static int command_builtin(int argc, char **argv)
{
    if (argc != 3 || strcmp(argv[1], "-v") != 0) {
        return misuse("only `command -v NAME` is known");
    }
    const char *path = program_find(argv[2]);
    bool here = builtin_find(argv[2]) != NULL || functions_find(argv[2]) != NULL;
    if (!here && (path == NULL || access(path, X_OK) < 0)) {
        return 127;
    }
    puts(here ? argv[2] : path);
    return 0;
}

static int history_builtin(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    history_print();
    return 0;
}

static int help_builtin(int argc, char **argv);

// Ascending.
static const struct builtin builtins[] = {
    {".", dot_builtin, ". FILE", true},
    {":", colon_builtin, ":", true},
    {"[", NULL, NULL, false},
    {"break", break_builtin, "break [LOOPS]", true},
    {"cd", cd_builtin, "cd [FOLDER | -]", false},
    {"command", command_builtin, "command -v NAME", false},
    {"continue", continue_builtin, "continue [LOOPS]", true},
    {"echo", NULL, NULL, false},
    {"eval", eval_builtin, "eval [TEXT...]", true},
    {"exec", exec_builtin, "exec [COMMAND...]", true},
    {"exit", exit_builtin, "exit [STATUS]", true},
    {"export", export_builtin, "export [-p] [NAME[=VALUE]...]", true},
    {"false", NULL, NULL, false},
    {"help", help_builtin, "help", false},
    {"history", history_builtin, "history", false},
    {"jobs", jobs_builtin, "jobs", false},
    {"kernel", kernel_builtin, "kernel COMMAND...", false},
    {"kill", NULL, NULL, false},
    {"printf", NULL, NULL, false},
    {"pwd", NULL, NULL, false},
    {"read", read_builtin, "read [-r] [-p PROMPT] NAME...", false},
    {"readonly", readonly_builtin, "readonly NAME[=VALUE]...", true},
    {"return", return_builtin, "return [STATUS]", true},
    {"set", set_builtin, "set [-efux] [+efux] [--] [PARAMETER...]", true},
    {"shift", shift_builtin, "shift [NUMBER]", true},
    {"test", NULL, NULL, false},
    {"true", NULL, NULL, false},
    {"type", type_builtin, "type NAME...", false},
    {"umask", umask_builtin, "umask [MASK]", false},
    {"unset", unset_builtin, "unset [-f | -v] NAME...", true},
    {"wait", wait_builtin, "wait [PID...]", false},
};
enum { BUILTINS = sizeof(builtins) / sizeof(builtins[0]) };

static int compare(const void *name, const void *builtin)
{
    return strcmp(name, ((const struct builtin *)builtin)->name);
}

const struct builtin *builtin_find(const char *name)
{
    return bsearch(name, builtins, BUILTINS, sizeof(builtins[0]), compare);
}

const char *builtin_name(unsigned number)
{
    return number < BUILTINS ? builtins[number].name : NULL;
}

int builtin_run(const struct builtin *builtin, int argc, char **argv)
{
    if (builtin->run == NULL) {
        return applet_run(argc, argv);
    }
    const char *name = program_name;
    const char *usage = program_usage;
    program_name = builtin->name;
    program_usage = builtin->usage;
    int status = builtin->run(argc, argv);
    program_name = name;
    program_usage = usage;
    return status;
}

static int help_builtin(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    puts("The shell's own commands:");
    for (unsigned i = 0; i < BUILTINS; i++) {
        printf(" %s", builtins[i].name);
    }
    puts("\nPrograms are in /bin; PROGRAM --help says how each is called.");
    puts(kernel_is_there() ? "Any other name is a command of the kernel: `kernel help` lists them."
                           : "This kernel has no commands of its own.");
    return 0;
}
