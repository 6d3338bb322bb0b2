// SPDX-License-Identifier: MIT
// user/test/storm_test.c - many processes at once: what must neither hang nor leak.
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/test/utest.h"

static void fork_and_wait(void)
{
    for (unsigned i = 0; i < 10; i++) {
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            _exit((int)i);
        }
        CHECK_EQUAL(wait_child(child), i);
    }
}

void test_storm_fork(void)
{
    pid_t children[8];
    for (unsigned t = 0; t < scaled(5); t++) {
        for (int i = 0; i < 8; i++) {
            children[i] = fork_child(fork_and_wait);
        }
        for (int i = 0; i < 8; i++) {
            CHECK_EQUAL(wait_child(children[i]), 0);
        }
    }
}

static void exec_exit(void)
{
    exec_role((char *[]){"exit", "7", NULL});
}

void test_storm_exec(void)
{
    pid_t children[4];
    for (unsigned t = 0; t < scaled(5); t++) {
        for (int i = 0; i < 4; i++) {
            children[i] = fork_child(exec_exit);
        }
        for (int i = 0; i < 4; i++) {
            CHECK_EQUAL(wait_child(children[i]), 7);
        }
    }
}

static void *exit_soon(void *argument)
{
    sleep_ms((unsigned)(uintptr_t)argument);
    _exit(3);
}

static void exit_among_threads(void)
{
    pthread_t thread;
    for (uintptr_t i = 0; i < 4; i++) {
        start_thread(&thread, exit_soon, (void *)(i % 2));
    }
    for (;;) {
        pause();
    }
}

// Several threads end their process at the same time.
void test_storm_exit(void)
{
    for (unsigned i = 0; i < scaled(50); i++) {
        CHECK_EQUAL(wait_child(fork_child(exit_among_threads)), 3);
    }
}

static void work_until_killed(void)
{
    for (;;) {
        char *pages = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        CHECK(pages != MAP_FAILED);
        memset(pages, 1, 65536);
        CHECK_EQUAL(munmap(pages, 65536), 0);
    }
}

// Killed wherever they happen to be.
void test_storm_kill(void)
{
    uint32_t seed = 11;
    for (unsigned i = 0; i < scaled(50); i++) {
        pid_t child = fork_child(work_until_killed);
        sleep_ms(next_random(&seed) % 4);
        CHECK_EQUAL(kill(child, SIGKILL), 0);
        CHECK_EQUAL(wait_child(child), -SIGKILL);
    }
}

static void fork_until_refused(void)
{
    pid_t children[64];
    int count = 0;
    struct rlimit limit;
    CHECK_EQUAL(getrlimit(RLIMIT_NPROC, &limit), 0);
    while (count < 64) {
        children[count] = fork();
        if (children[count] < 0) {
            CHECK_EQUAL(errno, EAGAIN);
            break;
        }
        if (children[count] == 0) {
            pause();
            _exit(0);
        }
        count++;
    }
    for (int i = 0; i < count; i++) {
        CHECK_EQUAL(kill(children[i], SIGKILL), 0);
        CHECK_EQUAL(wait_child(children[i]), -SIGKILL);
    }
}

// Sixty-four processes that sleep, and all of them killed.
void test_storm_crowd(void)
{
    for (unsigned i = 0; i < scaled(3); i++) {
        CHECK_EQUAL(run_child(fork_until_refused), 0);
    }
}

static void take_all_memory(void)
{
    for (size_t bytes = 1UL << 40; bytes >= 4096;) {
        char *place = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (place == MAP_FAILED) {
            CHECK_EQUAL(errno, ENOMEM);
            bytes /= 2;
        }
    }
}

// Address space without end is refused with ENOMEM, and given back at the end.
void test_storm_address_space(void)
{
    struct rlimit limit = {1UL << 32, 1UL << 32};
    skip_if_emulated("it has no limit of its own");
    CHECK_EQUAL(setrlimit(RLIMIT_AS, &limit), 0);
    CHECK_EQUAL(run_child(take_all_memory), 0);
}
