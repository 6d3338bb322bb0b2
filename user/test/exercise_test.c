// SPDX-License-Identifier: MIT
// user/test/exercise_test.c - what exercises of teaching kernels ask for, as Linux has it.
//
// Where a rule of theirs and one of Linux differ, the test is of Linux's.
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "user/test/utest.h"

enum { PAGE = 4096, MIB = 1 << 20 };

// ---- Their calls, which have other meanings here -----------------------------------------------

// mmap(start, length, protection), with nothing said about the kind: there has to be one.
void test_exercise_map_kind(void)
{
    CHECK_ERROR(syscall(SYS_mmap, 0x10000000L, PAGE, PROT_READ, MAP_ANONYMOUS, -1, 0), EINVAL);
    CHECK_ERROR(syscall(SYS_mmap, 0x10000000L, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
                EINVAL);
    skip_if_emulated("it looks at the kind before the file");
    CHECK_ERROR(syscall(SYS_mmap, 0x10000000L, PAGE, PROT_READ, 0, -1, 0), EBADF);
}

static char *map_near(char *hint, int protection)
{
    char *place = mmap(hint, PAGE, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(place != MAP_FAILED);
    return place;
}

// No permission at all is one to ask for, and a place that is taken or odd is only not used.
void test_exercise_map_rules(void)
{
    char *first = map_near(NULL, PROT_READ | PROT_WRITE);
    first[0] = 1;
    char *second = map_near(first, PROT_NONE);
    CHECK(second != first && first[0] == 1);
    CHECK_EQUAL(munmap(second, PAGE), 0);
    char *third = map_near(first + 1, PROT_READ);
    CHECK(third != first && (uintptr_t)third % PAGE == 0);
    CHECK_EQUAL(third[0], 0);
    // What may be written may be read.
    CHECK_EQUAL(map_near(NULL, PROT_WRITE)[0], 0);
}

// munmap() of what is not mapped, or only in part, is no mistake.
void test_exercise_unmap_rules(void)
{
    char *place = mmap(NULL, 4 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(place != MAP_FAILED);
    CHECK_EQUAL(munmap(place + PAGE, PAGE), 0);
    CHECK_EQUAL(munmap(place + PAGE, PAGE), 0);
    CHECK_EQUAL(munmap(place, 2 * PAGE), 0);
    CHECK_EQUAL(munmap(place, 4 * PAGE), 0);
    CHECK_EQUAL(munmap(place, 4 * PAGE), 0);
}

// set_priority(priority): its number is that of setpriority(which, who, nice), of which only 0 to
// 2 are kinds.
void test_exercise_set_priority(void)
{
    const long wrong[] = {10, 16, -10, LONG_MAX, 3};
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        CHECK_ERROR(syscall(SYS_setpriority, wrong[i], 0, 0), EINVAL);
    }
    CHECK_EQUAL(syscall(SYS_setpriority, 0, 0, 5), 0);
    CHECK_EQUAL(syscall(SYS_getpriority, 0, 0), 20 - 5); // so that it is never an errno
}

// ---- Arithmetic --------------------------------------------------------------------------------

// A division by zero is no fault on RISC-V.
void test_exercise_division_by_zero(void)
{
#ifdef __riscv
    long result;
    __asm__("div %0, %1, %2" : "=r"(result) : "r"(7L), "r"(0L));
    CHECK_EQUAL(result, -1);
    __asm__("div %0, %1, %2" : "=r"(result) : "r"(LONG_MIN), "r"(-1L));
    CHECK_EQUAL(result, LONG_MIN);
#else
    skip("another machine");
#endif
}

// 1 - 1/3 + 1/5 - ..., with switches in between if it `yields`.
static double quarter_of_pi(bool yields)
{
    double sum = 0;
    for (int i = 0; i < 20000; i++) {
        sum += (i % 2 == 0 ? 1.0 : -1.0) / (2 * i + 1);
        if (yields && i % 64 == 0) {
            sched_yield();
        }
    }
    return sum;
}

static double expected;

static void compute(void)
{
    CHECK(quarter_of_pi(true) == expected);
}

void test_exercise_float(void)
{
    pid_t children[4];
    expected = quarter_of_pi(false);
    CHECK(expected > 0.7853 && expected < 0.7855);
    for (int i = 0; i < 4; i++) {
        children[i] = fork_child(compute);
    }
    for (int i = 0; i < 4; i++) {
        CHECK_EQUAL(wait_child(children[i]), 0);
    }
}

// ---- Memory ------------------------------------------------------------------------------------

static char zeros[4 * MIB];

static bool is_all(const char *data, size_t length, char value)
{
    for (size_t i = 0; i < length; i++) {
        if (data[i] != value) {
            return false;
        }
    }
    return true;
}

void test_exercise_zeros(void)
{
    CHECK(is_all(zeros, sizeof(zeros), 0));
    memset(zeros, 'z', sizeof(zeros));
    CHECK(is_all(zeros, sizeof(zeros), 'z'));
}

void test_exercise_large_break(void)
{
    char *start = sbrk(16 * MIB);
    CHECK(start != (void *)-1);
    CHECK(is_all(start, 16 * MIB, 0));
    memset(start, 'y', 16 * MIB);
    CHECK(is_all(start, 16 * MIB, 'y'));
    CHECK(sbrk(-16 * MIB) == start + 16 * MIB);
}

// ---- Processes ---------------------------------------------------------------------------------

static void take_a_nap(void)
{
    sleep_ms(20 + (unsigned)getpid() % 50);
}

void test_exercise_sleepers(void)
{
    enum { CHILDREN = 30 };
    for (int i = 0; i < CHILDREN; i++) {
        fork_child(take_a_nap);
    }
    for (int i = 0; i < CHILDREN; i++) {
        int status = -1;
        CHECK(wait(&status) > 0);
        CHECK_EQUAL(status, 0);
    }
    CHECK_ERROR(wait(NULL), ECHILD);
}

static void spin_for_ever(void)
{
    for (;;) {
        sched_yield();
    }
}

static pid_t spinner;

static void kill_parent_and_spinner(void)
{
    sleep_ms(20);
    CHECK_EQUAL(kill(getppid(), SIGKILL), 0);
    CHECK_EQUAL(kill(spinner, SIGKILL), 0);
}

static void wait_to_be_killed(void)
{
    spinner = fork_child(spin_for_ever);
    fork_child(kill_parent_and_spinner);
    wait_child(spinner);
}

// A process that waits for a child is killed by another child, and so is its brother that spins.
void test_exercise_wait_and_kill(void)
{
    int ends[2];
    char byte;
    CHECK_EQUAL(pipe(ends), 0);
    pid_t parent = fork_child(wait_to_be_killed);
    close(ends[1]);
    CHECK_EQUAL(wait_child(parent), -SIGKILL);
    // All three have a copy of the other end until they are gone.
    CHECK_EQUAL(read(ends[0], &byte, 1), 0);
}

static void leave_at_once(void)
{
}

// Where the status cannot be told it is lost: the child has been waited for. (rCore keeps it.)
void test_exercise_wait_bad_pointer(void)
{
    pid_t pid = fork_child(leave_at_once);
    CHECK_ERROR(syscall(SYS_wait4, pid, -(long)PAGE, 0, NULL), EFAULT);
    CHECK_ERROR(waitpid(pid, NULL, 0), ECHILD);
}

enum { NOT_EXECUTED = 99 };

static void exec_without_arguments(void)
{
    syscall(SYS_execve, "/bin/true", NULL, NULL);
    _exit(NOT_EXECUTED);
}

// Without arguments and environment a program has an empty name.
void test_exercise_exec_null(void)
{
    skip_if_emulated("it wants arguments");
    CHECK_ERROR(syscall(SYS_execve, NULL, NULL, NULL), EFAULT);
    CHECK_ERROR(syscall(SYS_execve, "/bin/true", 8L, NULL), EFAULT);
    int status = wait_child(fork_child(exec_without_arguments));
    CHECK(status >= 0 && status != NOT_EXECUTED);
}

// ---- Switching between stacks without the kernel -----------------------------------------------

enum { COROUTINES = 3, ROUNDS = 5 };
static ucontext_t caller;
static ucontext_t coroutine[COROUTINES];
static char coroutine_stack[COROUTINES][16 * 1024] __attribute__((aligned(16)));
static char order[COROUTINES * ROUNDS + 1];

static void run_coroutine(int self)
{
    double kept = self + 0.5;
    for (int i = 0; i < ROUNDS; i++) {
        order[strlen(order)] = (char)('a' + self);
        swapcontext(&coroutine[self], &caller);
        CHECK(kept == self + 0.5);
    }
}

void test_exercise_coroutines(void)
{
    for (int i = 0; i < COROUTINES; i++) {
        CHECK_EQUAL(getcontext(&coroutine[i]), 0);
        coroutine[i].uc_stack.ss_sp = coroutine_stack[i];
        coroutine[i].uc_stack.ss_size = sizeof(coroutine_stack[i]);
        coroutine[i].uc_link = &caller;
        makecontext(&coroutine[i], (void (*)(void))run_coroutine, 1, i);
    }
    for (int i = 0; i < COROUTINES * (ROUNDS + 1); i++) {
        CHECK_EQUAL(swapcontext(&caller, &coroutine[i % COROUTINES]), 0);
    }
    CHECK(strcmp(order, "abcabcabcabcabc") == 0);
}
