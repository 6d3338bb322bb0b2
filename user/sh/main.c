// SPDX-License-Identifier: MIT
// user/sh/main.c - the shell.
//
// A subset of the POSIX shell, with line editing: docs/programs.md says what it has.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/fail.h"
#include "user/sh/arena.h"
#include "user/sh/builtins.h"
#include "user/sh/edit.h"
#include "user/sh/execute.h"
#include "user/sh/input.h"
#include "user/sh/jobs.h"
#include "user/sh/parse.h"
#include "user/sh/shell.h"
#include "user/sh/vars.h"

struct shell shell;
atomic_int shell_interrupted;

void shell_leave(enum unwind how, int status)
{
    shell.unwind = how;
    shell.unwind_status = status;
}

static void handle_interrupt(int number)
{
    (void)number;
    // relaxed: the thread that it interrupts is the one that looks.
    atomic_store_explicit(&shell_interrupted, 1, memory_order_relaxed);
}

static char *ask_for_line(struct input *input, bool continued)
{
    (void)input;
    const char *first = vars_get("PS1");
    if (!continued) {
        jobs_report();
    }
    return edit_line(continued ? "> " : first != NULL ? first : "hartbeat# ");
}

// Whether what was left ends here, at the shell's outermost level.
static bool is_over(void)
{
    atomic_store_explicit(&shell_interrupted, 0, memory_order_relaxed);
    if (shell.unwind == UNWIND_EXIT || (shell.unwind == UNWIND_ABORT && !shell.is_interactive)) {
        return true;
    }
    shell.unwind = UNWIND_NONE;
    return false;
}

// Execute the input's next commands. `may_end`: nothing follows the input, so that its last program
// may take the shell's place. Returns: false at the end.
static bool run_next(struct input *input, bool may_end)
{
    struct node *node;
    switch (parse_commands(input, &node)) {
    case PARSE_COMMAND:
        execute(node, may_end && input->ended && input->text[input->at] == '\0');
        break;
    case PARSE_ERROR:
        shell.status = 2;
        if (!shell.is_interactive) {
            shell_leave(UNWIND_ABORT, 2);
        }
        break;
    case PARSE_EMPTY:
        break;
    case PARSE_END:
        return false;
    }
    return true;
}

// Execute an input inside a command: what it leaves, the command leaves, too.
static int run_inside(struct input *input)
{
    struct arena_mark mark = arena_mark();
    shell.status = 0;
    while (shell.unwind == UNWIND_NONE && run_next(input, false)) {
        arena_release(mark);
    }
    arena_release(mark);
    input_close(input);
    return shell.unwind > UNWIND_CONTINUE ? shell.unwind_status : shell.status;
}

int shell_run_text(const char *text)
{
    struct input input;
    input_open_text(&input, text);
    return run_inside(&input);
}

int shell_run_file(int fd)
{
    struct input input;
    input_open_file(&input, fd);
    int status = run_inside(&input);
    close(fd);
    return status;
}

static int run_outermost(struct input *input)
{
    struct arena_mark mark = arena_mark();
    bool may_end = !shell.is_interactive;
    do {
        arena_release(mark);
    } while (run_next(input, may_end) && !is_over());
    return shell.status;
}

static void become_interactive(struct input *input)
{
    struct sigaction action = {.sa_handler = handle_interrupt};
    sigaction(SIGINT, &action, NULL);
    signal(SIGQUIT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGTSTP, SIG_IGN);
    shell.is_interactive = true;
    jobs_prefer();
    input->next_line = ask_for_line;
    if (getppid() == 1) {
        puts("`help` says what there is; `exit` turns the machine off.");
        fflush(stdout);
    }
}

// Take one word of options. Returns: whether all are known.
static bool take_letters(const char *letters, bool *wants_command, bool *interactive)
{
    for (; *letters != '\0'; letters++) {
        bool *option = builtin_shell_option(*letters);
        if (*letters == 'c') {
            *wants_command = true;
        } else if (*letters == 'i') {
            *interactive = true;
        } else if (option != NULL) {
            *option = true;
        } else {
            misuse("there is no option -%c", *letters);
            return false;
        }
    }
    return true;
}

// Take options from argv[1] on. Returns: the index after them, -1 after a mistake. `command` is set
// to what -c is followed by, `interactive` by -i.
static int take_options(char **argv, const char **command, bool *interactive)
{
    int i = 1;
    bool wants_command = false;
    for (; argv[i] != NULL && argv[i][0] == '-' && argv[i][1] != '\0'; i++) {
        if (!take_letters(argv[i] + 1, &wants_command, interactive)) {
            return -1;
        }
    }
    if (wants_command && argv[i] == NULL) {
        misuse("-c without a command");
        return -1;
    }
    if (wants_command) {
        *command = argv[i++];
    }
    return i;
}

static int open_script(const char *name)
{
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        failed("%s", name);
        return -1;
    }
    int moved = fcntl(fd, F_DUPFD_CLOEXEC, 10);
    close(fd);
    return moved;
}

int sh_main(int argc, char **argv)
{
    const char *command = NULL;
    bool interactive = false;
    struct input input;
    shell.pid = getpid();
    int next = take_options(argv, &command, &interactive);
    if (next < 0) {
        return 2;
    }
    vars_init();
    vars_parameters = (struct parameters){argv[0], argv + next, argc - next};
    if (next < argc) {
        // A script's name, or after -c what $0 is.
        vars_parameters = (struct parameters){argv[next], argv + next + 1, argc - next - 1};
    }
    if (command != NULL) {
        input_open_text(&input, command);
    } else if (next < argc) {
        int fd = open_script(argv[next]);
        if (fd < 0) {
            return 127;
        }
        input_open_file(&input, fd);
    } else {
        input_open_file(&input, STDIN_FILENO);
        if (interactive || (isatty(STDIN_FILENO) && isatty(STDERR_FILENO))) {
            become_interactive(&input);
        }
    }
    return run_outermost(&input);
}
