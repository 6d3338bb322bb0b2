// SPDX-License-Identifier: MIT
// user/test/timer_test.c - timers of timer_create().
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "user/lib/clock.h"
#include "user/test/utest.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

enum { MS = 1000000, FAR_S = 1000, VALUE = 4711 };

static const struct itimerspec never;
static const struct itimerspec soon = {.it_value = {.tv_nsec = 5 * MS}};
static const struct itimerspec often = {.it_value = {.tv_nsec = 5 * MS},
                                        .it_interval = {.tv_nsec = 5 * MS}};

static sigset_t blocked_set(int signo)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, signo);
    CHECK_EQUAL(sigprocmask(SIG_BLOCK, &set, NULL), 0);
    return set;
}

static timer_t timer_sending(int signo, int notify)
{
    timer_t timer;
    struct sigevent event = {.sigev_notify = notify, .sigev_signo = signo};

    event.sigev_value.sival_int = VALUE;
    event.sigev_notify_thread_id = (int)syscall(SYS_gettid);
    CHECK_EQUAL(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
    return timer;
}

static void set(timer_t timer, const struct itimerspec *to)
{
    CHECK_EQUAL(timer_settime(timer, 0, to, NULL), 0);
}

static void check_once(int notify)
{
    sigset_t signals = blocked_set(SIGRTMIN);
    timer_t timer = timer_sending(SIGRTMIN, notify);
    siginfo_t info;
    uint64_t start = clock_ns();

    set(timer, &soon);
    CHECK_EQUAL(sigwaitinfo(&signals, &info), SIGRTMIN);
    CHECK(clock_ns() - start >= 5 * MS);
    CHECK_EQUAL(info.si_code, SI_TIMER);
    CHECK_EQUAL(info.si_value.sival_int, VALUE);
    CHECK_EQUAL(info.si_overrun, 0);
    CHECK_EQUAL(timer_getoverrun(timer), 0);
    CHECK_ERROR(sigtimedwait(&signals, &info, &(struct timespec){.tv_nsec = 30 * MS}), EAGAIN);
    CHECK_EQUAL(timer_delete(timer), 0);
}

void test_timer_process(void)
{
    check_once(SIGEV_SIGNAL);
}

void test_timer_thread(void)
{
    check_once(SIGEV_SIGNAL | SIGEV_THREAD_ID);
}

// What goes off while its signal waits is counted, and begins anew once it has been heard.
void test_timer_overrun(void)
{
    sigset_t signals = blocked_set(SIGALRM);
    timer_t timer = timer_sending(SIGALRM, SIGEV_SIGNAL);
    uint64_t start = clock_ns();
    siginfo_t info;
    long heard = 0;

    set(timer, &often);
    sleep_ms(100);
    uint64_t least = (clock_ns() - start) / (5 * MS);
    while ((uint64_t)heard < least) {
        CHECK_EQUAL(sigwaitinfo(&signals, &info), SIGALRM);
        CHECK_EQUAL(timer_getoverrun(timer), info.si_overrun);
        heard += 1 + info.si_overrun;
        uint64_t periods = (clock_ns() - start) / (5 * MS);
        CHECK((uint64_t)heard <= periods);
    }
    set(timer, &never);
    CHECK_EQUAL(timer_delete(timer), 0);
}

// The first of a row that should have begun long ago comes at once, with what was missed.
void test_timer_absolute(void)
{
    sigset_t signals = blocked_set(SIGUSR1);
    timer_t timer = timer_sending(SIGUSR1, SIGEV_SIGNAL);
    struct itimerspec spec = {.it_interval = {.tv_sec = FAR_S}};
    siginfo_t info;

    clock_gettime(CLOCK_MONOTONIC, &spec.it_value);
    uint64_t now = (uint64_t)spec.it_value.tv_sec;
    spec.it_value = (struct timespec){.tv_nsec = 1};
    CHECK_EQUAL(timer_settime(timer, TIMER_ABSTIME, &spec, NULL), 0);
    CHECK_EQUAL(sigwaitinfo(&signals, &info), SIGUSR1);
    CHECK_EQUAL(info.si_overrun, now / FAR_S);
    CHECK_EQUAL(timer_gettime(timer, &spec), 0);
    CHECK(spec.it_value.tv_sec < FAR_S && spec.it_interval.tv_sec == FAR_S);
    CHECK_EQUAL(timer_delete(timer), 0);
}

void test_timer_settings(void)
{
    timer_t timer = timer_sending(0, SIGEV_NONE);
    struct itimerspec spec = {.it_value = {.tv_sec = FAR_S}, .it_interval = {.tv_sec = 2}};
    struct itimerspec old;

    CHECK_EQUAL(timer_gettime(timer, &old), 0);
    CHECK(old.it_value.tv_sec == 0 && old.it_value.tv_nsec == 0);
    CHECK_EQUAL(timer_settime(timer, 0, &spec, &old), 0);
    CHECK(old.it_value.tv_sec == 0 && old.it_value.tv_nsec == 0);
    CHECK_EQUAL(timer_settime(timer, 0, &never, &old), 0);
    CHECK(old.it_value.tv_sec == FAR_S - 1 && old.it_interval.tv_sec == 2);
    set(timer, &soon);
    sleep_ms(20);
    CHECK_EQUAL(timer_gettime(timer, &old), 0);
    CHECK(old.it_value.tv_sec == 0 && old.it_value.tv_nsec == 0);
    CHECK_EQUAL(timer_delete(timer), 0);
}

void test_timer_mistakes(void)
{
    int id;
    struct itimerspec bad = {.it_value = {.tv_nsec = 1000 * MS}};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = 65};

    CHECK_ERROR(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &id), EINVAL);
    event.sigev_signo = 0;
    CHECK_ERROR(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &id), EINVAL);
    event.sigev_notify = SIGEV_THREAD_ID | SIGEV_SIGNAL;
    event.sigev_signo = SIGUSR1;
    event.sigev_notify_thread_id = getppid();
    CHECK_ERROR(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &id), EINVAL);
    CHECK_ERROR(syscall(SYS_timer_create, 77, NULL, &id), EINVAL);
    CHECK_ERROR(syscall(SYS_timer_create, CLOCK_MONOTONIC_RAW, NULL, &id), EOPNOTSUPP);
    CHECK_ERROR(syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, 8), EFAULT);
    CHECK_EQUAL(syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &id), 0);
    CHECK_ERROR(syscall(SYS_timer_settime, id, 0, NULL, NULL), EINVAL);
    CHECK_ERROR(syscall(SYS_timer_settime, id, 0, &bad, NULL), EINVAL);
    CHECK_ERROR(syscall(SYS_timer_settime, id + 1, 0, &soon, NULL), EINVAL);
    CHECK_ERROR(syscall(SYS_timer_gettime, id, 8), EFAULT);
    CHECK_EQUAL(syscall(SYS_timer_delete, id), 0);
    CHECK_ERROR(syscall(SYS_timer_gettime, id, &bad), EINVAL);
    CHECK_ERROR(syscall(SYS_timer_getoverrun, id), EINVAL);
    CHECK_ERROR(syscall(SYS_timer_delete, id), EINVAL);
}

// A child has none of its parent's timers.
void test_timer_fork(void)
{
    blocked_set(SIGUSR1);
    timer_t timer = timer_sending(SIGUSR1, SIGEV_SIGNAL);

    set(timer, &often);
    pid_t child = fork();
    if (child == 0) {
        struct itimerspec old;
        sigset_t pending;

        sleep_ms(30);
        sigpending(&pending);
        _exit(timer_gettime(timer, &old) == 0 || sigismember(&pending, SIGUSR1));
    }
    CHECK_EQUAL(wait_child(child), 0);
    CHECK_EQUAL(timer_delete(timer), 0);
}

// Many at once, deleted while they go off.
void test_timer_many(void)
{
    enum { TIMERS = 30 };
    timer_t timers[TIMERS];

    blocked_set(SIGRTMIN);
    for (unsigned round = 0; round < scaled(5); round++) {
        for (int i = 0; i < TIMERS; i++) {
            timers[i] = timer_sending(SIGRTMIN, SIGEV_SIGNAL);
            set(timers[i], &(struct itimerspec){.it_value = {.tv_nsec = 1 + i},
                                                .it_interval = {.tv_nsec = 1}});
        }
        sleep_ms(5);
        for (int i = 0; i < TIMERS; i++) {
            CHECK_EQUAL(timer_delete(timers[i]), 0);
        }
    }
}

static _Atomic unsigned calls;

static void count_call(union sigval value)
{
    calls += value.sival_int == VALUE;
}

// The C library's threads for timers.
void test_timer_function(void)
{
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = count_call};

    event.sigev_value.sival_int = VALUE;
    CHECK_EQUAL(timer_create(CLOCK_REALTIME, &event, &timer), 0);
    set(timer, &often);
    AWAIT(calls, 5);
    CHECK_EQUAL(timer_delete(timer), 0);
}
