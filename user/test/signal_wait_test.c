// SPDX-License-Identifier: MIT
// user/test/signal_wait_test.c - signals: waiting for them, and calls that they interrupt.
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "user/lib/clock.h"
#include "user/test/signals.h"
#include "user/test/utest.h"

// What the handler below has seen.
static atomic_int seen_value;
static atomic_int seen_pid;
static atomic_int seen_code;

static void note_info(int number, siginfo_t *info, void *context)
{
    (void)context;
    atomic_store_explicit(&seen_value, info->si_value.sival_int, memory_order_relaxed);
    atomic_store_explicit(&seen_pid, info->si_pid, memory_order_relaxed);
    atomic_store_explicit(&seen_code, info->si_code, memory_order_relaxed);
    signal_count(number);
}

// ---- Waiting for signals -----------------------------------------------------------------------

static void send_value(void)
{
    union sigval value = {.sival_int = 4242};
    sleep_ms(20);
    CHECK_EQUAL(sigqueue(getppid(), SIGUSR1, value), 0);
}

void test_signal_value(void)
{
    signal_handle_info(SIGUSR1, note_info, 0);
    pid_t child = fork_child(send_value);
    while (signals_seen == 0) {
        sleep_ms(1);
    }
    CHECK_EQUAL(seen_value, 4242);
    CHECK_EQUAL(seen_pid, child);
    CHECK_EQUAL(seen_code, SI_QUEUE);
    CHECK_EQUAL(wait_child(child), 0);
}

void test_signal_wait(void)
{
    int number;
    sigset_t set = signal_set(SIGUSR1);
    signal_block(SIGUSR1);
    pid_t child = fork_child(send_value);
    CHECK_EQUAL(sigwait(&set, &number), 0);
    CHECK_EQUAL(number, SIGUSR1);
    CHECK_EQUAL(wait_child(child), 0);
}

void test_signal_timed_wait(void)
{
    siginfo_t info;
    sigset_t set = signal_set(SIGUSR1);
    struct timespec soon = {.tv_nsec = 20 * NS_PER_MS};
    struct timespec late = {.tv_sec = 10};
    struct timespec wrong = {.tv_nsec = NS_PER_S};
    signal_block(SIGUSR1);
    uint64_t start = clock_ns();
    CHECK_ERROR(sigtimedwait(&set, &info, &soon), EAGAIN);
    CHECK(clock_ns() - start >= 20 * NS_PER_MS);
    CHECK_ERROR(sigtimedwait(&set, &info, &wrong), EINVAL);
    pid_t child = fork_child(send_value);
    CHECK_EQUAL(sigtimedwait(&set, &info, &late), SIGUSR1);
    CHECK_EQUAL(info.si_value.sival_int, 4242);
    CHECK_EQUAL(info.si_pid, child);
    CHECK_EQUAL(wait_child(child), 0);
}

void test_signal_suspend(void)
{
    sigset_t none;
    sigset_t mask;
    sigemptyset(&none);
    signal_handle(SIGUSR1, signal_count, 0);
    signal_block(SIGUSR1);
    pid_t child = fork_child(send_value);
    CHECK_ERROR(sigsuspend(&none), EINTR);
    CHECK_EQUAL(signals_seen, 1);
    CHECK_EQUAL(sigprocmask(SIG_BLOCK, NULL, &mask), 0);
    CHECK(sigismember(&mask, SIGUSR1));
    CHECK_EQUAL(wait_child(child), 0);
}

void test_signal_pause(void)
{
    signal_handle(SIGUSR1, signal_count, SA_RESTART);
    pid_t child = fork_child(send_value);
    CHECK_ERROR(pause(), EINTR);
    CHECK_EQUAL(signals_seen, 1);
    CHECK_EQUAL(wait_child(child), 0);
}

void test_signal_child_ends(void)
{
    sigset_t set = signal_set(SIGCHLD);
    siginfo_t info;
    signal_block(SIGCHLD);
    pid_t child = fork_child(send_value);
    signal_handle(SIGUSR1, signal_count, SA_RESTART);
    while (sigwaitinfo(&set, &info) < 0) {
        CHECK_EQUAL(errno, EINTR);
    }
    CHECK_EQUAL(info.si_pid, child);
    CHECK_EQUAL(info.si_code, CLD_EXITED);
    CHECK_EQUAL(wait_child(child), 0);
}

// Who ignores SIGCHLD leaves no zombies.
static void exit_at_once(void)
{
}

void test_signal_ignored_children(void)
{
    signal(SIGCHLD, SIG_IGN);
    for (int i = 0; i < 10; i++) {
        fork_child(exit_at_once);
    }
    CHECK_ERROR(wait(NULL), ECHILD);
}

// ---- Calls that are interrupted ----------------------------------------------------------------

static int ends[2];

static void signal_then_write(void)
{
    sleep_ms(30);
    CHECK_EQUAL(kill(getppid(), SIGUSR1), 0);
    sleep_ms(30);
    CHECK_EQUAL(write(ends[1], "x", 1), 1);
}

void test_signal_restart(void)
{
    char byte = 0;
    CHECK_EQUAL(pipe(ends), 0);
    signal_handle(SIGUSR1, signal_count, SA_RESTART);
    pid_t child = fork_child(signal_then_write);
    CHECK_EQUAL(read(ends[0], &byte, 1), 1);
    CHECK_EQUAL(byte, 'x');
    CHECK_EQUAL(signals_seen, 1);
    CHECK_EQUAL(wait_child(child), 0);
}

void test_signal_interrupt(void)
{
    char byte = 0;
    CHECK_EQUAL(pipe(ends), 0);
    signal_handle(SIGUSR1, signal_count, 0);
    pid_t child = fork_child(signal_then_write);
    CHECK_ERROR(read(ends[0], &byte, 1), EINTR);
    CHECK_EQUAL(signals_seen, 1);
    CHECK_EQUAL(read(ends[0], &byte, 1), 1);
    CHECK_EQUAL(wait_child(child), 0);
}

// A signal that is ignored interrupts nothing.
void test_signal_ignored(void)
{
    char byte = 0;
    CHECK_EQUAL(pipe(ends), 0);
    signal(SIGUSR1, SIG_IGN);
    pid_t child = fork_child(signal_then_write);
    CHECK_EQUAL(read(ends[0], &byte, 1), 1);
    CHECK_EQUAL(wait_child(child), 0);
}

void test_signal_sleep(void)
{
    struct timespec time = {.tv_sec = 5};
    struct timespec left = {0};
    CHECK_EQUAL(pipe(ends), 0);
    signal_handle(SIGUSR1, signal_count, SA_RESTART);
    pid_t child = fork_child(signal_then_write);
    // Sleep is not restarted, and says what is left.
    CHECK_ERROR(nanosleep(&time, &left), EINTR);
    CHECK(left.tv_sec == 4 && left.tv_nsec > 0);
    CHECK_EQUAL(wait_child(child), 0);
}
