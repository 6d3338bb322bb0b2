// SPDX-License-Identifier: MIT
// user/sh/redirect.c - redirections: where a command reads from and writes to.
#include "user/sh/redirect.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "user/lib/copy.h"
#include "user/lib/fail.h"
#include "user/lib/number.h"
#include "user/sh/arena.h"
#include "user/sh/expand.h"
#include "user/sh/jobs.h"
#include "user/sh/shell.h"

enum {
    SAVED_FD = 10,        // copies of what was before go here and above
    PIPE_BYTES = PIPE_BUF // what certainly fits into an empty pipe
};

// A pipe with the text in it; one that may not fit is written by a process of its own.
static int open_document(const struct redirect *redirect)
{
    int ends[2];
    const char *text = redirect->is_literal ? redirect->target : expand_document(redirect->target);
    size_t length = strlen(text);
    if (pipe(ends) < 0) {
        failed("pipe");
        return -1;
    }
    if (length <= PIPE_BYTES) {
        write_all(ends[1], text, length);
    } else if (jobs_fork() == 0) {
        close(ends[0]);
        jobs_exit(write_all(ends[1], text, length) < 0);
    }
    close(ends[1]);
    return ends[0];
}

static int open_file(const char *name, enum redirect_kind kind)
{
    static const int flags[] = {
        [REDIRECT_IN] = O_RDONLY,
        [REDIRECT_OUT] = O_WRONLY | O_CREAT | O_TRUNC,
        [REDIRECT_APPEND] = O_WRONLY | O_CREAT | O_APPEND,
        [REDIRECT_BOTH] = O_RDWR | O_CREAT,
    };
    int fd = open(name, flags[kind] | O_CLOEXEC, 0666);
    if (fd < 0) {
        failed("%s", name);
    }
    return fd;
}

// <&N, >&N: another descriptor for the same, <&-: none. Returns: whether that worked.
static bool duplicate(int fd, const char *target)
{
    long other;
    if (strcmp(target, "-") == 0) {
        close(fd);
        return true;
    }
    if (!number_read(target, 0, INT_MAX, &other)) {
        complain("%s is not a file descriptor", target);
        return false;
    }
    if (dup2((int)other, fd) < 0) {
        failed("%s", target);
        return false;
    }
    return true;
}

static bool make(const struct redirect *redirect)
{
    bool document = redirect->kind == REDIRECT_DOCUMENT || redirect->kind == REDIRECT_DOCUMENT_TABS;
    const char *target = document ? NULL : expand_text(redirect->target);
    if (shell.unwind != UNWIND_NONE) {
        return false;
    }
    if (redirect->kind == REDIRECT_DUP) {
        return duplicate(redirect->fd, target);
    }
    int fd = document ? open_document(redirect) : open_file(target, redirect->kind);
    if (fd < 0) {
        return false;
    }
    if (fd == redirect->fd) {
        return fcntl(fd, F_SETFD, 0) == 0;
    }
    bool made = dup2(fd, redirect->fd) >= 0;
    close(fd);
    return made || failed("%d", redirect->fd) == 0;
}

static void save(int fd, struct redirect_saved **saved)
{
    struct redirect_saved *before = arena_alloc(sizeof(*before));
    *before = (struct redirect_saved){
        .fd = fd, .copy = fcntl(fd, F_DUPFD_CLOEXEC, SAVED_FD), .next = *saved};
    *saved = before;
}

bool redirect_make(const struct redirect *redirects, struct redirect_saved **saved)
{
    if (redirects != NULL) {
        fflush(stdout);
    }
    for (; redirects != NULL; redirects = redirects->next) {
        if (saved != NULL) {
            save(redirects->fd, saved);
        }
        if (!make(redirects)) {
            return false;
        }
    }
    return true;
}

void redirect_restore(struct redirect_saved *saved)
{
    if (saved != NULL) {
        fflush(stdout);
    }
    for (; saved != NULL; saved = saved->next) {
        if (saved->copy >= 0) {
            dup2(saved->copy, saved->fd);
            close(saved->copy);
        } else {
            close(saved->fd);
        }
    }
}
