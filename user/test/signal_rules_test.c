// SPDX-License-Identifier: MIT
// user/test/signal_rules_test.c - signals: who gets them and in which order, what goes on after
// them, and what a handler finds on its stack.
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/ucontext.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "user/lib/clock.h"
#include "user/test/utest.h"

static _Atomic unsigned seen;
static int order[4];

static void note(int number)
{
    unsigned n = atomic_fetch_add_explicit(&seen, 1, memory_order_relaxed);
    order[n % 4] = number;
}

static void handle(int number, void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    CHECK_EQUAL(sigaction(number, &action, NULL), 0);
}

static sigset_t set_of(int number)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    return set;
}

static void block(int number)
{
    sigset_t set = set_of(number);
    CHECK_EQUAL(sigprocmask(SIG_BLOCK, &set, NULL), 0);
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
    sigset_t set = set_of(SIGRTMIN + 1);
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
    sigset_t set = set_of(SIGUSR1);
    struct timespec now = {0};
    siginfo_t info;
    block(SIGUSR1);
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
    sigset_t set = set_of(SIGUSR1);
    sigaddset(&set, SIGUSR2);
    handle(SIGUSR1, note, 0);
    handle(SIGUSR2, note, 0);
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
    block(SIGUSR1);
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
    handle(SIGUSR1, note, 0);
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
    sigset_t set = set_of(SIGCHLD);
    skip_if_emulated("it forgets this flag");
    handle(SIGCHLD, note, SA_NOCLDWAIT);
    block(SIGCHLD);
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
    handle(SIGUSR1, note, SA_RESTART);
    pid_t child = fork_child(signal_parent_soon);
    CHECK_EQUAL(waitpid(child, &status, 0), child);
    CHECK_EQUAL(seen, 1);
}

void test_signal_wait_interrupted(void)
{
    int status;
    handle(SIGUSR1, note, 0);
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
    handle(SIGUSR1, note, 0);
    pid_t child = fork_child(signal_parent_soon);
    CHECK_ERROR(futex_wait(&word, NULL), EINTR);
    CHECK_EQUAL(seen, 1);
    CHECK_EQUAL(wait_child(child), 0);
    handle(SIGUSR1, note, SA_RESTART);
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
    handle(SIGUSR1, note, SA_RESTART);
    block(SIGUSR1);
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
    handle(SIGUSR1, jump, 0);
    while (atomic_load_explicit(&jumps, memory_order_relaxed) < scaled(1000)) {
        if (sigsetjmp(back, 1) == 0) {
            raise(SIGUSR1);
            CHECK(false);
        }
        atomic_fetch_add_explicit(&jumps, 1, memory_order_relaxed);
        CHECK(!is_blocked(SIGUSR1));
    }
}

// ---- What a handler finds ----------------------------------------------------------------------

#ifdef __riscv
enum { UCONTEXT_AT = 128, FRAME_BYTES = 1088, FLOAT_AT = 8, S0 = 8 };

static struct {
    uintptr_t info;
    uintptr_t context;
    uintptr_t stack;
    uint32_t code[2];
    long a7;
    double before;
} found;

static void look(int number, siginfo_t *info, void *context)
{
    ucontext_t *user = context;
    found.info = (uintptr_t)info;
    found.context = (uintptr_t)context;
    found.stack = user->uc_mcontext.__gregs[REG_SP];
    found.a7 = (long)user->uc_mcontext.__gregs[17];
    memcpy(found.code, __builtin_return_address(0), sizeof(found.code));
    memcpy(&found.before, &user->uc_mcontext.__fpregs.__d.__f[FLOAT_AT], sizeof(found.before));
    double after = 2.5;
    memcpy(&user->uc_mcontext.__fpregs.__d.__f[FLOAT_AT], &after, sizeof(after));
    note(number);
}

static void use_look(void)
{
    struct sigaction action = {.sa_sigaction = look, .sa_flags = SA_SIGINFO};
    CHECK_EQUAL(sigaction(SIGUSR1, &action, NULL), 0);
}

// Raise it with fs0 = 1.5. Returns: what fs0 is afterwards.
static double raise_with_float(void)
{
    register double fs0 __asm__("fs0") = 1.5;
    register long a0 __asm__("a0") = getpid();
    register long a1 __asm__("a1") = SIGUSR1;
    register long a7 __asm__("a7") = SYS_kill;
    __asm__ volatile("ecall" : "+r"(a0), "+f"(fs0) : "r"(a1), "r"(a7) : "memory");
    return fs0;
}

// Unwinders know the layout, and the code that a handler returns to.
void test_signal_frame(void)
{
    skip_if_emulated("its frame is larger");
    use_look();
    double after = raise_with_float();
    CHECK_EQUAL(seen, 1);
    CHECK_EQUAL(found.info % 16, 0);
    CHECK_EQUAL(found.context - found.info, UCONTEXT_AT);
    CHECK(found.stack - found.info >= FRAME_BYTES && found.stack - found.info < FRAME_BYTES + 16);
    CHECK_EQUAL(found.code[0], 0x08b00893); // li a7, 139
    CHECK_EQUAL(found.code[1], 0x00000073); // ecall
    CHECK_EQUAL(found.a7, SYS_kill);
    CHECK(found.before == 1.5);
    CHECK(after == 2.5);
}

static void signal_without_stack(void)
{
    handle(SIGUSR1, note, 0);
    register long a0 __asm__("a0") = getpid();
    register long a1 __asm__("a1") = SIGUSR1;
    register long a7 __asm__("a7") = SYS_kill;
    __asm__ volatile("mv s1, sp\n li sp, 16\n ecall\n mv sp, s1"
                     : "+r"(a0)
                     : "r"(a1), "r"(a7)
                     : "s1", "memory");
}

static void return_from_nothing(void)
{
    __asm__ volatile("li sp, 4096\n li a7, 139\n ecall" : : : "memory");
}

static void return_to_garbage(void)
{
    static _Alignas(16) uint8_t garbage[FRAME_BYTES];
    memset(garbage, 0xff, sizeof(garbage));
    __asm__ volatile("mv sp, %0\n li a7, 139\n ecall" : : "r"(garbage) : "memory");
}

static void handler_in_kernel(void)
{
    handle(SIGUSR1, (void (*)(int))(uintptr_t)0xffffffff80200000, 0); // NOLINT
    raise(SIGUSR1);
}

void test_signal_bad_frames(void)
{
    CHECK_DIES(signal_without_stack, SIGSEGV);
    CHECK_DIES(return_from_nothing, SIGSEGV);
    CHECK_DIES(return_to_garbage, SIGSEGV);
    CHECK_DIES(handler_in_kernel, SIGSEGV);
}
#else
void test_signal_frame(void)
{
    skip("it looks at registers of RISC-V");
}

void test_signal_bad_frames(void)
{
    skip("it sets registers of RISC-V");
}
#endif

// At an address of the first page, where nothing is mapped.
static void store_to_nothing(void)
{
    uintptr_t value = 8;
    __asm__("" : "+r"(value)); // the compiler is not to know
    atomic_store_explicit((_Atomic int *)value, 1, memory_order_relaxed);
}

static void fault_blocked(void)
{
    handle(SIGSEGV, note, 0);
    block(SIGSEGV);
    store_to_nothing();
}

static void fault_ignored(void)
{
    signal(SIGSEGV, SIG_IGN);
    store_to_nothing();
}

// A fault can be neither blocked nor ignored.
void test_signal_fault_blocked(void)
{
    CHECK_DIES(fault_blocked, SIGSEGV);
    CHECK_DIES(fault_ignored, SIGSEGV);
}
