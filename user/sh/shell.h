// SPDX-License-Identifier: MIT
// user/sh/shell.h - the state of the shell.
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

// Why what is being executed is to be left.
enum unwind {
    UNWIND_NONE,
    UNWIND_BREAK,    // a loop; `levels` of them
    UNWIND_CONTINUE, // the same, but for the outermost of them
    UNWIND_RETURN,   // a function
    UNWIND_ABORT,    // everything, up to the prompt, or the shell if it has none: a mistake, Ctrl-C
    UNWIND_EXIT,     // the shell
};

struct shell {
    int status;            // $?
    pid_t pid;             // $$, in subshells, too
    pid_t last_background; // $!, 0 if there is none
    enum unwind unwind;
    int unwind_status;
    int levels;    // of UNWIND_BREAK and UNWIND_CONTINUE
    int loops;     // that are being executed in this function
    int functions; // that are being executed
    bool is_interactive;
    bool is_subshell;
    bool exit_on_error; // set -e
    bool no_unset;      // set -u
    bool trace;         // set -x
    bool no_glob;       // set -f
    int untested;       // > 0: where set -e has no say, as in a condition
};
extern struct shell shell;

// Set by Ctrl-C at an interactive shell.
extern atomic_int shell_interrupted;

// Leave what is being executed, with this status.
void shell_leave(enum unwind how, int status);

// Execute commands until the text ends. Returns: the last status.
int shell_run_text(const char *text);

// The same for a file that is open. Returns: the last status.
int shell_run_file(int fd);
