// SPDX-License-Identifier: MIT
// user/sh/substitute.c - the output of a command as text.
#include "user/sh/substitute.h"

#include <errno.h>
#include <unistd.h>

#include "user/lib/fail.h"
#include "user/sh/jobs.h"
#include "user/sh/shell.h"
#include "user/sh/text.h"

int substitute_status;

static void read_output(int fd, struct text *text)
{
    char buffer[4096];
    ssize_t count;
    while ((count = read(fd, buffer, sizeof(buffer))) != 0) {
        if (count > 0) {
            text_append(text, buffer, (size_t)count);
        } else if (errno != EINTR) {
            break;
        }
    }
}

static _Noreturn void be_child(const char *command, const int *ends)
{
    close(ends[0]);
    if (ends[1] != STDOUT_FILENO) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[1]);
    }
    jobs_exit(shell_run_text(command));
}

char *substitute_output(const char *command)
{
    struct text text = {0};
    int ends[2];
    text_append(&text, "", 0);
    if (pipe(ends) < 0) {
        substitute_status = failed("pipe");
        return text.data;
    }
    pid_t child = jobs_fork();
    if (child == 0) {
        be_child(command, ends);
    }
    close(ends[1]);
    if (child > 0) {
        read_output(ends[0], &text);
        substitute_status = jobs_wait_for(child);
    } else {
        substitute_status = 1;
    }
    close(ends[0]);
    while (text.length > 0 && text.data[text.length - 1] == '\n') {
        text.data[--text.length] = '\0';
    }
    return text.data;
}
