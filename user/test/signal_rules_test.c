// SPDX-License-Identifier: MIT
// user/test/signal_rules_test.c - signals: who gets them and in which order, and what goes on after
// them.
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "user/lib/clock.h"
#include "user/test/signals.h"
#include "user/test/utest.h"

static _Atomic unsigned seen;
static int order[4];

static void note(int number)
{
    unsigned n = atomic_fetch_add_explicit(&seen, 1, memory_order_relaxed);
    order[n % 4] = number;
}

static bool is_blocked(int number)
{
    sigset_t mask;
    CHECK_EQUAL(sigprocmask(SIG_BLOCK, NULL, &mask), 0);
    return sigismember(&mask, number) == 1;
}

static void queue(int number, int value)
{
    CHECK_EQUAL(sigqueue(getpid(), number, (union sigval){.sival_int = value}), 0);
}

// ---- In which order ----------------------------------------------------------------------------

// The least number first; of one number, what was sent first.
void test_signal_order(void)
{
    sigset_t set = signal_set(SIGRTMIN + 1);
    siginfo_t info;
    sigaddset(&set, SIGRTMIN);
    sigaddset(&set, SIGUSR1);
    CHECK_EQUAL(sigprocmask(SIG_BLOCK, &set, NULL), 0);
    queue(SIGRTMIN + 1, 1);
    queue(SIGRTMIN, 2);
    queue(SIGUSR1, 3);
    CHECK_EQUAL(sigwaitinfo(&set, &info), SIGUSR1);
    CHECK_EQUAL(info.si_value.sival_int, 3);
    CHECK_EQUAL(sigwaitinfo(&set, &info), SIGRTMIN);
    CHECK_EQUAL(info.si_value.sival_int, 2);
    CHECK_EQUAL(sigwaitinfo(&set, &info), SIGRTMIN + 1);
    CHECK_EQUAL(info.si_value.sival_int, 1);
}

// Standard signals do not queue up, and keep what came first.
void test_signal_once(void)
{
    sigset_t set = signal_set(SIGUSR1);
    struct timespec now = {0};
    siginfo_t info;
    signal_block(SIGUSR1);
    queue(SIGUSR1, 1);
    queue(SIGUSR1, 2);
    CHECK_EQUAL(sigwaitinfo(&set, &info), SIGUSR1);
    CHECK_EQUAL(info.si_value.sival_int, 1);
    CHECK_ERROR(sigtimedwait(&set, NULL, &now), EAGAIN);
}

// Two that are let through at once: the first is entered, and interrupted by the second.
void test_signal_two_at_once(void)
{
    sigset_t before;
    sigset_t set = signal_set(SIGUSR1);
    sigaddset(&set, SIGUSR2);
    signal_handle(SIGUSR1, note, 0);
    signal_handle(SIGUSR2, note, 0);
    CHECK_EQUAL(sigprocmask(SIG_BLOCK, &set, &before), 0);
    raise(SIGUSR1);
    raise(SIGUSR2);
    CHECK_EQUAL(sigprocmask(SIG_SETMASK, &before, NULL), 0);
    CHECK_EQUAL(seen, 2);
    CHECK_EQUAL(order[0], SIGUSR2);
    CHECK_EQUAL(order[1], SIGUSR1);
}

// What is ignored from now on no longer waits.
void test_signal_ignore_waiting(void)
{
    sigset_t waiting;
    signal_block(SIGUSR1);
    raise(SIGUSR1);
    CHECK_EQUAL(kill(getpid(), SIGUSR1), 0);
    signal(SIGUSR1, SIG_IGN);
    CHECK_EQUAL(sigpending(&waiting), 0);
    CHECK(!sigismember(&waiting, SIGUSR1));
}

// ---- Who gets them -----------------------------------------------------------------------------

static void sleep_long(void)
{
    for (;;) {
        pause();
    }
}

// A negative number is a group.
void test_signal_group(void)
{
    pid_t first = fork_child(sleep_long);
    CHECK_EQUAL(setpgid(first, first), 0);
    pid_t second = fork_child(sleep_long);
    CHECK_EQUAL(setpgid(second, first), 0);
    CHECK_EQUAL(kill(-first, 0), 0);
    CHECK_EQUAL(kill(-first, SIGTERM), 0);
    CHECK_EQUAL(wait_child(first), -SIGTERM);
    CHECK_EQUAL(wait_child(second), -SIGTERM);
    CHECK_ERROR(kill(-first, SIGTERM), ESRCH);
}

void test_signal_own_group(void)
{
    signal_handle(SIGUSR1, note, 0);
    CHECK_EQUAL(kill(0, SIGUSR1), 0);
    CHECK_EQUAL(seen, 1);
}

static void child_ends(void)
{
}

// SA_NOCLDWAIT: the signal comes, and there is nobody to wait for.
void test_signal_no_wait(void)
{
    struct timespec soon = {.tv_sec = 5};
    sigset_t set = signal_set(SIGCHLD);
    skip_if_emulated("it forgets this flag");
    signal_handle(SIGCHLD, note, SA_NOCLDWAIT);
    signal_block(SIGCHLD);
    fork_child(child_ends);
    CHECK_EQUAL(sigtimedwait(&set, NULL, &soon), SIGCHLD);
    CHECK_ERROR(wait(NULL), ECHILD);
}

void test_signal_wrong_calls(void)
{
    siginfo_t info = {.si_code = SI_USER};
    uint64_t set = 0;
    CHECK_ERROR(kill(getpid(), 65), EINVAL);
    CHECK_ERROR(kill(INT_MIN, 0), ESRCH);
    CHECK_ERROR(syscall(SYS_tkill, -1, SIGUSR1), EINVAL);
    CHECK_ERROR(syscall(SYS_tgkill, getpid(), 0, SIGUSR1), EINVAL);
    CHECK_ERROR(syscall(SYS_tgkill, getppid(), syscall(SYS_gettid), SIGUSR1), ESRCH);
    CHECK_ERROR(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, 4), EINVAL);
    CHECK_ERROR(syscall(SYS_rt_sigprocmask, 77, &set, NULL, 8), EINVAL);
    CHECK_ERROR(syscall(SYS_rt_sigaction, SIGUSR1, NULL, NULL, 128), EINVAL);
    CHECK_ERROR(syscall(SYS_rt_sigaction, SIGKILL, &(uint64_t[3]){0}, NULL, 8), EINVAL);
    CHECK_ERROR(syscall(SYS_rt_sigqueueinfo, getppid(), SIGUSR1, &info), EPERM);
    CHECK_ERROR(syscall(SYS_rt_sigpending, (void *)8, 8), EFAULT);
}

// ---- What goes on after them -------------------------------------------------------------------

static void signal_parent_soon(void)
{
    sleep_ms(30);
    CHECK_EQUAL(kill(getppid(), SIGUSR1), 0);
    sleep_ms(30);
}

void test_signal_wait_restarts(void)
{
    int status;
    signal_handle(SIGUSR1, note, SA_RESTART);
    pid_t child = fork_child(signal_parent_soon);
    CHECK_EQUAL(waitpid(child, &status, 0), child);
    CHECK_EQUAL(seen, 1);
}

void test_signal_wait_interrupted(void)
{
    int status;
    signal_handle(SIGUSR1, note, 0);
    pid_t child = fork_child(signal_parent_soon);
    CHECK_ERROR(waitpid(child, &status, 0), EINTR);
    CHECK_EQUAL(seen, 1);
    CHECK_EQUAL(wait_child(child), 0);
}

static long futex_wait(uint32_t *word, const struct timespec *timeout)
{
    return syscall(SYS_futex, word, FUTEX_WAIT, 0, timeout, NULL, 0);
}

void test_signal_futex(void)
{
    struct timespec long_enough = {.tv_sec = 5};
    uint32_t word = 0;
    signal_handle(SIGUSR1, note, 0);
    pid_t child = fork_child(signal_parent_soon);
    CHECK_ERROR(futex_wait(&word, NULL), EINTR);
    CHECK_EQUAL(seen, 1);
    CHECK_EQUAL(wait_child(child), 0);
    signal_handle(SIGUSR1, note, SA_RESTART);
    child = fork_child(signal_parent_soon);
    CHECK_ERROR(futex_wait(&word, &long_enough), EINTR); // one with a timeout is never made again
    CHECK_EQUAL(seen, 2);
    CHECK_EQUAL(wait_child(child), 0);
}

static void signal_twice_then_end(void)
{
    sleep_ms(20);
    CHECK_EQUAL(kill(getppid(), SIGURG), 0);
    sleep_ms(20);
}

// A signal that nothing is done about has no effect on a sleep, which is as long as it was to be.
void test_signal_sleep_goes_on(void)
{
    struct timespec time = {.tv_nsec = 80 * NS_PER_MS};
    pid_t child = fork_child(signal_twice_then_end);
    uint64_t start = clock_ns();
    CHECK_EQUAL(nanosleep(&time, NULL), 0);
    uint64_t slept = clock_ns() - start;
    CHECK(slept >= 80 * NS_PER_MS);
    CHECK_EQUAL(wait_child(child), 0);
}

// ppoll() lets a signal through for as long as it waits, and not before.
void test_signal_poll_mask(void)
{
    struct timespec long_enough = {.tv_sec = 5};
    sigset_t none;
    sigemptyset(&none);
    signal_handle(SIGUSR1, note, SA_RESTART);
    signal_block(SIGUSR1);
    raise(SIGUSR1);
    CHECK_EQUAL(seen, 0);
    CHECK_ERROR(ppoll(NULL, 0, &long_enough, &none), EINTR);
    CHECK_EQUAL(seen, 1);
    CHECK(is_blocked(SIGUSR1));
}

static sigjmp_buf back;

static void jump(int number)
{
    (void)number;
    siglongjmp(back, 1);
}

// A handler need not return.
void test_signal_jump(void)
{
    static _Atomic unsigned jumps; // not a local one: siglongjmp() leaves those undefined
    signal_handle(SIGUSR1, jump, 0);
    while (atomic_load_explicit(&jumps, memory_order_relaxed) < scaled(1000)) {
        if (sigsetjmp(back, 1) == 0) {
            raise(SIGUSR1);
            CHECK(false);
        }
        atomic_fetch_add_explicit(&jumps, 1, memory_order_relaxed);
        CHECK(!is_blocked(SIGUSR1));
    }
}
