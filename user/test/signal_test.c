// SPDX-License-Identifier: MIT
// user/test/signal_test.c - signals: handlers, masks, the alternative stack.
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/ucontext.h>
#include <unistd.h>

#include "user/test/signals.h"
#include "user/test/utest.h"

// What the handlers below have seen.
static atomic_int seen_value;

// ---- Handlers and masks ------------------------------------------------------------------------

void test_signal_handler(void)
{
    struct sigaction old;
    signal_handle(SIGUSR1, signal_count, 0);
    CHECK_EQUAL(kill(getpid(), SIGUSR1), 0);
    CHECK_EQUAL(signals_seen, 1);
    CHECK_EQUAL(signals_number, SIGUSR1);
    CHECK_EQUAL(sigaction(SIGUSR1, NULL, &old), 0);
    CHECK(old.sa_handler == signal_count);
    CHECK_EQUAL(raise(SIGUSR1), 0);
    CHECK_EQUAL(signals_seen, 2);
}

void test_signal_errors(void)
{
    struct sigaction action = {.sa_handler = signal_count};
    sigset_t set = signal_set(SIGUSR1);
    CHECK_ERROR(sigaction(SIGKILL, &action, NULL), EINVAL);
    CHECK_ERROR(sigaction(SIGSTOP, &action, NULL), EINVAL);
    CHECK_ERROR(sigaction(0, &action, NULL), EINVAL);
    CHECK_ERROR(sigaction(65, &action, NULL), EINVAL);
    CHECK_ERROR(syscall(SYS_rt_sigaction, SIGUSR1, &action, NULL, 4L), EINVAL);
    CHECK_ERROR(syscall(SYS_rt_sigprocmask, 99, &set, NULL, 8L), EINVAL);
    CHECK_ERROR(kill(getpid(), 65), EINVAL);
    CHECK_ERROR(kill(0x3fffffff, SIGTERM), ESRCH);
    CHECK_ERROR(syscall(SYS_tkill, -1, SIGTERM), EINVAL);
    CHECK_EQUAL(kill(getpid(), 0), 0);
}

void test_signal_mask(void)
{
    sigset_t pending;
    signal_handle(SIGUSR1, signal_count, 0);
    signal_block(SIGUSR1);
    raise(SIGUSR1);
    raise(SIGUSR1);
    CHECK_EQUAL(signals_seen, 0);
    CHECK_EQUAL(sigpending(&pending), 0);
    CHECK(sigismember(&pending, SIGUSR1));
    // A standard signal that is pending twice comes once.
    signal_unblock(SIGUSR1);
    CHECK_EQUAL(signals_seen, 1);
    CHECK_EQUAL(sigpending(&pending), 0);
    CHECK(!sigismember(&pending, SIGUSR1));
}

static void raise_again(int number)
{
    unsigned before = atomic_fetch_add_explicit(&signals_seen, 1, memory_order_relaxed);
    if (before == 0) {
        raise(number);
        // It is blocked in here, so it comes after this handler.
        atomic_store_explicit(&seen_value, (int)signals_seen, memory_order_relaxed);
    }
}

void test_signal_blocked_in_handler(void)
{
    signal_handle(SIGUSR1, raise_again, 0);
    raise(SIGUSR1);
    CHECK_EQUAL(seen_value, 1);
    CHECK_EQUAL(signals_seen, 2);
}

static void nest(int number)
{
    unsigned before = atomic_fetch_add_explicit(&signals_seen, 1, memory_order_relaxed);
    if (before < 10) {
        raise(number);
    }
}

void test_signal_nested(void)
{
    signal_handle(SIGUSR1, nest, SA_NODEFER);
    raise(SIGUSR1);
    CHECK_EQUAL(signals_seen, 11);
}

static void raise_once_default(void)
{
    signal_handle(SIGTERM, signal_count, (int)SA_RESETHAND);
    raise(SIGTERM);
    CHECK_EQUAL(signals_seen, 1);
    raise(SIGTERM);
}

void test_signal_reset(void)
{
    CHECK_DIES(raise_once_default, SIGTERM);
}

static void check_inherited(void)
{
    sigset_t mask;
    CHECK_EQUAL(sigprocmask(SIG_BLOCK, NULL, &mask), 0);
    CHECK(sigismember(&mask, SIGUSR2));
    raise(SIGUSR1);
    CHECK_EQUAL(signals_seen, 1);
}

void test_signal_fork_inherits(void)
{
    signal_handle(SIGUSR1, signal_count, 0);
    signal_block(SIGUSR2);
    CHECK_EQUAL(run_child(check_inherited), 0);
    CHECK_EQUAL(signals_seen, 0);
}

// All registers, those of floating point included, are as before after a handler.
static void disturb(int number)
{
    double x = number;
    for (int i = 0; i < 100; i++) {
        x = x * 1.5 + i;
    }
    atomic_store_explicit(&seen_value, (int)(long)x, memory_order_relaxed);
    signal_count(number);
}

void test_signal_keeps_registers(void)
{
    struct itimerval often = {{0, 500}, {0, 500}};
    struct itimerval never = {0};
    double sum = 0;
    long integer = 0;
    signal_handle(SIGALRM, disturb, 0);
    CHECK_EQUAL(setitimer(ITIMER_REAL, &often, NULL), 0);
    while (signals_seen < 20) {
        sum = 0;
        integer = 0;
        for (int i = 1; i <= 10000; i++) {
            sum += i * 0.5;
            integer += i;
        }
        CHECK(sum == 0.5 * 10000 * 10001 / 2);
        CHECK_EQUAL(integer, 10000L * 10001 / 2);
    }
    CHECK_EQUAL(setitimer(ITIMER_REAL, &never, NULL), 0);
}

#ifdef __riscv
static void skip_instruction(int number, siginfo_t *info, void *context)
{
    ucontext_t *user = context;
    (void)info;
    user->uc_mcontext.__gregs[REG_PC] += 4;
    user->uc_mcontext.__gregs[REG_A0] = 4711;
    signal_count(number);
}

// A handler may change what is gone on with.
void test_signal_edit_context(void)
{
    register long a0 __asm__("a0") = 1;
    signal_handle_info(SIGILL, skip_instruction, 0);
    __asm__ volatile(".option push; .option norvc; csrr t0, sstatus; .option pop"
                     : "+r"(a0)
                     :
                     : "t0", "memory");
    long value = a0;
    CHECK_EQUAL(value, 4711);
    CHECK_EQUAL(signals_seen, 1);
}
#else
void test_signal_edit_context(void)
{
    skip("it edits registers of RISC-V");
}
#endif

// ---- The alternative stack ---------------------------------------------------------------------

static char *alternative;
enum { ALTERNATIVE_BYTES = 32768 };

static void check_stack(int number)
{
    char here;
    stack_t now;
    CHECK_EQUAL(sigaltstack(NULL, &now), 0);
    bool inside = &here >= alternative && &here < alternative + ALTERNATIVE_BYTES;
    atomic_store_explicit(&seen_value, inside && (now.ss_flags & SS_ONSTACK), memory_order_relaxed);
    signal_count(number);
}

static void use_alternative(void)
{
    alternative = malloc(ALTERNATIVE_BYTES);
    stack_t stack = {.ss_sp = alternative, .ss_size = ALTERNATIVE_BYTES};
    CHECK(alternative != NULL);
    CHECK_EQUAL(sigaltstack(&stack, NULL), 0);
}

void test_signal_alternative_stack(void)
{
    stack_t tiny = {.ss_sp = &tiny, .ss_size = 16};
    stack_t odd = {.ss_sp = &odd, .ss_size = ALTERNATIVE_BYTES, .ss_flags = 77};
    use_alternative();
    signal_handle(SIGUSR1, check_stack, SA_ONSTACK);
    raise(SIGUSR1);
    CHECK_EQUAL(signals_seen, 1);
    CHECK_EQUAL(seen_value, 1);
    signal_handle(SIGUSR1, check_stack, 0);
    raise(SIGUSR1);
    CHECK_EQUAL(seen_value, 0);
    CHECK_ERROR(sigaltstack(&tiny, NULL), ENOMEM);
    CHECK_ERROR(sigaltstack(&odd, NULL), EINVAL);
}

static sigjmp_buf after_overflow;

static void leave_overflow(int number)
{
    siglongjmp(after_overflow, number);
}

static unsigned recurse(unsigned depth)
{
    char frame[512];
    memset(frame, (int)depth, sizeof(frame));
    __asm__("" : : "r"(frame) : "memory");
    if (depth == UINT_MAX) {
        return 0;
    }
    return recurse(depth + 1) + (unsigned char)frame[depth % sizeof(frame)];
}

// A program can handle the overflow of its stack.
void test_signal_stack_overflow(void)
{
    use_alternative();
    signal_handle(SIGSEGV, leave_overflow, SA_ONSTACK);
    if (sigsetjmp(after_overflow, 1) == 0) {
        recurse(0);
        CHECK(false);
    }
}
