// SPDX-License-Identifier: MIT
// user/sh/jobs.c - child processes.
//
// All processes of a shell stay in its process group, so that Ctrl-C reaches what runs in the
// foreground; what runs in the background ignores it.
#include "user/sh/jobs.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/lib/fail.h"
#include "user/lib/number.h"
#include "user/lib/run.h"
#include "user/lib/score.h"
#include "user/sh/shell.h"

// An eighth of the processes that there may be are for the foreground.
enum { KEPT_BACK = 8 };

struct job {
    pid_t pid;
    bool ended;
    int status; // once it has ended
    struct job *next;
};

static struct job *jobs;

static void forget(struct job **place)
{
    struct job *job = *place;
    *place = job->next;
    free(job);
}

static void become_subshell(void)
{
    static const int signals[] = {SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
    for (unsigned i = 0; shell.is_interactive && i < sizeof(signals) / sizeof(signals[0]); i++) {
        signal(signals[i], SIG_DFL);
    }
    shell.is_interactive = false;
    shell.is_subshell = true;
    while (jobs != NULL) {
        forget(&jobs);
    }
}

void jobs_prefer(void)
{
    (void)score_set("-500"); // elsewhere it may not be allowed, and goes without
}

void jobs_be_modest(void)
{
    struct rlimit limit;
    (void)score_set("0");
    if (getrlimit(RLIMIT_NPROC, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
        limit.rlim_cur -= limit.rlim_cur / KEPT_BACK;
        setrlimit(RLIMIT_NPROC, &limit);
    }
}

pid_t jobs_fork(void)
{
    fflush(stdout);
    pid_t pid = fork();
    if (pid < 0) {
        failed("fork");
    } else if (pid == 0) {
        become_subshell();
    }
    return pid;
}

void jobs_exit(int status)
{
    if (fflush(stdout) != 0 && status == 0) {
        status = 1;
    }
    _exit(status);
}

static void report_signal(int status)
{
    if (WIFSIGNALED(status) && WTERMSIG(status) != SIGPIPE && WTERMSIG(status) != SIGINT) {
        fprintf(stderr, "%s%s\n", strsignal(WTERMSIG(status)),
                WCOREDUMP(status) ? " (core dumped)" : "");
    }
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGINT && shell.is_interactive &&
        shell.unwind == UNWIND_NONE) {
        // The rest of the line, and a loop it stands in, end with it.
        fputc('\n', stderr);
        shell_leave(UNWIND_ABORT, 128 + SIGINT);
    }
}

int jobs_wait_for(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            return failed("wait");
        }
    }
    report_signal(status);
    return run_status(status);
}

void jobs_add(pid_t pid)
{
    struct job *job = calloc(1, sizeof(*job));
    if (job == NULL) {
        die("memory");
    }
    job->pid = pid;
    job->next = jobs;
    jobs = job;
}

// See whether it has ended; `options` of waitpid(2). Returns: false if a signal came first.
static bool look(struct job *job, int options)
{
    int status;
    pid_t pid = job->ended ? 0 : waitpid(job->pid, &status, options);
    if (pid == job->pid) {
        job->ended = true;
        job->status = run_status(status);
    } else if (pid < 0 && errno == ECHILD) {
        job->ended = true;
        job->status = 127;
    }
    return pid >= 0 || job->ended;
}

void jobs_report(void)
{
    for (struct job **place = &jobs; *place != NULL;) {
        look(*place, WNOHANG);
        if ((*place)->ended) {
            fprintf(stderr, "[%d] ended with %d\n", (*place)->pid, (*place)->status);
            forget(place);
        } else {
            place = &(*place)->next;
        }
    }
}

int jobs_builtin(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    for (struct job *job = jobs; job != NULL; job = job->next) {
        look(job, WNOHANG);
        printf("[%d] %s\n", job->pid, job->ended ? "ended" : "runs");
    }
    return 0;
}

// Wait for it and forget it. Returns: its status, or 130 if Ctrl-C came first.
static int wait_for_job(struct job **place)
{
    while (!(*place)->ended) {
        if (!look(*place, 0) && atomic_load_explicit(&shell_interrupted, memory_order_relaxed)) {
            return 128 + SIGINT;
        }
    }
    int status = (*place)->status;
    forget(place);
    return status;
}

int wait_builtin(int argc, char **argv)
{
    int status = 0;
    while (argc == 1 && jobs != NULL && status != 128 + SIGINT) {
        status = wait_for_job(&jobs);
    }
    if (argc == 1) {
        return status == 128 + SIGINT ? status : 0;
    }
    for (int i = 1; i < argc; i++) {
        long pid;
        struct job **place = &jobs;
        if (!number_read(argv[i], 1, INT_MAX, &pid)) {
            return misuse("%s is not a process", argv[i]);
        }
        while (*place != NULL && (*place)->pid != pid) {
            place = &(*place)->next;
        }
        status = *place != NULL ? wait_for_job(place) : 127;
    }
    return status;
}
