// SPDX-License-Identifier: MIT
// user/hb/init.c - the first process: starts a shell, or the command that the kernel was given.
//
// Where the kernel's command line has `cmd=`, the rest of it is run by /bin/sh -c, else /bin/sh is
// started at the console. Either way, when that ends the machine does: init exits with its status,
// of a signal 128 and its number, and the kernel takes that for its own.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/fail.h"
#include "user/lib/proc.h"
#include "user/lib/run.h"

// The kernel may have started it without open files.
static void open_console(void)
{
    int fd;
    do {
        fd = open("/dev/console", O_RDWR);
    } while (fd >= 0 && fd < STDERR_FILENO);
    if (fd > STDERR_FILENO) {
        close(fd);
    }
}

// Returns: what follows the word `cmd=` in the line, NULL if there is no such word.
static char *command_of(char *line)
{
    line[strcspn(line, "\n")] = '\0';
    for (char *found = line; (found = strstr(found, "cmd=")) != NULL; found++) {
        if (found == line || found[-1] == ' ') {
            return found + 4;
        }
    }
    return NULL;
}

static int start_shell(char *command)
{
    char *argv[] = {"sh", command != NULL ? "-c" : NULL, command, NULL};
    char *environment[] = {"PATH=/bin", "HOME=/", "TERM=vt100", "PWD=/", NULL};
    setsid();
    ioctl(STDIN_FILENO, TIOCSCTTY, 0);
    execve("/bin/sh", argv, environment);
    return failed("/bin/sh");
}

// Reap whatever ends until the shell does. Returns: the machine's exit status.
static int reap_until(pid_t shell)
{
    int status;
    pid_t ended;
    while ((ended = wait(&status)) >= 0) {
        if (ended == shell) {
            return run_status(status);
        }
    }
    return failed("wait");
}

int init_main(int argc, char **argv)
{
    char line[4096];
    (void)argc;
    (void)argv;
    if (getpid() != 1) {
        return complain("only the first process is init");
    }
    open_console();
    char *command = proc_read("/proc/cmdline", line, sizeof(line)) > 0 ? command_of(line) : NULL;
    pid_t shell = fork();
    if (shell < 0) {
        return failed("fork");
    }
    if (shell == 0) {
        _exit(start_shell(command));
    }
    return reap_until(shell);
}
