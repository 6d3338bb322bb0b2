// SPDX-License-Identifier: MIT
// user/test/sched_test.c - scheduling calls and clocks.
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "user/lib/clock.h"
#include "user/test/utest.h"

// ---- Affinity ----------------------------------------------------------------------------------

static void bind_to(unsigned cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    CHECK_EQUAL(sched_setaffinity(0, sizeof(set), &set), 0);
}

static bool may_run_on(const cpu_set_t *set, unsigned cpu)
{
    return CPU_ISSET(cpu, set);
}

// It is on the new cpu when the call returns.
void test_sched_affinity(void)
{
    cpu_set_t all;
    cpu_set_t now;
    CHECK_EQUAL(sched_getaffinity(0, sizeof(all), &all), 0);
    CHECK(CPU_COUNT(&all) > 0);
    for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!may_run_on(&all, cpu)) {
            continue;
        }
        bind_to(cpu);
        CHECK_EQUAL(sched_getcpu(), cpu);
        CHECK_EQUAL(sched_getaffinity(0, sizeof(now), &now), 0);
        CHECK(CPU_COUNT(&now) == 1 && may_run_on(&now, cpu));
    }
    CHECK_EQUAL(sched_setaffinity(0, sizeof(all), &all), 0);
}

static void check_bound(void)
{
    cpu_set_t now;
    CHECK_EQUAL(sched_getaffinity(0, sizeof(now), &now), 0);
    CHECK_EQUAL(CPU_COUNT(&now), 1);
}

void test_sched_affinity_inherited(void)
{
    bind_to((unsigned)sched_getcpu());
    CHECK_EQUAL(run_child(check_bound), 0);
}

void test_sched_affinity_errors(void)
{
    cpu_set_t none;
    CPU_ZERO(&none);
    CHECK_ERROR(sched_setaffinity(0, sizeof(none), &none), EINVAL);
    CHECK_ERROR(sched_setaffinity(0x3fffffff, sizeof(none), &none), ESRCH);
    CHECK_ERROR(syscall(SYS_sched_getaffinity, 0, 7L, &none), EINVAL);
    CHECK_ERROR(syscall(SYS_sched_getaffinity, 0, 128L, 8L), EFAULT);
    // The raw call returns how many bytes it has written, of whole words.
    long bytes = syscall(SYS_sched_getaffinity, 0, sizeof(none), &none);
    CHECK(bytes > 0 && bytes % 8 == 0 && bytes <= (long)sizeof(none));
}

// ---- Policies ----------------------------------------------------------------------------------

static void set_policy(int policy, int priority)
{
    struct sched_param parameters = {.sched_priority = priority};
    if (sched_setscheduler(0, policy, &parameters) < 0 && errno == EPERM) {
        skip("this user may not");
    }
    CHECK_EQUAL(sched_getscheduler(0), policy);
    CHECK_EQUAL(sched_getparam(0, &parameters), 0);
    CHECK_EQUAL(parameters.sched_priority, priority);
}

void test_sched_policies(void)
{
    set_policy(SCHED_FIFO, 1);
    set_policy(SCHED_FIFO, 99);
    set_policy(SCHED_RR, 50);
    set_policy(SCHED_BATCH, 0);
    set_policy(SCHED_IDLE, 0);
    set_policy(SCHED_OTHER, 0);
}

void test_sched_policy_errors(void)
{
    const struct {
        int policy;
        int priority;
    } wrong[] = {{SCHED_FIFO, 0}, {SCHED_FIFO, 100}, {SCHED_RR, -1}, {SCHED_OTHER, 1}, {99, 0}};
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct sched_param parameters = {.sched_priority = wrong[i].priority};
        CHECK_ERROR(sched_setscheduler(0, wrong[i].policy, &parameters), EINVAL);
    }
    struct sched_param none = {0};
    CHECK_ERROR(sched_setscheduler(0x3fffffff, SCHED_OTHER, &none), ESRCH);
    CHECK_ERROR(sched_getscheduler(-1), EINVAL);
    CHECK_EQUAL(sched_get_priority_min(SCHED_FIFO), 1);
    CHECK_EQUAL(sched_get_priority_max(SCHED_RR), 99);
    CHECK_EQUAL(sched_get_priority_max(SCHED_OTHER), 0);
    CHECK_ERROR(sched_get_priority_max(99), EINVAL);
}

static _Atomic unsigned long low_turns;
static _Atomic unsigned stop;

static void *spin_low(void *argument)
{
    (void)argument;
    while (atomic_load_explicit(&stop, memory_order_relaxed) == 0) {
        atomic_fetch_add_explicit(&low_turns, 1, memory_order_relaxed);
    }
    return NULL;
}

// While a real-time thread runs, an ordinary one of the same cpu does not.
void test_sched_real_time_first(void)
{
    pthread_t low;
    skip_if_emulated("its result is the host's, where real time has a limit");
    bind_to((unsigned)sched_getcpu());
    start_thread(&low, spin_low, NULL);
    set_policy(SCHED_FIFO, 10);
    unsigned long before = atomic_load_explicit(&low_turns, memory_order_relaxed);
    for (uint64_t start = clock_ns(); clock_ns() - start < 50 * NS_PER_MS;) {
    }
    CHECK_EQUAL(atomic_load_explicit(&low_turns, memory_order_relaxed), before);
    set_policy(SCHED_OTHER, 0);
    atomic_store_explicit(&stop, 1, memory_order_relaxed);
    join_thread(low);
}

void test_sched_interval(void)
{
    struct timespec interval = {.tv_nsec = -1};
    CHECK_EQUAL(sched_rr_get_interval(0, &interval), 0);
    CHECK(interval.tv_sec >= 0 && interval.tv_nsec >= 0 && interval.tv_nsec < NS_PER_S);
    CHECK_ERROR(sched_rr_get_interval(0x3fffffff, &interval), ESRCH);
}

// ---- Nice values: the exercises' rules, as Linux has them --------------------------------------

static void check_nice(void)
{
    CHECK_EQUAL(getpriority(PRIO_PROCESS, 0), 10);
}

void test_sched_nice(void)
{
    CHECK_EQUAL(setpriority(PRIO_PROCESS, 0, 10), 0);
    CHECK_EQUAL(getpriority(PRIO_PROCESS, 0), 10);
    // The raw call has 20 less nice, so that it is never negative.
    CHECK_EQUAL(syscall(SYS_getpriority, PRIO_PROCESS, 0), 10);
    CHECK_EQUAL(run_child(check_nice), 0);
    // What is too large is taken for the largest.
    CHECK_EQUAL(setpriority(PRIO_PROCESS, 0, 1000000), 0);
    CHECK_EQUAL(getpriority(PRIO_PROCESS, 0), 19);
    CHECK_ERROR(setpriority(99, 0, 0), EINVAL);
    CHECK_ERROR(setpriority(PRIO_PROCESS, 0x3fffffff, 0), ESRCH);
}

void test_sched_yield(void)
{
    for (int i = 0; i < 5; i++) {
        CHECK_EQUAL(sched_yield(), 0);
    }
}

// ---- Clocks ------------------------------------------------------------------------------------

void test_time_monotonic(void)
{
    const clockid_t clocks[] = {CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_BOOTTIME,
                                CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID};
    for (unsigned i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
        uint64_t last = 0;
        for (int j = 0; j < 1000; j++) {
            struct timespec time;
            CHECK_EQUAL(clock_gettime(clocks[i], &time), 0);
            uint64_t now = (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_nsec;
            CHECK(now >= last && time.tv_nsec >= 0 && time.tv_nsec < NS_PER_S);
            last = now;
        }
    }
    struct timespec time;
    CHECK_ERROR(syscall(SYS_clock_gettime, 77, &time), EINVAL);
    CHECK_EQUAL(clock_getres(CLOCK_MONOTONIC, &time), 0);
    CHECK(time.tv_sec == 0 && time.tv_nsec > 0);
}

void test_time_sleep(void)
{
    for (int i = 0; i < 5; i++) {
        uint64_t start = clock_ns();
        sleep_ms(20);
        uint64_t took = clock_ns() - start;
        CHECK(took >= 20 * NS_PER_MS && took < 2 * (uint64_t)NS_PER_S);
    }
    struct timespec wrong = {.tv_nsec = NS_PER_S};
    CHECK_ERROR(nanosleep(&wrong, NULL), EINVAL);
    wrong = (struct timespec){.tv_sec = -1};
    CHECK_ERROR(nanosleep(&wrong, NULL), EINVAL);
}

void test_time_sleep_until(void)
{
    const clockid_t clocks[] = {CLOCK_MONOTONIC, CLOCK_REALTIME};
    for (unsigned i = 0; i < 2; i++) {
        uint64_t until = clock_ns_of(clocks[i]) + 20 * NS_PER_MS;
        struct timespec time = clock_timespec(until);
        CHECK_EQUAL(clock_nanosleep(clocks[i], TIMER_ABSTIME, &time, NULL), 0);
        CHECK(clock_ns_of(clocks[i]) >= until);
        // What is past is over at once.
        CHECK_EQUAL(clock_nanosleep(clocks[i], TIMER_ABSTIME, &time, NULL), 0);
    }
    struct timespec soon = {.tv_nsec = 1};
    CHECK_EQUAL(clock_nanosleep(77, 0, &soon, NULL), EINVAL);
    CHECK_EQUAL(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &soon, NULL), EINVAL);
}

// Sleeping uses no cpu, computing does.
void test_time_of_cpu(void)
{
    uint64_t start = clock_ns_of(CLOCK_PROCESS_CPUTIME_ID);
    sleep_ms(50);
    CHECK(clock_ns_of(CLOCK_PROCESS_CPUTIME_ID) - start < 40 * NS_PER_MS);
    uint64_t thread_start = clock_ns_of(CLOCK_THREAD_CPUTIME_ID);
    while (clock_ns_of(CLOCK_THREAD_CPUTIME_ID) - thread_start < 10 * NS_PER_MS) {
    }
    CHECK(clock_ns_of(CLOCK_PROCESS_CPUTIME_ID) - start >= 10 * NS_PER_MS);
}

void test_time_of_day(void)
{
    struct timeval day;
    CHECK_EQUAL(gettimeofday(&day, NULL), 0);
    uint64_t clock = clock_ns_of(CLOCK_REALTIME);
    uint64_t ns = (uint64_t)day.tv_sec * NS_PER_S + (uint64_t)day.tv_usec * NS_PER_US;
    CHECK(clock >= ns && clock - ns < NS_PER_S);
}
