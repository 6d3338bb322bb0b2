// SPDX-License-Identifier: MIT
// user/fuzz/main.c - makes system calls with made-up arguments, from several processes at once.
//
// Whatever a program asks for, the kernel goes on: there is no wrong answer here but a panic, a
// hang or a leak, which others look for. A worker that dies, or makes no call for a while, is
// replaced by one that goes on with the next call; so a seed makes the same calls each time, though
// what comes out depends on how the workers meet.
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "user/fuzz/worker.h"
#include "user/hb/applet.h"
#include "user/lib/clock.h"
#include "user/lib/fail.h"
#include "user/lib/number.h"
#include "user/lib/score.h"

enum { WORKERS = 64, LOOK_MS = 100, TRIES = 100 };
#define PROGRESS_AT 0x1000000000UL

struct worker {
    pid_t pid; // 0: it has made all its calls
    struct progress *progress;
    unsigned long seen; // calls, at the look before
};

static struct worker workers[WORKERS];
static unsigned deaths;
static unsigned hangs;

static const struct option long_options[] = {
    {"seed", required_argument, NULL, 's'},
    {"calls", required_argument, NULL, 'c'},
    {"processes", required_argument, NULL, 'p'},
    {"only", required_argument, NULL, 'o'},
    {"everything", no_argument, NULL, 'e'},
    {"verbose", no_argument, NULL, 'v'},
    {NULL, 0, NULL, 0},
};

// What has been written may be all of memory. Remove what has a name that workers give.
static void empty_folder(void)
{
    char *remove[] = {"rm", "-r", "-f", "a", "b", "c", "d", "e", NULL};
    (void)applet_run(8, remove);
    mkdir("d", 0755);
}

// Is less than one part in `parts` free?
static bool is_memory_short(unsigned parts)
{
    struct sysinfo info;
    return sysinfo(&info) == 0 && info.freeram < info.totalram / parts;
}

static void pause_ms(long ms)
{
    struct timespec pause = {.tv_nsec = ms * NS_PER_MS};
    nanosleep(&pause, NULL);
}

static void kill_workers(void)
{
    for (int i = 0; i < WORKERS; i++) {
        if (workers[i].pid != 0) {
            kill(workers[i].pid, SIGKILL);
        }
    }
}

// What workers have written goes first, and then, if that was not it, what they hold.
static void make_room(void)
{
    if (is_memory_short(4)) {
        empty_folder();
    }
    if (is_memory_short(16)) {
        kill_workers();
    }
}

// fork(), and if there is no room, once more when all that the workers hold has been taken away:
// they are replaced like others that die.
static pid_t fork_somehow(void)
{
    fflush(stdout);
    pid_t pid = fork();
    for (int tries = 0; pid < 0 && tries < TRIES; tries++) {
        empty_folder();
        kill_workers();
        pause_ms(LOOK_MS);
        pid = fork();
    }
    return pid;
}

// A worker has a process group of its own, with the children it forks.
static void start(const struct fuzz *fuzz, unsigned number)
{
    struct worker *worker = &workers[number];
    worker->pid = 0; // it has been waited for: the number may be another's
    pid_t pid = fork_somehow();
    if (pid < 0) {
        die("fork");
    }
    if (pid == 0) {
        setpgid(0, 0);
        worker_run(fuzz, number, worker->progress);
    }
    worker->pid = pid;
}

static unsigned long calls_of(const struct worker *worker)
{
    return atomic_load_explicit(&worker->progress->calls, memory_order_relaxed);
}

static void look_after(const struct fuzz *fuzz, unsigned number)
{
    struct worker *worker = &workers[number];
    int status;
    if (worker->pid == 0) {
        return;
    }
    pid_t ended = waitpid(worker->pid, &status, WNOHANG);
    if (ended == 0 && calls_of(worker) == worker->seen) {
        hangs++;
        kill(worker->pid, SIGKILL);
        ended = waitpid(worker->pid, &status, 0);
    }
    worker->seen = calls_of(worker);
    if (ended <= 0) {
        return;
    }
    if (calls_of(worker) > fuzz->calls) {
        worker->pid = 0;
        return;
    }
    deaths++;
    start(fuzz, number);
}

static bool is_anyone_left(unsigned processes)
{
    for (unsigned i = 0; i < processes; i++) {
        if (workers[i].pid != 0) {
            return true;
        }
    }
    return false;
}

// Every call has returned, or has ended the worker that made it. If not, a worker has written into
// its own progress, and the run says nothing.
static int check_accounts(const struct fuzz *fuzz, unsigned processes, unsigned long counted)
{
    unsigned long calls = fuzz->calls * processes;
    if (counted <= calls && counted + deaths >= calls) {
        return 0;
    }
    printf("sysfuzz: %lu calls have returned, and %u workers died\n", counted, deaths);
    return 1;
}

// Returns: the exit status.
static int report(const struct fuzz *fuzz, unsigned processes)
{
    unsigned long counted = 0;
    printf("sysfuzz: seed %lu, %lu calls by %u processes, of which %u died and %u were stuck\n",
           fuzz->seed, fuzz->calls * processes, processes, deaths - hangs, hangs);
    for (int error = 0; error < ERRORS; error++) {
        unsigned long count = 0;
        for (unsigned i = 0; i < processes; i++) {
            count +=
                atomic_load_explicit(&workers[i].progress->results[error], memory_order_relaxed);
        }
        counted += count;
        if (count > 0) {
            const char *name = error == 0 ? "done" : strerrorname_np(error);
            printf("  %-16s %lu\n", name != NULL ? name : "?", count);
        }
    }
    return check_accounts(fuzz, processes, counted);
}

// Far from what the workers map by themselves: a call that writes past the end of the arena must
// not find it.
static struct progress *make_progress(unsigned processes)
{
    void *far_away = (void *)(uintptr_t)PROGRESS_AT;
    void *progress = mmap(far_away, processes * sizeof(struct progress), PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (progress == MAP_FAILED) {
        die("mmap");
    }
    return progress;
}

static void take_options(int argc, char **argv, struct fuzz *fuzz, unsigned *processes)
{
    int letter;
    opterr = 0;
    while ((letter = getopt_long(argc, argv, "ev", long_options, NULL)) != -1) {
        switch (letter) {
        case 's':
            fuzz->seed = (uint64_t)number_of("--seed", optarg, 0, LONG_MAX);
            break;
        case 'c':
            fuzz->calls = (uint64_t)number_of("--calls", optarg, 1, LONG_MAX);
            break;
        case 'p':
            *processes = (unsigned)number_of("--processes", optarg, 1, WORKERS);
            break;
        case 'o':
            fuzz->only = optarg;
            break;
        case 'e':
            fuzz->everything = true;
            break;
        case 'v':
            fuzz->verbose = true;
            break;
        default:
            exit(misuse("there is no option %s", argv[optind - 1]));
        }
    }
}

// A new folder to play in.
static void enter_folder(char *path)
{
    if (mkdtemp(path) == NULL || chdir(path) < 0 || mkdir("d", 0755) < 0) {
        die("%s", path);
    }
}

int sysfuzz_main(int argc, char **argv)
{
    struct fuzz fuzz = {.seed = 1, .calls = 100000};
    unsigned processes = 4;
    char folder[] = "/tmp/sysfuzz-XXXXXX";
    take_options(argc, argv, &fuzz, &processes);
    fuzz.calls = (fuzz.calls + processes - 1) / processes;
    enter_folder(folder);
    (void)score_set("-500"); // the workers are the ones to run out of memory
    struct progress *progress = make_progress(processes);
    for (unsigned i = 0; i < processes; i++) {
        workers[i].progress = &progress[i];
        start(&fuzz, i);
    }
    while (is_anyone_left(processes)) {
        pause_ms(LOOK_MS);
        make_room();
        for (unsigned i = 0; i < processes; i++) {
            look_after(&fuzz, i);
        }
    }
    int status = report(&fuzz, processes);
    char *remove[] = {"rm", "-r", "-f", folder, NULL};
    int removed = chdir("/") < 0 ? failed("/") : applet_run(4, remove);
    return status != 0 ? status : removed;
}
