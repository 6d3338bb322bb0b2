// SPDX-License-Identifier: MIT
// user/test/support.c - what the tests share.
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "user/lib/clock.h"
#include "user/test/utest.h"

enum { AWAIT_MS = 10000 };

static _Noreturn void fail(const char *text, const char *file, int line)
{
    printf("# %s:%d: %s: does not hold (errno %d)\n", file, line, text, errno);
    fflush(stdout);
    _exit(1);
}

void check_at(bool holds, const char *text, const char *file, int line)
{
    if (!holds) {
        fail(text, file, line);
    }
}

void check_equal_at(long is, long should, const char *text, const char *file, int line)
{
    if (is != should) {
        printf("# %ld, not %ld:\n", is, should);
        fail(text, file, line);
    }
}

void check_error_at(long result, int error, const char *text, const char *file, int line)
{
    if (result != -1 || errno != error) {
        printf("# result %ld, errno %d (%s), not %d (%s):\n", result, errno, strerror(errno), error,
               strerror(error));
        fail(text, file, line);
    }
}

bool is_emulated(void)
{
    return getenv("UTEST_RUNNER") != NULL;
}

void skip_if_emulated(const char *why)
{
    if (is_emulated()) {
        skip(why);
    }
}

void skip_unless_hartbeat(const char *why)
{
    if (access("/proc/hartbeat", F_OK) < 0) {
        skip(why);
    }
}

pid_t fork_child(void (*body)(void))
{
    fflush(stdout);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        body();
        fflush(stdout);
        _exit(0);
    }
    return pid;
}

static int wait_status(pid_t pid)
{
    int status;
    pid_t ended;
    do {
        ended = waitpid(pid, &status, 0);
    } while (ended < 0 && errno == EINTR);
    CHECK_EQUAL(ended, pid);
    return status;
}

int run_child(void (*body)(void))
{
    return wait_status(fork_child(body));
}

int wait_child(pid_t pid)
{
    int status = wait_status(pid);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

void check_dies_at(void (*body)(void), int signal, const char *text, const char *file, int line)
{
    int status = run_child(body);
    int died_of = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    check_equal_at(died_of, signal, text, file, line);
}

void exec_role(char *const *arguments)
{
    char *argv[16] = {0};
    int count = 0;
    // Where the kernel does not know the programs of this machine: what runs them.
    char *runner = getenv("UTEST_RUNNER");
    char self[512] = "";
    CHECK(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
    if (runner != NULL) {
        argv[count++] = runner;
    }
    argv[count++] = self;
    argv[count++] = "--as";
    for (; *arguments != NULL && count < 15; arguments++) {
        argv[count++] = *arguments;
    }
    execv(argv[0], argv);
    fail("execv", argv[0], errno);
}

void sleep_ms(unsigned ms)
{
    struct timespec time = clock_timespec((uint64_t)ms * NS_PER_MS);
    while (nanosleep(&time, &time) < 0 && errno == EINTR) {
    }
}

void await(const _Atomic unsigned *word, unsigned value)
{
    for (unsigned ms = 0; ms < AWAIT_MS; ms++) {
        // acquire: what was written before the word is there.
        if (atomic_load_explicit(word, memory_order_acquire) >= value) {
            return;
        }
        sleep_ms(1);
    }
    CHECK(false);
}

void *shared_memory(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    return memory;
}

uint32_t next_random(uint32_t *state)
{
    // Marsaglia's xorshift32.
    uint32_t x = *state != 0 ? *state : 1;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

void start_thread(pthread_t *thread, void *(*body)(void *), void *argument)
{
    errno = pthread_create(thread, NULL, body, argument);
    CHECK_EQUAL(errno, 0);
}

void *join_thread(pthread_t thread)
{
    void *result;
    CHECK_EQUAL(pthread_join(thread, &result), 0);
    return result;
}

void start_threads(unsigned long *threads, unsigned count, void *(*body)(void *))
{
    for (uintptr_t i = 0; i < count; i++) {
        start_thread(&threads[i], body, (void *)i);
    }
}

void join_threads(const unsigned long *threads, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        CHECK(join_thread(threads[i]) == NULL);
    }
}

void run_threads(unsigned count, void *(*body)(void *))
{
    unsigned long threads[16];
    CHECK(count <= sizeof(threads) / sizeof(threads[0]));
    start_threads(threads, count, body);
    join_threads(threads, count);
}

void pause_for_ever(void)
{
    for (;;) {
        pause();
    }
}
