// SPDX-License-Identifier: MIT
// user/lib/run.c - run another program, or a part of this one.
#include "user/lib/run.h"

#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/lib/fail.h"

int run_instead(char **argv)
{
    execvp(argv[0], argv);
    int status = errno == ENOENT ? 127 : 126;
    failed("%s", argv[0]);
    return status;
}

int run_status(int status)
{
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

pid_t fork_or_die(void)
{
    fflush(stdout);
    pid_t child = fork();
    if (child < 0) {
        die("fork");
    }
    return child;
}

int wait_or_die(pid_t child)
{
    int status;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            die("wait");
        }
    }
    return status;
}
