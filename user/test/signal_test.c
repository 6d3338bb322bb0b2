// SPDX-License-Identifier: MIT
// user/test/signal_test.c - signals: handlers, masks, waiting for them, calls that they interrupt.
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/ucontext.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "user/lib/clock.h"
#include "user/test/utest.h"

// What the handlers below have seen.
static _Atomic unsigned seen;
static atomic_int seen_number;
static atomic_int seen_value;
static atomic_int seen_pid;
static atomic_int seen_code;

static void count(int number)
{
    atomic_store_explicit(&seen_number, number, memory_order_relaxed);
    atomic_fetch_add_explicit(&seen, 1, memory_order_relaxed);
}

static void note_info(int number, siginfo_t *info, void *context)
{
    (void)context;
    atomic_store_explicit(&seen_value, info->si_value.sival_int, memory_order_relaxed);
    atomic_store_explicit(&seen_pid, info->si_pid, memory_order_relaxed);
    atomic_store_explicit(&seen_code, info->si_code, memory_order_relaxed);
    count(number);
}

static void handle(int number, void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    CHECK_EQUAL(sigaction(number, &action, NULL), 0);
}

static void handle_info(int number, void (*handler)(int, siginfo_t *, void *), int flags)
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = flags | SA_SIGINFO};
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

static void unblock(int number)
{
    sigset_t set = set_of(number);
    CHECK_EQUAL(sigprocmask(SIG_UNBLOCK, &set, NULL), 0);
}

// ---- Handlers and masks ------------------------------------------------------------------------

void test_signal_handler(void)
{
    struct sigaction old;
    handle(SIGUSR1, count, 0);
    CHECK_EQUAL(kill(getpid(), SIGUSR1), 0);
    CHECK_EQUAL(seen, 1);
    CHECK_EQUAL(seen_number, SIGUSR1);
    CHECK_EQUAL(sigaction(SIGUSR1, NULL, &old), 0);
    CHECK(old.sa_handler == count);
    CHECK_EQUAL(raise(SIGUSR1), 0);
    CHECK_EQUAL(seen, 2);
}

void test_signal_errors(void)
{
    struct sigaction action = {.sa_handler = count};
    sigset_t set = set_of(SIGUSR1);
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
    handle(SIGUSR1, count, 0);
    block(SIGUSR1);
    raise(SIGUSR1);
    raise(SIGUSR1);
    CHECK_EQUAL(seen, 0);
    CHECK_EQUAL(sigpending(&pending), 0);
    CHECK(sigismember(&pending, SIGUSR1));
    // A standard signal that is pending twice comes once.
    unblock(SIGUSR1);
    CHECK_EQUAL(seen, 1);
    CHECK_EQUAL(sigpending(&pending), 0);
    CHECK(!sigismember(&pending, SIGUSR1));
}

static void raise_again(int number)
{
    unsigned before = atomic_fetch_add_explicit(&seen, 1, memory_order_relaxed);
    if (before == 0) {
        raise(number);
        // It is blocked in here, so it comes after this handler.
        atomic_store_explicit(&seen_value, (int)seen, memory_order_relaxed);
    }
}

void test_signal_blocked_in_handler(void)
{
    handle(SIGUSR1, raise_again, 0);
    raise(SIGUSR1);
    CHECK_EQUAL(seen_value, 1);
    CHECK_EQUAL(seen, 2);
}

static void nest(int number)
{
    unsigned before = atomic_fetch_add_explicit(&seen, 1, memory_order_relaxed);
    if (before < 10) {
        raise(number);
    }
}

void test_signal_nested(void)
{
    handle(SIGUSR1, nest, SA_NODEFER);
    raise(SIGUSR1);
    CHECK_EQUAL(seen, 11);
}

static void raise_once_default(void)
{
    handle(SIGTERM, count, (int)SA_RESETHAND);
    raise(SIGTERM);
    CHECK_EQUAL(seen, 1);
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
    CHECK_EQUAL(seen, 1);
}

void test_signal_fork_inherits(void)
{
    handle(SIGUSR1, count, 0);
    block(SIGUSR2);
    CHECK_EQUAL(run_child(check_inherited), 0);
    CHECK_EQUAL(seen, 0);
}

// All registers, those of floating point included, are as before after a handler.
static void disturb(int number)
{
    double x = number;
    for (int i = 0; i < 100; i++) {
        x = x * 1.5 + i;
    }
    atomic_store_explicit(&seen_value, (int)(long)x, memory_order_relaxed);
    count(number);
}

void test_signal_keeps_registers(void)
{
    struct itimerval often = {{0, 500}, {0, 500}};
    struct itimerval never = {0};
    double sum = 0;
    long integer = 0;
    handle(SIGALRM, disturb, 0);
    CHECK_EQUAL(setitimer(ITIMER_REAL, &often, NULL), 0);
    while (seen < 20) {
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
    count(number);
}

// A handler may change what is gone on with.
void test_signal_edit_context(void)
{
    register long a0 __asm__("a0") = 1;
    handle_info(SIGILL, skip_instruction, 0);
    __asm__ volatile(".option push; .option norvc; csrr t0, sstatus; .option pop"
                     : "+r"(a0)
                     :
                     : "t0", "memory");
    long value = a0;
    CHECK_EQUAL(value, 4711);
    CHECK_EQUAL(seen, 1);
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
    count(number);
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
    handle(SIGUSR1, check_stack, SA_ONSTACK);
    raise(SIGUSR1);
    CHECK_EQUAL(seen, 1);
    CHECK_EQUAL(seen_value, 1);
    handle(SIGUSR1, check_stack, 0);
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
    handle(SIGSEGV, leave_overflow, SA_ONSTACK);
    if (sigsetjmp(after_overflow, 1) == 0) {
        recurse(0);
        CHECK(false);
    }
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
    handle_info(SIGUSR1, note_info, 0);
    pid_t child = fork_child(send_value);
    while (seen == 0) {
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
    sigset_t set = set_of(SIGUSR1);
    block(SIGUSR1);
    pid_t child = fork_child(send_value);
    CHECK_EQUAL(sigwait(&set, &number), 0);
    CHECK_EQUAL(number, SIGUSR1);
    CHECK_EQUAL(wait_child(child), 0);
}

void test_signal_timed_wait(void)
{
    siginfo_t info;
    sigset_t set = set_of(SIGUSR1);
    struct timespec soon = {.tv_nsec = 20 * NS_PER_MS};
    struct timespec late = {.tv_sec = 10};
    struct timespec wrong = {.tv_nsec = NS_PER_S};
    block(SIGUSR1);
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
    handle(SIGUSR1, count, 0);
    block(SIGUSR1);
    pid_t child = fork_child(send_value);
    CHECK_ERROR(sigsuspend(&none), EINTR);
    CHECK_EQUAL(seen, 1);
    CHECK_EQUAL(sigprocmask(SIG_BLOCK, NULL, &mask), 0);
    CHECK(sigismember(&mask, SIGUSR1));
    CHECK_EQUAL(wait_child(child), 0);
}

void test_signal_pause(void)
{
    handle(SIGUSR1, count, SA_RESTART);
    pid_t child = fork_child(send_value);
    CHECK_ERROR(pause(), EINTR);
    CHECK_EQUAL(seen, 1);
    CHECK_EQUAL(wait_child(child), 0);
}

void test_signal_child_ends(void)
{
    sigset_t set = set_of(SIGCHLD);
    siginfo_t info;
    block(SIGCHLD);
    pid_t child = fork_child(send_value);
    handle(SIGUSR1, count, SA_RESTART);
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
    handle(SIGUSR1, count, SA_RESTART);
    pid_t child = fork_child(signal_then_write);
    CHECK_EQUAL(read(ends[0], &byte, 1), 1);
    CHECK_EQUAL(byte, 'x');
    CHECK_EQUAL(seen, 1);
    CHECK_EQUAL(wait_child(child), 0);
}

void test_signal_interrupt(void)
{
    char byte = 0;
    CHECK_EQUAL(pipe(ends), 0);
    handle(SIGUSR1, count, 0);
    pid_t child = fork_child(signal_then_write);
    CHECK_ERROR(read(ends[0], &byte, 1), EINTR);
    CHECK_EQUAL(seen, 1);
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
    handle(SIGUSR1, count, SA_RESTART);
    pid_t child = fork_child(signal_then_write);
    // Sleep is not restarted, and says what is left.
    CHECK_ERROR(nanosleep(&time, &left), EINTR);
    CHECK(left.tv_sec == 4 && left.tv_nsec > 0);
    CHECK_EQUAL(wait_child(child), 0);
}

// ---- Timers, stopping, ending ------------------------------------------------------------------

void test_signal_alarm(void)
{
    handle(SIGALRM, count, 0);
    uint64_t start = clock_ns();
    CHECK_EQUAL(alarm(100), 120); // that of the test itself
    CHECK_EQUAL(alarm(1), 100);
    CHECK_ERROR(pause(), EINTR);
    uint64_t took = clock_ns() - start;
    CHECK(seen == 1 && took >= 900 * (uint64_t)NS_PER_MS && took < 10 * (uint64_t)NS_PER_S);
    CHECK_EQUAL(alarm(0), 0);
}

void test_signal_interval_timer(void)
{
    struct itimerval often = {{0, 10000}, {0, 10000}};
    struct itimerval now;
    handle(SIGALRM, count, 0);
    uint64_t start = clock_ns();
    CHECK_EQUAL(setitimer(ITIMER_REAL, &often, NULL), 0);
    while (seen < 5) {
        pause();
    }
    CHECK(clock_ns() - start >= 45 * (uint64_t)NS_PER_MS);
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
    handle(SIGUSR1, loop_in_handler, 0);
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
    count(number);
}

static void *wait_to_be_signalled(void *argument)
{
    atomic_store_explicit((_Atomic pid_t *)argument, gettid(), memory_order_release);
    while (seen == 0) {
        sleep_ms(1);
    }
    return NULL;
}

void test_signal_to_thread(void)
{
    static _Atomic pid_t tid;
    pthread_t thread;
    handle(SIGUSR1, note_thread, 0);
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
    handle(SIGUSR1, note_thread, 0);
    start_thread(&thread, wait_to_be_signalled, &tid);
    block(SIGUSR1);
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
    handle(SIGUSR1, count_received, SA_RESTART);
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
