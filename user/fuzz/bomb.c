// SPDX-License-Identifier: MIT
// user/fuzz/bomb.c - take all there is of something, and keep it until killed.
//
// What else runs has to go on: what a bomb is refused, or dies of, is the kernel's to say.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/clock.h"
#include "user/lib/fail.h"
#include "user/lib/option.h"
#include "user/lib/score.h"

enum { PAGE = 4096, RETRY_MS = 1, STACK_BYTES = 65536 };

// Somebody else may give something back.
static void retry(void)
{
    struct timespec pause = {.tv_nsec = RETRY_MS * NS_PER_MS};
    nanosleep(&pause, NULL);
}

static void bomb_fork(void)
{
    for (;;) {
        if (fork() < 0) {
            retry();
        }
    }
}

static void *sleep_for_ever(void *argument)
{
    for (;;) {
        pause();
    }
    return argument;
}

static void bomb_threads(void)
{
    pthread_t thread;
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, STACK_BYTES);
    for (;;) {
        if (pthread_create(&thread, &small, sleep_for_ever, NULL) != 0) {
            retry();
        }
    }
}

static void bomb_memory(void)
{
    for (;;) {
        char *pages =
            mmap(NULL, 256 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (pages == MAP_FAILED) {
            retry();
        } else {
            memset(pages, 1, 256 * PAGE);
        }
    }
}

// What dies of it is replaced.
static void bomb_memories(void)
{
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        pid_t child = fork();
        if (child == 0) {
            bomb_memory();
        }
        retry();
    }
}

static _Atomic(char *) deepest; // relaxed: nobody else looks; so that frames are really there

static int recurse(int depth) // NOLINT(misc-no-recursion)
{
    char frame[PAGE];
    frame[0] = (char)depth;
    atomic_store_explicit(&deepest, frame, memory_order_relaxed);
    return depth < 0 ? 0 : recurse(depth + 1) + frame[0];
}

static void bomb_stack(void)
{
    for (;;) {
        if (fork() == 0) {
            _exit(recurse(0));
        }
        retry();
    }
}

// A child goes on where this process may have no more.
static void go_on_in_child(void)
{
    if (fork() < 0) {
        retry();
    }
}

static void fill_pipe(int fd)
{
    static char data[PAGE];
    while (write(fd, data, sizeof(data)) > 0) {
    }
}

static void bomb_files(void)
{
    int ends[2];
    for (;;) {
        if (pipe2(ends, O_NONBLOCK) == 0) {
            fill_pipe(ends[1]);
        } else {
            go_on_in_child();
        }
    }
}

static void bomb_folder(void)
{
    static char data[16 * PAGE];
    int fd = open("/tmp/bomb", O_CREAT | O_WRONLY | O_APPEND, 0600);
    if (fd < 0) {
        die("/tmp/bomb");
    }
    unlink("/tmp/bomb");
    for (;;) {
        if (write(fd, data, sizeof(data)) < 0) {
            retry();
        }
    }
}

// No two neighbours have the same protection, so that each is an area of its own.
static void bomb_areas(void)
{
    for (bool odd = false;; odd = !odd) {
        if (mmap(NULL, PAGE, odd ? PROT_READ : PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
            MAP_FAILED) {
            retry();
        }
    }
}

static void bomb_signals(void)
{
    sigset_t all;
    union sigval value = {.sival_int = 1};
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    for (;;) {
        if (sigqueue(getpid(), SIGRTMIN, value) < 0) {
            go_on_in_child();
        }
    }
}

static void *wait_and_wake(void *argument)
{
    static _Atomic unsigned words[8];
    for (unsigned i = (unsigned)(uintptr_t)argument;; i++) {
        const struct timespec soon = {.tv_nsec = NS_PER_US};
        (void)syscall(SYS_futex, &words[i % 8], 0, 0, &soon, NULL, 0);
        (void)syscall(SYS_futex, &words[(i + 1) % 8], 1, 100, NULL, NULL, 0);
    }
    return NULL;
}

static void bomb_futex(void)
{
    pthread_t thread;
    for (uintptr_t i = 0; i < 64; i++) {
        pthread_create(&thread, NULL, wait_and_wake, (void *)i);
    }
    sleep_for_ever(NULL);
}

static void bomb_cpu(void)
{
    for (int i = 0; i < 16 && fork() != 0; i++) {
    }
    for (;;) {
        __asm__("" ::: "memory");
    }
}

// Be held back by as little as may be.
static void lift_limits(void)
{
    const struct rlimit none = {.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
    if (!score_set("-1000") || setrlimit(RLIMIT_NPROC, &none) < 0) {
        die("no limits");
    }
}

int bomb_main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } bombs[] = {{"areas", bomb_areas},       {"cpu", bomb_cpu},        {"files", bomb_files},
                 {"folder", bomb_folder},     {"fork", bomb_fork},      {"futex", bomb_futex},
                 {"memories", bomb_memories}, {"memory", bomb_memory},  {"signals", bomb_signals},
                 {"stack", bomb_stack},       {"threads", bomb_threads}};
    while (option_next(argc, argv, "u") == 'u') {
        lift_limits();
    }
    for (unsigned i = 0; optind == argc - 1 && i < sizeof(bombs) / sizeof(bombs[0]); i++) {
        if (strcmp(bombs[i].name, argv[optind]) == 0) {
            bombs[i].run();
        }
    }
    return misuse("which one?");
}
