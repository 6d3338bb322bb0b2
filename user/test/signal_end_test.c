// SPDX-License-Identifier: MIT
// user/test/signal_end_test.c - signals that come by the clock, stop and end; signals to threads.
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "user/lib/clock.h"
#include "user/test/signals.h"
#include "user/test/utest.h"

// ---- Timers, stopping, ending ------------------------------------------------------------------

void test_signal_alarm(void)
{
    signal_handle(SIGALRM, signal_count, 0);
    uint64_t start = clock_ns();
    CHECK_EQUAL(alarm(100), scaled(TEST_LIMIT_S)); // that of the test itself
    CHECK_EQUAL(alarm(1), 100);
    CHECK_ERROR(pause(), EINTR);
    uint64_t took = clock_ns() - start;
    CHECK(signals_seen == 1 && took >= 900 * (uint64_t)NS_PER_MS && took < 10 * (uint64_t)NS_PER_S);
    CHECK_EQUAL(alarm(0), 0);
}

void test_signal_interval_timer(void)
{
    struct itimerval often = {{0, 10000}, {0, 10000}};
    struct itimerval now;
    signal_handle(SIGALRM, signal_count, 0);
    uint64_t start = clock_ns();
    CHECK_EQUAL(setitimer(ITIMER_REAL, &often, NULL), 0);
    while (signals_seen < 5) {
        pause();
    }
    CHECK(clock_ns() - start >= 50 * (uint64_t)NS_PER_MS);
    CHECK_EQUAL(getitimer(ITIMER_REAL, &now), 0);
    CHECK_EQUAL(now.it_interval.tv_usec, 10000);
    often.it_value.tv_usec = -1;
    CHECK_ERROR(setitimer(ITIMER_REAL, &often, NULL), EINVAL);
    CHECK_ERROR(setitimer(99, &now, NULL), EINVAL);
}

static void loop(void)
{
    for (;;) {
        __asm__("" ::: "memory");
    }
}

void test_signal_kill_loop(void)
{
    pid_t child = fork_child(loop);
    sleep_ms(10);
    CHECK_EQUAL(kill(child, SIGKILL), 0);
    CHECK_EQUAL(wait_child(child), -SIGKILL);
}

static void loop_in_handler(int number)
{
    (void)number;
    loop();
}

static void raise_into_loop(void)
{
    signal_handle(SIGUSR1, loop_in_handler, 0);
    raise(SIGUSR1);
}

void test_signal_kill_handler(void)
{
    pid_t child = fork_child(raise_into_loop);
    sleep_ms(10);
    CHECK_EQUAL(kill(child, SIGKILL), 0);
    CHECK_EQUAL(wait_child(child), -SIGKILL);
}

static void block_all_and_sleep(void)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    for (;;) {
        sleep_ms(1000);
    }
}

// Whatever it blocks, and while it sleeps.
void test_signal_kill_blocked(void)
{
    pid_t child = fork_child(block_all_and_sleep);
    sleep_ms(10);
    CHECK_EQUAL(kill(child, SIGTERM), 0);
    sleep_ms(10);
    CHECK_EQUAL(waitpid(child, NULL, WNOHANG), 0);
    CHECK_EQUAL(kill(child, SIGKILL), 0);
    CHECK_EQUAL(wait_child(child), -SIGKILL);
}

static _Atomic unsigned *ticks;

static void tick(void)
{
    for (;;) {
        atomic_fetch_add_explicit(ticks, 1, memory_order_relaxed);
        sleep_ms(1);
    }
}

void test_signal_stop(void)
{
    int status;
    ticks = shared_memory(sizeof(*ticks));
    pid_t child = fork_child(tick);
    AWAIT(*ticks, 3);
    CHECK_EQUAL(kill(child, SIGSTOP), 0);
    int tries = 0;
    while (waitpid(child, &status, WUNTRACED | WNOHANG) == 0) {
        if (++tries == 2000) {
            kill(child, SIGKILL);
            skip("SIGSTOP stops nothing here");
        }
        sleep_ms(1);
    }
    CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
    unsigned stopped_at = *ticks;
    sleep_ms(30);
    CHECK_EQUAL(*ticks, stopped_at);
    CHECK_EQUAL(kill(child, SIGCONT), 0);
    AWAIT(*ticks, stopped_at + 3);
    CHECK_EQUAL(kill(child, SIGKILL), 0);
    CHECK_EQUAL(wait_child(child), -SIGKILL);
}

static void default_action(int number)
{
    signal(number, SIG_DFL);
    raise(number);
}

static void raise_chld(void)
{
    default_action(SIGCHLD);
    default_action(SIGURG);
    default_action(SIGWINCH);
    default_action(SIGCONT);
}

static void raise_term(void)
{
    default_action(SIGTERM);
}

static void raise_usr1(void)
{
    default_action(SIGUSR1);
}

static void raise_real_time(void)
{
    default_action(SIGRTMAX);
}

static void abort_program(void)
{
    abort();
}

void test_signal_default_actions(void)
{
    CHECK_EQUAL(run_child(raise_chld), 0);
    CHECK_DIES(raise_term, SIGTERM);
    CHECK_DIES(raise_usr1, SIGUSR1);
    CHECK_DIES(abort_program, SIGABRT);
    skip_if_emulated("it uses real-time signals of its own");
    CHECK_DIES(raise_real_time, SIGRTMAX);
}

// ---- Threads -----------------------------------------------------------------------------------

static _Atomic pid_t handled_by;

static void note_thread(int number)
{
    atomic_store_explicit(&handled_by, gettid(), memory_order_relaxed);
    signal_count(number);
}

static void *wait_to_be_signalled(void *argument)
{
    atomic_store_explicit((_Atomic pid_t *)argument, gettid(), memory_order_release);
    while (signals_seen == 0) {
        sleep_ms(1);
    }
    return NULL;
}

void test_signal_to_thread(void)
{
    static _Atomic pid_t tid;
    pthread_t thread;
    signal_handle(SIGUSR1, note_thread, 0);
    start_thread(&thread, wait_to_be_signalled, &tid);
    AWAIT(*(_Atomic unsigned *)&tid, 1);
    CHECK_EQUAL(syscall(SYS_tgkill, getpid(), tid, SIGUSR1), 0);
    join_thread(thread);
    CHECK_EQUAL(handled_by, tid);
    CHECK_ERROR(syscall(SYS_tgkill, getpid(), 0x3fffffff, SIGUSR1), ESRCH);
}

// A signal to the process goes to a thread that does not block it.
void test_signal_to_process(void)
{
    static _Atomic pid_t tid;
    pthread_t thread;
    signal_handle(SIGUSR1, note_thread, 0);
    start_thread(&thread, wait_to_be_signalled, &tid);
    signal_block(SIGUSR1);
    CHECK_EQUAL(kill(getpid(), SIGUSR1), 0);
    join_thread(thread);
    CHECK_EQUAL(handled_by, tid);
}

static _Atomic unsigned *received;

static void count_received(int number)
{
    (void)number;
    atomic_fetch_add_explicit(received, 1, memory_order_relaxed);
}

static void receive_until_told(void)
{
    signal_handle(SIGUSR1, count_received, SA_RESTART);
    signal(SIGUSR2, SIG_DFL);
    atomic_store_explicit(received, 1, memory_order_release);
    loop();
}

void test_signal_storm(void)
{
    received = shared_memory(sizeof(*received));
    pid_t child = fork_child(receive_until_told);
    AWAIT(*received, 1);
    for (unsigned i = 0; i < scaled(2000); i++) {
        CHECK_EQUAL(kill(child, SIGUSR1), 0);
    }
    AWAIT(*received, 2);
    CHECK_EQUAL(kill(child, SIGUSR2), 0);
    CHECK_EQUAL(wait_child(child), -SIGUSR2);
}
