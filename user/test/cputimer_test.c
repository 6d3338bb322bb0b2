// SPDX-License-Identifier: MIT
// user/test/cputimer_test.c - interval timers that go by the time a process runs.
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/lib/clock.h"
#include "user/test/signals.h"
#include "user/test/utest.h"

enum { TURN_MS = 20, TURN_US = TURN_MS * 1000, LIMIT_MS = 5000 };

static const struct itimerval often = {{0, TURN_US}, {0, TURN_US}};
static const struct itimerval once = {{0, 0}, {0, TURN_US}};
static const struct itimerval never;

static uint64_t cpu_ns(void)
{
    return clock_ns_of(CLOCK_PROCESS_CPUTIME_ID);
}

// Compute until so many signals have come. Returns: how long that took on the hart; it has a limit.
static uint64_t compute_until(unsigned signals)
{
    uint64_t start = cpu_ns();
    while (atomic_load_explicit(&signals_seen, memory_order_relaxed) < signals &&
           cpu_ns() - start < LIMIT_MS * (uint64_t)NS_PER_MS) {
    }
    return cpu_ns() - start;
}

// Four turns of 20 ms do not come after 60, and other kernels count by ticks.
static void check_often(int which, int signo)
{
    signals_seen = 0;
    signal_handle(signo, signal_count, 0);
    CHECK_EQUAL(setitimer(which, &often, NULL), 0);
    uint64_t took = compute_until(4);
    CHECK(took > 3 * TURN_MS * (uint64_t)NS_PER_MS && took < LIMIT_MS * (uint64_t)NS_PER_MS);
    CHECK_EQUAL(signals_number, signo);
    CHECK_EQUAL(setitimer(which, &never, NULL), 0);
}

void test_cputimer_often(void)
{
    check_often(ITIMER_PROF, SIGPROF);
    check_often(ITIMER_VIRTUAL, SIGVTALRM);
}

// No time passes for a process that sleeps.
void test_cputimer_asleep(void)
{
    signal_handle(SIGPROF, signal_count, SA_RESTART);
    CHECK_EQUAL(setitimer(ITIMER_PROF, &often, NULL), 0);
    compute_until(1);
    CHECK_EQUAL(signals_seen, 1);
    for (uint64_t start = clock_ns(); clock_ns() - start < 10 * TURN_MS * (uint64_t)NS_PER_MS;) {
        sleep_ms(2 * TURN_MS);
    }
    // One, if all this took so long.
    CHECK(signals_seen <= 2);
    compute_until(4);
    CHECK(signals_seen >= 4);
}

static long microseconds(const struct timeval *time)
{
    return time->tv_sec * 1000000 + time->tv_usec;
}

void test_cputimer_settings(void)
{
    const struct itimerval late = {{7, 0}, {1000, 0}};
    struct itimerval now;
    CHECK_EQUAL(getitimer(ITIMER_PROF, &now), 0);
    CHECK(memcmp(&now, &never, sizeof(now)) == 0);
    CHECK_EQUAL(setitimer(ITIMER_PROF, &late, NULL), 0);
    uint64_t start = cpu_ns();
    while (cpu_ns() - start < TURN_MS * (uint64_t)NS_PER_MS) {
    }
    CHECK_EQUAL(getitimer(ITIMER_PROF, &now), 0);
    CHECK_EQUAL(now.it_interval.tv_sec, 7);
    CHECK(microseconds(&now.it_value) <= 1000000000L - TURN_US / 2);
    CHECK(microseconds(&now.it_value) > 990000000L);
    CHECK_EQUAL(getitimer(ITIMER_VIRTUAL, &now), 0);
    CHECK(memcmp(&now, &never, sizeof(now)) == 0);
    CHECK_EQUAL(setitimer(ITIMER_PROF, &never, &now), 0);
    CHECK(now.it_value.tv_sec >= 990 && now.it_interval.tv_sec == 7);
    CHECK_EQUAL(setitimer(ITIMER_PROF, &never, &now), 0);
    CHECK(memcmp(&now, &never, sizeof(now)) == 0);
}

void test_cputimer_errors(void)
{
    const struct itimerval wrong = {{0, 0}, {0, 1000000}};
    const struct itimerval negative = {{0, -1}, {1, 0}};
    for (int which = ITIMER_VIRTUAL; which <= ITIMER_PROF; which++) {
        CHECK_ERROR(setitimer(which, &wrong, NULL), EINVAL);
        CHECK_ERROR(setitimer(which, &negative, NULL), EINVAL);
    }
    struct itimerval now;
    CHECK_ERROR(getitimer(3, &now), EINVAL);
    CHECK_ERROR(setitimer(-1, &once, NULL), EINVAL);
}

static void compute_for_ever(void)
{
    for (;;) {
        __asm__("" ::: "memory");
    }
}

static void end_by_prof(void)
{
    CHECK_EQUAL(setitimer(ITIMER_PROF, &once, NULL), 0);
    compute_for_ever();
}

static void end_by_virtual(void)
{
    CHECK_EQUAL(setitimer(ITIMER_VIRTUAL, &once, NULL), 0);
    compute_for_ever();
}

void test_cputimer_ends(void)
{
    CHECK_DIES(end_by_prof, SIGPROF);
    CHECK_DIES(end_by_virtual, SIGVTALRM);
}

static void has_none(void)
{
    struct itimerval now;
    CHECK_EQUAL(getitimer(ITIMER_PROF, &now), 0);
    CHECK(memcmp(&now, &never, sizeof(now)) == 0);
}

static void execute_with_timer(void)
{
    CHECK_EQUAL(setitimer(ITIMER_VIRTUAL, &once, NULL), 0);
    exec_role((char *[]){"compute", NULL});
}

// A child has none of its parent's, a program has those that were set before it.
void test_cputimer_fork_and_exec(void)
{
    const struct itimerval late = {{0, 0}, {1000, 0}};
    CHECK_EQUAL(setitimer(ITIMER_PROF, &late, NULL), 0);
    CHECK_EQUAL(run_child(has_none), 0);
    CHECK_EQUAL(wait_child(fork_child(execute_with_timer)), -SIGVTALRM);
}

enum { THREADS = 4 };

static void *compute_in_thread(void *argument)
{
    (void)argument;
    compute_until(3);
    return NULL;
}

// The time of all threads counts.
void test_cputimer_threads(void)
{
    signal_handle(SIGPROF, signal_count, 0);
    CHECK_EQUAL(setitimer(ITIMER_PROF, &often, NULL), 0);
    uint64_t start = cpu_ns();
    run_threads(THREADS, compute_in_thread);
    CHECK(signals_seen >= 3);
    CHECK(cpu_ns() - start > 2 * TURN_MS * (uint64_t)NS_PER_MS);
}

// Processes come and go with timers that are about to go off.
static void set_and_leave(void)
{
    const struct itimerval soon = {{0, 1}, {0, 1}};
    signal_handle(SIGPROF, SIG_IGN, 0);
    CHECK_EQUAL(setitimer(ITIMER_PROF, &soon, NULL), 0);
    for (uint64_t start = cpu_ns(); cpu_ns() - start < NS_PER_MS;) {
    }
}

void test_cputimer_storm(void)
{
    for (unsigned i = 0; i < scaled(50); i++) {
        pid_t first = fork_child(set_and_leave);
        CHECK_EQUAL(run_child(set_and_leave), 0);
        CHECK_EQUAL(wait_child(first), 0);
    }
}
