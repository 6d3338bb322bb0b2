// SPDX-License-Identifier: MIT
// user/test/clock_test.c - clocks, sleeping and interval timers.
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <unistd.h>

#include "user/lib/clock.h"
#include "user/test/utest.h"

enum { SHORT_MS = 20, NOBODY = 0x3ffffff };

static const clockid_t all_clocks[] = {
    CLOCK_REALTIME,         CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW,      CLOCK_REALTIME_COARSE,
    CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME,  CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID};
enum { CLOCKS = sizeof(all_clocks) / sizeof(all_clocks[0]) };

static uint64_t by_call(clockid_t clock)
{
    struct timespec time;
    CHECK_EQUAL(syscall(SYS_clock_gettime, clock, &time), 0);
    CHECK(time.tv_nsec >= 0 && time.tv_nsec < NS_PER_S);
    return (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_nsec;
}

// A call and the library, which may read the clock without one, agree on what comes first.
void test_clock_clocks(void)
{
    for (unsigned i = 0; i < CLOCKS; i++) {
        bool coarse =
            all_clocks[i] == CLOCK_REALTIME_COARSE || all_clocks[i] == CLOCK_MONOTONIC_COARSE;
        uint64_t last = 0;
        for (int turn = 0; turn < 1000; turn++) {
            uint64_t here = clock_ns_of(all_clocks[i]);
            uint64_t kernel = by_call(all_clocks[i]);
            CHECK(coarse || (here >= last && kernel >= here));
            last = kernel;
        }
    }
}

// The clock of a process, as the kernel encodes it.
static long cpu_clock(pid_t pid, long kind)
{
    return -8L * (pid + 1) + kind;
}

void test_clock_clock_errors(void)
{
    struct timespec time = {0};
    CHECK_ERROR(syscall(SYS_clock_gettime, 99, &time), EINVAL);
    CHECK_ERROR(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, 8), EFAULT);
    CHECK_ERROR(syscall(SYS_clock_getres, 99, &time), EINVAL);
    CHECK_EQUAL(clock_getres(CLOCK_MONOTONIC, NULL), 0);
    CHECK_EQUAL(clock_getres(CLOCK_MONOTONIC, &time), 0);
    CHECK_EQUAL(time.tv_sec, 0);
    CHECK_EQUAL(time.tv_nsec, 1);
    CHECK_ERROR(clock_settime(CLOCK_MONOTONIC, &time), EINVAL);
    CHECK_ERROR(syscall(SYS_clock_gettime, cpu_clock(NOBODY, 2), &time), EINVAL);
    CHECK_ERROR(syscall(SYS_clock_gettime, cpu_clock(getpid(), 3), &time), EINVAL);
}

void test_clock_of_day(void)
{
    struct timeval first;
    struct timeval second;
    CHECK_EQUAL(gettimeofday(&first, NULL), 0);
    uint64_t wall = clock_ns_of(CLOCK_REALTIME);
    CHECK_EQUAL(syscall(SYS_gettimeofday, &second, NULL), 0);
    CHECK((uint64_t)first.tv_sec * NS_PER_S + (uint64_t)first.tv_usec * NS_PER_US <= wall);
    CHECK((uint64_t)second.tv_sec * NS_PER_S + (uint64_t)second.tv_usec * NS_PER_US + NS_PER_US >
          wall);
    CHECK_ERROR(syscall(SYS_gettimeofday, 8, NULL), EFAULT);
}

// ---- Time on a hart ----------------------------------------------------------------------------

static void burn(unsigned ms)
{
    uint64_t until = clock_ns_of(CLOCK_THREAD_CPUTIME_ID) + (uint64_t)ms * NS_PER_MS;
    while (clock_ns_of(CLOCK_THREAD_CPUTIME_ID) < until) {
    }
}

static void *burn_thread(void *argument)
{
    (void)argument;
    burn(SHORT_MS);
    return NULL;
}

void test_clock_of_threads(void)
{
    pthread_t thread;
    clockid_t process;
    clockid_t mine;
    CHECK_EQUAL(clock_getcpuclockid(0, &process), 0);
    CHECK_EQUAL(pthread_getcpuclockid(pthread_self(), &mine), 0);
    uint64_t own = clock_ns_of(mine);
    uint64_t all = clock_ns_of(process);
    start_thread(&thread, burn_thread, NULL);
    (void)join_thread(thread);
    uint64_t mine_ran = clock_ns_of(mine) - own;
    CHECK(clock_ns_of(process) - all >= mine_ran + SHORT_MS * NS_PER_MS);
    uint64_t before = clock_ns_of(process);
    sleep_ms(10 * SHORT_MS);
    CHECK(clock_ns_of(process) - before < 5 * SHORT_MS * NS_PER_MS);
}

static uint64_t user_and_system_ns(int who)
{
    struct rusage usage;
    CHECK_EQUAL(getrusage(who, &usage), 0);
    return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * NS_PER_S +
           (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * NS_PER_US;
}

static void burn_child(void)
{
    burn(5 * SHORT_MS);
}

void test_clock_used(void)
{
    struct tms before;
    struct tms after;
    CHECK(times(&before) != (clock_t)-1);
    CHECK_EQUAL(user_and_system_ns(RUSAGE_CHILDREN), 0);
    CHECK_EQUAL(run_child(burn_child), 0);
    CHECK(user_and_system_ns(RUSAGE_CHILDREN) >= 3 * SHORT_MS * NS_PER_MS);
    burn(5 * SHORT_MS);
    CHECK(user_and_system_ns(RUSAGE_SELF) >= 3 * SHORT_MS * NS_PER_MS);
    CHECK(user_and_system_ns(RUSAGE_THREAD) >= 3 * SHORT_MS * NS_PER_MS);
    CHECK(times(&after) != (clock_t)-1);
    CHECK(after.tms_utime + after.tms_stime > before.tms_utime + before.tms_stime);
    CHECK(after.tms_cutime + after.tms_cstime > 0);
    CHECK_ERROR(syscall(SYS_getrusage, 7, &before), EINVAL);
}

// ---- Sleeping ----------------------------------------------------------------------------------

static void check_sleep(clockid_t clock, int flags)
{
    uint64_t length = SHORT_MS * NS_PER_MS;
    uint64_t before = clock_ns();
    struct timespec time =
        clock_timespec((flags & TIMER_ABSTIME ? clock_ns_of(clock) : 0) + length);
    CHECK_EQUAL(clock_nanosleep(clock, flags, &time, NULL), 0);
    CHECK(clock_ns() - before >= length - NS_PER_US);
}

void test_clock_sleep(void)
{
    check_sleep(CLOCK_MONOTONIC, 0);
    check_sleep(CLOCK_MONOTONIC, TIMER_ABSTIME);
    check_sleep(CLOCK_REALTIME, 0);
    check_sleep(CLOCK_REALTIME, TIMER_ABSTIME);
    check_sleep(CLOCK_BOOTTIME, 0);
    struct timespec past = {0};
    CHECK_EQUAL(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &past, NULL), 0);
    CHECK_EQUAL(nanosleep(&past, NULL), 0);
}

void test_clock_sleep_errors(void)
{
    struct timespec time = {.tv_nsec = NS_PER_S};
    CHECK_ERROR(nanosleep(&time, NULL), EINVAL);
    time = (struct timespec){.tv_sec = -1};
    CHECK_ERROR(nanosleep(&time, NULL), EINVAL);
    time = (struct timespec){0};
    CHECK_EQUAL(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &time, NULL), EINVAL);
    CHECK_EQUAL(clock_nanosleep(99, 0, &time, NULL), EINVAL);
}

static void ignore(int signo)
{
    (void)signo;
}

static void catch_alarm(int flags)
{
    struct sigaction action = {.sa_handler = ignore, .sa_flags = flags};
    CHECK_EQUAL(sigaction(SIGALRM, &action, NULL), 0);
}

static void set_timer(unsigned ms, unsigned interval_ms)
{
    struct itimerval timer = {.it_value = {.tv_usec = ms * 1000},
                              .it_interval = {.tv_usec = interval_ms * 1000}};
    CHECK_EQUAL(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

// What is left of a sleep that a handler ends; SA_RESTART makes no difference.
void test_clock_sleep_interrupted(void)
{
    struct timespec time = {.tv_sec = 5};
    struct timespec left = {0};
    catch_alarm(SA_RESTART);
    set_timer(SHORT_MS, 0);
    CHECK_ERROR(nanosleep(&time, &left), EINTR);
    CHECK(left.tv_sec < 5 && left.tv_sec >= 0 && left.tv_nsec > 0);
    set_timer(SHORT_MS, 0);
    CHECK_EQUAL(clock_nanosleep(CLOCK_MONOTONIC, 0, &time, &left), EINTR);
    CHECK(left.tv_sec < 5);
    time = clock_timespec(clock_ns() + 5ul * NS_PER_S);
    set_timer(SHORT_MS, 0);
    CHECK_EQUAL(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL), EINTR);
}

// A stop and a continuation in between: the sleep goes on to its end.
static void sleep_through(void)
{
    uint64_t before = clock_ns();
    struct timespec time = clock_timespec(5 * SHORT_MS * NS_PER_MS);
    CHECK_EQUAL(nanosleep(&time, NULL), 0);
    CHECK(clock_ns() - before >= 5 * SHORT_MS * NS_PER_MS);
}

void test_clock_sleep_goes_on(void)
{
    pid_t child = fork_child(sleep_through);
    sleep_ms(SHORT_MS);
    CHECK_EQUAL(kill(child, SIGSTOP), 0);
    sleep_ms(SHORT_MS);
    CHECK_EQUAL(kill(child, SIGCONT), 0);
    CHECK_EQUAL(wait_child(child), 0);
}

// ---- Interval timers ---------------------------------------------------------------------------

static _Atomic unsigned alarms;

static void count_alarm(int signo)
{
    (void)signo;
    atomic_fetch_add_explicit(&alarms, 1, memory_order_acq_rel);
}

void test_clock_interval_timer(void)
{
    struct itimerval timer = {0};
    CHECK(signal(SIGALRM, count_alarm) != SIG_ERR);
    set_timer(SHORT_MS, SHORT_MS / 4);
    CHECK_EQUAL(getitimer(ITIMER_REAL, &timer), 0);
    CHECK(timer.it_value.tv_usec > 0 && timer.it_value.tv_usec <= SHORT_MS * 1000);
    CHECK_EQUAL(timer.it_interval.tv_usec, SHORT_MS / 4 * 1000);
    AWAIT(alarms, 5);
    timer = (struct itimerval){0};
    CHECK_EQUAL(setitimer(ITIMER_REAL, &timer, &timer), 0);
    CHECK_EQUAL(timer.it_interval.tv_usec, SHORT_MS / 4 * 1000);
    sleep_ms(SHORT_MS);
    unsigned then = alarms;
    sleep_ms(SHORT_MS);
    CHECK_EQUAL(alarms, then);
    CHECK_ERROR(syscall(SYS_setitimer, 5, &timer, NULL), EINVAL);
    timer.it_value.tv_usec = 1000000;
    CHECK_ERROR(setitimer(ITIMER_REAL, &timer, NULL), EINVAL);
}

// The longest that some programs ask for: what is left is rounded to whole seconds.
void test_clock_alarm_long(void)
{
    static const unsigned seconds[] = {INT32_MAX, (unsigned)INT32_MAX + 1, UINT32_MAX / 2};
    (void)alarm(0);
    for (unsigned i = 0; i < 3; i++) {
        CHECK_EQUAL(alarm(seconds[i]), 0);
        CHECK_EQUAL(alarm(0), seconds[i]);
    }
}

static void have_no_timer(void)
{
    CHECK_EQUAL(alarm(0), 0);
}

void test_clock_alarm(void)
{
    (void)alarm(100);
    CHECK_EQUAL(run_child(have_no_timer), 0);
    unsigned left = alarm(0);
    CHECK(left > 90 && left <= 100);
    CHECK_EQUAL(alarm(0), 0);
}

// ---- Without a call ----------------------------------------------------------------------------

// Where signal handlers return to: unwinders look for exactly these instructions.
static void *returns_to;

static void note_return(int signo)
{
    (void)signo;
    returns_to = __builtin_return_address(0);
}

void test_clock_trampoline(void)
{
#ifdef __riscv
    static const unsigned char li_a7_139_ecall[8] = {0x93, 0x08, 0xb0, 0x08, 0x73, 0, 0, 0};
    CHECK(signal(SIGUSR1, note_return) != SIG_ERR);
    CHECK_EQUAL(raise(SIGUSR1), 0);
    CHECK(memcmp(returns_to, li_a7_139_ecall, sizeof(li_a7_139_ecall)) == 0);
#else
    (void)note_return;
    skip("another machine's");
#endif
}
