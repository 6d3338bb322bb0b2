// SPDX-License-Identifier: MIT
// user/test/process_test.c - processes: fork, wait, exec, exit.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/test/utest.h"

// ---- exit and wait -----------------------------------------------------------------------------

static void yield_and_exit(void)
{
    for (int i = 0; i < 7; i++) {
        sched_yield();
    }
    _exit(-0x10384 & 0xff);
}

void test_process_exit_code(void)
{
    int status;
    pid_t pid = fork_child(yield_and_exit);
    CHECK_EQUAL(waitpid(pid, &status, 0), pid);
    CHECK(WIFEXITED(status));
    CHECK_EQUAL(WEXITSTATUS(status), -0x10384 & 0xff);
    CHECK_ERROR(waitpid(pid, &status, 0), ECHILD);
    CHECK_ERROR(wait(&status), ECHILD);
}

void test_process_wait_without_child(void)
{
    siginfo_t info;
    CHECK_ERROR(wait(NULL), ECHILD);
    CHECK_ERROR(waitpid(-1, NULL, WNOHANG), ECHILD);
    CHECK_ERROR(waitpid(getppid(), NULL, 0), ECHILD);
    CHECK_ERROR(waitpid(-1, NULL, 0x10000), EINVAL);
    CHECK_ERROR(waitid(P_ALL, 0, &info, 0), EINVAL);
}

static void nothing(void)
{
}

void test_process_fork_many(void)
{
    enum { CHILDREN = 40 };
    for (int i = 0; i < CHILDREN; i++) {
        fork_child(nothing);
    }
    for (int i = 0; i < CHILDREN; i++) {
        int status = -1;
        CHECK(wait(&status) > 0);
        CHECK_EQUAL(status, 0);
    }
    CHECK_ERROR(wait(NULL), ECHILD);
}

static void sleep_100ms(void)
{
    sleep_ms(100);
}

void test_process_wait_no_hang(void)
{
    int status;
    pid_t pid = fork_child(sleep_100ms);
    CHECK_EQUAL(waitpid(pid, &status, WNOHANG), 0);
    CHECK_EQUAL(wait_child(pid), 0);
}

static void fork_below(unsigned depth)
{
    pid_t children[2];
    for (int i = 0; i < 2 && depth > 0; i++) {
        children[i] = fork();
        CHECK(children[i] >= 0);
        if (children[i] == 0) {
            fork_below(depth - 1);
            _exit((int)depth);
        }
    }
    for (int i = 0; i < 2 && depth > 0; i++) {
        CHECK_EQUAL(wait_child(children[i]), depth);
    }
}

void test_process_fork_tree(void)
{
    fork_below(4);
}

// Exit codes are handed out in any order of waiting.
static void exit_78(void)
{
    _exit(66778 & 0xff);
}

static void exit_23(void)
{
    _exit(-233 & 0xff);
}

void test_process_wait_in_any_order(void)
{
    pid_t first = fork_child(exit_78);
    pid_t second = fork_child(exit_23);
    CHECK_EQUAL(wait_child(second), -233 & 0xff);
    CHECK_EQUAL(wait_child(first), 66778 & 0xff);
}

void test_process_waitid(void)
{
    siginfo_t info = {0};
    pid_t pid = fork_child(exit_23);
    CHECK_EQUAL(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    CHECK_EQUAL(info.si_pid, pid);
    CHECK_EQUAL(info.si_signo, SIGCHLD);
    CHECK_EQUAL(info.si_code, CLD_EXITED);
    CHECK_EQUAL(info.si_status, -233 & 0xff);
    // WNOWAIT has left it.
    CHECK_EQUAL(wait_child(pid), -233 & 0xff);
}

void test_process_zombie(void)
{
    siginfo_t info;
    pid_t pid = fork_child(nothing);
    CHECK_EQUAL(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    CHECK_EQUAL(kill(pid, 0), 0);
    CHECK_EQUAL(wait_child(pid), 0);
    CHECK_ERROR(kill(pid, 0), ESRCH);
}

static void multiply_matrices(void)
{
    enum { SIZE = 10, TIMES = 200, MODULUS = 10007 };
    static long a[SIZE][SIZE];
    static long c[SIZE][SIZE];
    for (int t = 0; t < TIMES; t++) {
        for (int i = 0; i < SIZE * SIZE; i++) {
            c[i / SIZE][i % SIZE] = (a[i % SIZE][i / SIZE] * (i + t)) % MODULUS;
        }
        memcpy(a, c, sizeof(a));
    }
}

void test_process_matrix(void)
{
    enum { CHILDREN = 30 };
    pid_t children[CHILDREN];
    for (int i = 0; i < CHILDREN; i++) {
        children[i] = fork_child(multiply_matrices);
    }
    for (int i = 0; i < CHILDREN; i++) {
        CHECK_EQUAL(wait_child(children[i]), 0);
    }
}

void test_process_usage(void)
{
    struct rusage usage = {0};
    int status;
    pid_t pid = fork_child(multiply_matrices);
    CHECK_EQUAL(wait4(pid, &status, 0, &usage), pid);
    CHECK_EQUAL(status, 0);
    CHECK(usage.ru_utime.tv_sec < 100 && usage.ru_utime.tv_usec < 1000000);
    CHECK_EQUAL(getrusage(RUSAGE_SELF, &usage), 0);
    CHECK_ERROR(getrusage(12345, &usage), EINVAL);
}

// ---- Parents -----------------------------------------------------------------------------------

static struct {
    pid_t parent; // written before it forks
    _Atomic unsigned new_parent;
    _Atomic unsigned done;
} *orphan;

static void be_orphan(void)
{
    while (getppid() == orphan->parent) {
        sleep_ms(1);
    }
    atomic_store_explicit(&orphan->new_parent, (unsigned)getppid(), memory_order_release);
    atomic_store_explicit(&orphan->done, 1, memory_order_release);
}

static void leave_orphan(void)
{
    orphan->parent = getpid();
    fork_child(be_orphan);
}

void test_process_orphan(void)
{
    orphan = shared_memory(sizeof(*orphan));
    CHECK_EQUAL(run_child(leave_orphan), 0);
    AWAIT(orphan->done, 1);
    CHECK(orphan->new_parent != (unsigned)getpid() && orphan->new_parent != 0);
    CHECK_ERROR(wait(NULL), ECHILD);
}

static void check_ids(void)
{
    CHECK(getpid() > 0 && getppid() > 0 && getpid() != getppid());
    CHECK_EQUAL(syscall(SYS_gettid), getpid());
}

void test_process_ids(void)
{
    pid_t self = getpid();
    check_ids();
    CHECK_EQUAL(run_child(check_ids), 0);
    CHECK_EQUAL(getpid(), self);
}

static void wait_for_signal(void)
{
    for (;;) {
        pause();
    }
}

void test_process_groups(void)
{
    pid_t first = fork_child(wait_for_signal);
    pid_t second = fork_child(wait_for_signal);
    CHECK_EQUAL(setpgid(first, first), 0);
    CHECK_EQUAL(setpgid(second, first), 0);
    CHECK_EQUAL(getpgid(second), first);
    CHECK_EQUAL(kill(-first, SIGTERM), 0);
    CHECK_EQUAL(wait_child(second), -SIGTERM);
    CHECK_EQUAL(wait_child(first), -SIGTERM);
    CHECK_ERROR(kill(-first, SIGTERM), ESRCH);
    CHECK_ERROR(setpgid(0, -1), EINVAL);
}

// ---- Threads at the end ------------------------------------------------------------------------

static struct early {
    _Atomic unsigned started;
    _Atomic unsigned ticks;
} *early;

static void *tick_for_ever(void *argument)
{
    (void)argument;
    atomic_store_explicit(&early->started, 1, memory_order_release);
    for (;;) {
        atomic_fetch_add_explicit(&early->ticks, 1, memory_order_relaxed);
    }
}

static void exit_while_thread_runs(void)
{
    pthread_t thread;
    start_thread(&thread, tick_for_ever, NULL);
    AWAIT(early->started, 1);
    _exit(5);
}

// When main exits a thread that runs is gone, at once and for good.
void test_process_early_exit(void)
{
    early = shared_memory(sizeof(*early));
    CHECK_EQUAL(wait_child(fork_child(exit_while_thread_runs)), 5);
    unsigned ticks = atomic_load_explicit(&early->ticks, memory_order_relaxed);
    sleep_ms(20);
    CHECK_EQUAL(atomic_load_explicit(&early->ticks, memory_order_relaxed), ticks);
}

static void *sleep_for_ever(void *argument)
{
    (void)argument;
    atomic_store_explicit(&early->started, 1, memory_order_release);
    wait_for_signal();
    return NULL;
}

static void exit_while_thread_sleeps(void)
{
    pthread_t thread;
    start_thread(&thread, sleep_for_ever, NULL);
    AWAIT(early->started, 1);
    _exit(6);
}

void test_process_early_exit_asleep(void)
{
    early = shared_memory(sizeof(*early));
    CHECK_EQUAL(wait_child(fork_child(exit_while_thread_sleeps)), 6);
}

static void *exit_for_all(void *argument)
{
    (void)argument;
    _exit(7);
}

static void thread_exits_for_all(void)
{
    pthread_t thread;
    start_thread(&thread, exit_for_all, NULL);
    wait_for_signal();
}

void test_process_exit_group(void)
{
    CHECK_EQUAL(wait_child(fork_child(thread_exits_for_all)), 7);
}

// The first thread may end before the others; the process ends with the last one.
static void *exit_later(void *argument)
{
    (void)argument;
    sleep_ms(20);
    _exit(8);
}

static void main_thread_ends(void)
{
    pthread_t thread;
    start_thread(&thread, exit_later, NULL);
    syscall(SYS_exit, 3);
}

void test_process_leader_ends_first(void)
{
    CHECK_EQUAL(wait_child(fork_child(main_thread_ends)), 8);
}

// ---- exec --------------------------------------------------------------------------------------

static void exec_exit(void)
{
    exec_role((char *[]){"exit", "42", NULL});
}

void test_process_exec(void)
{
    CHECK_EQUAL(wait_child(fork_child(exec_exit)), 42);
}

static void exec_arguments(void)
{
    setenv("UTEST_VALUE", "v w", 1);
    exec_role((char *[]){"arguments", "one", "", "two words", NULL});
}

void test_process_exec_arguments(void)
{
    CHECK_EQUAL(wait_child(fork_child(exec_arguments)), 23);
}

static void exec_descriptors(void)
{
    int ends[2];
    char open_text[12];
    char closed_text[12];
    CHECK_EQUAL(pipe2(ends, 0), 0);
    CHECK_EQUAL(fcntl(ends[1], F_SETFD, FD_CLOEXEC), 0);
    CHECK_EQUAL(dup2(ends[0], 50), 50);
    CHECK_EQUAL(dup3(ends[1], 60, O_CLOEXEC), 60);
    snprintf(open_text, sizeof(open_text), "%d", 50);
    snprintf(closed_text, sizeof(closed_text), "%d", 60);
    exec_role((char *[]){"descriptors", open_text, closed_text, NULL});
}

void test_process_exec_closes(void)
{
    CHECK_EQUAL(wait_child(fork_child(exec_descriptors)), 0);
}

static void *exec_pid(void *argument)
{
    exec_role((char *[]){"pid", argument, NULL});
}

// exec of another thread than the first takes over the id of the process, and ends the others.
static void exec_from_thread(void)
{
    pthread_t thread;
    static char pid[12];
    snprintf(pid, sizeof(pid), "%d", getpid());
    start_thread(&thread, tick_for_ever, NULL);
    start_thread(&thread, exec_pid, pid);
    wait_for_signal();
}

void test_process_exec_from_thread(void)
{
    skip_if_emulated("an emulator does not end its threads at exec");
    early = shared_memory(sizeof(*early));
    CHECK_EQUAL(wait_child(fork_child(exec_from_thread)), 24);
}

void test_process_exec_errors(void)
{
    char *argv[] = {"x", NULL};
    char *environment[] = {NULL};
    char name[] = "/tmp/utest-exec-XXXXXX";
    CHECK_ERROR(execve("/no/such/program", argv, environment), ENOENT);
    CHECK_ERROR(execve("/", argv, environment), EACCES);
    int fd = mkstemp(name);
    CHECK(fd >= 0);
    CHECK_EQUAL(write(fd, "no program\n", 11), 11);
    CHECK_ERROR(execve(name, argv, environment), EACCES);
    CHECK_EQUAL(fchmod(fd, 0755), 0);
    close(fd);
    CHECK_ERROR(execve(name, argv, environment), ENOEXEC);
    CHECK_EQUAL(unlink(name), 0);
}

// ---- Other ways to a child ---------------------------------------------------------------------

void test_process_vfork(void)
{
    static _Atomic unsigned seen;
    pid_t pid = vfork();
    CHECK(pid >= 0);
    if (pid == 0) {
        // It has this process's memory, except in an emulator that makes a fork of it.
        atomic_store_explicit(&seen, 1, memory_order_release);
        _exit(9);
    }
    CHECK_EQUAL(wait_child(pid), 9);
    if (!is_emulated()) {
        CHECK_EQUAL(seen, 1);
    }
}

void test_process_posix_spawn(void)
{
    pid_t pid;
    char self[512] = "";
    char *argv[] = {self, "--as", "exit", "3", NULL};
    skip_if_emulated("it executes what it was told, without a runner");
    CHECK(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
    CHECK_EQUAL(posix_spawn(&pid, self, NULL, NULL, argv, environ), 0);
    CHECK_EQUAL(wait_child(pid), 3);
    CHECK_EQUAL(posix_spawn(&pid, "/no/such/program", NULL, NULL, argv, environ), ENOENT);
}

// The call of the teaching kernels, which Linux does not have.
void test_process_spawn(void)
{
    enum { SYS_SPAWN = 400, CHILDREN = 40 };
    if (syscall(SYS_SPAWN, "/no/such/program") < 0 && errno == ENOSYS) {
        skip("there is no spawn");
    }
    CHECK(syscall(SYS_SPAWN, "/no/such/program") < 0);
    pid_t children[CHILDREN];
    for (int i = 0; i < CHILDREN; i++) {
        children[i] = (pid_t)syscall(SYS_SPAWN, "/bin/true");
        CHECK(children[i] > 0);
    }
    for (int i = 0; i < CHILDREN; i++) {
        CHECK_EQUAL(wait_child(children[i]), 0);
    }
}

// The same: how often the caller made which system call.
void test_process_task_info(void)
{
    enum { SYS_TASK_INFO = 410, CALLS = 500 };
    struct {
        uint32_t status;
        uint32_t calls[CALLS];
        uint64_t time_ms;
    } before, after;
    if (syscall(SYS_TASK_INFO, &before) < 0 && errno == ENOSYS) {
        skip("there is no task_info");
    }
    CHECK_EQUAL(syscall(SYS_TASK_INFO, &before), 0);
    sched_yield();
    sched_yield();
    sleep_ms(20);
    CHECK_EQUAL(syscall(SYS_TASK_INFO, &after), 0);
    CHECK_EQUAL(after.calls[SYS_TASK_INFO] - before.calls[SYS_TASK_INFO], 1);
    CHECK_EQUAL(after.calls[SYS_sched_yield] - before.calls[SYS_sched_yield], 2);
    CHECK_EQUAL(after.calls[SYS_exit], 0);
    CHECK(after.time_ms >= before.time_ms + 19);
    CHECK(syscall(SYS_TASK_INFO, 8L) < 0);
}
