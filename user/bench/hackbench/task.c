// SPDX-License-Identifier: MIT
// user/bench/hackbench/task.c - the tasks of hackbench: processes or threads.
#include "user/bench/hackbench/task.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/lib/copy.h"
#include "user/lib/fail.h"

enum { PRIORITY = 1 };

struct task {
    struct hackbench *run;
    int in;         // a receiver's end; -1: it is a sender
    const int *out; // a sender's: one for each receiver of the group
};

// Tell everybody that has been started to end, and end.
static _Noreturn void give_up(const struct hackbench *run, const char *what)
{
    int error = errno;
    for (unsigned i = 0; i < run->started && !run->threads; i++) {
        kill(run->tasks[i].pid, SIGKILL);
    }
    errno = error;
    die("%s", what);
}

// Say that this task is there, and wait for the others.
static bool meet(const struct hackbench *run)
{
    struct pollfd go = {.fd = run->go[0], .events = POLLIN};
    return write(run->ready[1], "", 1) == 1 && poll(&go, 1, -1) == 1;
}

static bool read_all(int fd, char *data, size_t length)
{
    while (length > 0) {
        ssize_t count = read(fd, data, length);
        if (count <= 0) {
            return false;
        }
        data += count;
        length -= (size_t)count;
    }
    return true;
}

static bool receive(const struct task *task, char *message)
{
    const struct hackbench *run = task->run;
    unsigned long messages = (unsigned long)run->pairs * run->loops;
    for (unsigned long i = 0; i < messages; i++) {
        if (!read_all(task->in, message, run->message_bytes)) {
            return false;
        }
    }
    return true;
}

static bool send_all(const struct task *task, char *message)
{
    const struct hackbench *run = task->run;
    unsigned long messages = (unsigned long)run->loops * run->pairs;
    for (unsigned long i = 0; i < messages; i++) {
        if (write_all(task->out[i % run->pairs], message, run->message_bytes) < 0) {
            return false;
        }
    }
    return true;
}

static bool work(const struct task *task)
{
    char *message = calloc(1, task->run->message_bytes);
    bool done = message != NULL && meet(task->run) &&
                (task->in >= 0 ? receive(task, message) : send_all(task, message));
    free(message);
    return done;
}

static void *thread_main(void *argument)
{
    struct task *task = argument;
    void *failure = work(task) ? NULL : PTHREAD_CANCELED;
    free(task);
    return failure;
}

static void start_thread(struct hackbench *run, const struct task *task)
{
    struct task *copy = malloc(sizeof(*copy));
    if (copy == NULL) {
        give_up(run, "memory");
    }
    *copy = *task;
    errno = pthread_create(&run->tasks[run->started].thread, NULL, thread_main, copy);
    if (errno != 0) {
        give_up(run, "pthread_create");
    }
}

static void start_process(struct hackbench *run, const struct task *task)
{
    pid_t pid = fork();
    if (pid == 0) {
        _exit(work(task) ? 0 : 1);
    }
    if (pid < 0) {
        give_up(run, "fork");
    }
    run->tasks[run->started].pid = pid;
}

static void start_task(struct hackbench *run, const struct task *task)
{
    if (run->threads) {
        start_thread(run, task);
    } else {
        start_process(run, task);
    }
    run->started++;
}

static void open_channel(const struct hackbench *run, int ends[2])
{
    int wrong = run->pipes ? pipe(ends) : socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    if (wrong < 0) {
        give_up(run, run->pipes ? "pipe" : "socketpair");
    }
}

// The channels' ends are open in this process until the group has been started; those of threads
// for good, and so is the list of them.
static void start_group(struct hackbench *run)
{
    int *out = calloc(run->pairs, sizeof(int));
    if (out == NULL) {
        give_up(run, "memory");
    }
    for (unsigned i = 0; i < run->pairs; i++) {
        int ends[2];
        open_channel(run, ends);
        out[i] = ends[1];
        start_task(run, &(struct task){.run = run, .in = ends[0]});
        if (!run->threads) {
            close(ends[0]);
        }
    }
    for (unsigned i = 0; i < run->pairs; i++) {
        start_task(run, &(struct task){.run = run, .in = -1, .out = out});
    }
    for (unsigned i = 0; i < run->pairs && !run->threads; i++) {
        close(out[i]);
    }
}

void hackbench_start(struct hackbench *run)
{
    unsigned tasks = 2 * run->pairs * run->groups;
    struct sched_param parameters = {.sched_priority = PRIORITY};
    char byte;
    if (run->fifo && sched_setscheduler(0, SCHED_FIFO, &parameters) < 0) {
        die("SCHED_FIFO");
    }
    run->tasks = calloc(tasks, sizeof(run->tasks[0]));
    if (run->tasks == NULL || pipe(run->ready) < 0 || pipe(run->go) < 0) {
        die("start");
    }
    for (unsigned i = 0; i < run->groups; i++) {
        start_group(run);
    }
    for (unsigned i = 0; i < tasks; i++) {
        if (read(run->ready[0], &byte, 1) != 1) {
            give_up(run, "ready");
        }
    }
}

void hackbench_go(struct hackbench *run)
{
    if (write(run->go[1], "", 1) != 1) {
        give_up(run, "go");
    }
}

bool hackbench_finish(struct hackbench *run)
{
    bool passed = true;
    for (unsigned i = 0; i < run->started; i++) {
        int status = 0;
        void *result = NULL;
        bool ended = run->threads ? pthread_join(run->tasks[i].thread, &result) == 0
                                  : waitpid(run->tasks[i].pid, &status, 0) >= 0;
        passed = passed && ended && status == 0 && result == NULL;
    }
    free(run->tasks);
    return passed;
}
