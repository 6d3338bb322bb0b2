// SPDX-License-Identifier: MIT
// user/lib/run.c - run another program.
#include "user/lib/run.h"

#include <errno.h>
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
