// SPDX-License-Identifier: MIT
// user/test/process_exec_test.c - processes: exec, and other ways to a child than fork.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/test/utest.h"

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

// ---- vfork() by its parts ----------------------------------------------------------------------

enum { LENT_STACK = 16 * 1024, LENT_MS = 20 };

static struct lent {
    _Atomic unsigned ended;
    _Atomic unsigned stays;
    _Atomic unsigned may_go;
} *lent;

static int end_late(void *unused)
{
    (void)unused;
    sleep_ms(LENT_MS);
    atomic_store_explicit(&lent->ended, 1, memory_order_release);
    syscall(SYS_exit, 0);
    return 0;
}

// Returns: the new child's number; the caller has waited for its end.
static pid_t clone_and_wait(int (*body)(void *), int flags)
{
    static char stack[LENT_STACK] __attribute__((aligned(16)));
    lent = shared_memory(sizeof(*lent));
    pid_t pid = clone(body, stack + sizeof(stack), flags | CLONE_VFORK, NULL);
    CHECK(pid > 0);
    return pid;
}

// CLONE_VFORK waits for a process with memory of its own, too.
void test_process_vfork_copies(void)
{
    skip_if_emulated("it knows vfork() as a whole only");
    pid_t pid = clone_and_wait(end_late, SIGCHLD);
    CHECK_EQUAL(lent->ended, 1);
    CHECK_EQUAL(wait_child(pid), 0);
}

// And for a thread.
void test_process_vfork_thread(void)
{
    skip_if_emulated("it knows vfork() as a whole only");
    clone_and_wait(end_late, CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | CLONE_FS | CLONE_FILES);
    CHECK_EQUAL(lent->ended, 1);
}

static void execute_vfork_thread(void)
{
    exec_role((char *[]){"vfork-thread", NULL});
}

// Also where the process itself has left a space in an exec.
void test_process_vfork_thread_after_exec(void)
{
    skip_if_emulated("it knows vfork() as a whole only");
    CHECK_EQUAL(run_child(execute_vfork_thread), 0);
}

static int stay(void *unused)
{
    (void)unused;
    atomic_store_explicit(&lent->stays, 1, memory_order_release);
    while (atomic_load_explicit(&lent->may_go, memory_order_acquire) == 0) {
        sleep_ms(1);
    }
    syscall(SYS_exit, 0);
    return 0;
}

static int leave_a_thread(void *unused)
{
    static char stack[LENT_STACK] __attribute__((aligned(16)));
    (void)unused;
    const int flags = CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | CLONE_FS | CLONE_FILES;
    if (clone(stay, stack + sizeof(stack), flags, NULL) < 0) {
        _exit(1);
    }
    syscall(SYS_exit, 0);
    return 0;
}

// It is the child's first thread that the parent waits for, not the last.
void test_process_vfork_first_thread(void)
{
    skip_if_emulated("it knows vfork() as a whole only");
    pid_t pid = clone_and_wait(leave_a_thread, SIGCHLD);
    AWAIT(lent->stays, 1);
    CHECK_EQUAL(waitpid(pid, NULL, WNOHANG), 0);
    atomic_store_explicit(&lent->may_go, 1, memory_order_release);
    CHECK_EQUAL(wait_child(pid), 0);
}

static int stay_for_ever(void *unused)
{
    (void)unused;
    atomic_store_explicit(&lent->stays, 1, memory_order_release);
    pause_for_ever();
}

static void wait_in_vfork(void)
{
    static char stack[LENT_STACK] __attribute__((aligned(16)));
    clone(stay_for_ever, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
}

// Who waits there can be killed.
void test_process_vfork_killed(void)
{
    skip_if_emulated("nobody waits there");
    lent = shared_memory(sizeof(*lent));
    pid_t parent = fork_child(wait_in_vfork);
    AWAIT(lent->stays, 1);
    CHECK_EQUAL(kill(parent, SIGKILL), 0);
    CHECK_EQUAL(wait_child(parent), -SIGKILL);
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
enum { SYS_TASK_INFO = 410, TASK_CALLS = 500, TASK_RUNNING = 2 };
struct task_info {
    uint32_t status;
    uint32_t calls[TASK_CALLS];
    uint64_t time_ms;
};

// A new process has made no calls but these.
static void count_from_the_start(void)
{
    struct task_info info;
    CHECK_EQUAL(syscall(SYS_getppid), getppid());
    sched_yield();
    CHECK_EQUAL(syscall(SYS_TASK_INFO, &info), 0);
    CHECK_EQUAL(info.status, TASK_RUNNING);
    CHECK_EQUAL(info.calls[SYS_TASK_INFO], 1);
    CHECK_EQUAL(info.calls[SYS_getppid], 2);
    CHECK_EQUAL(info.calls[SYS_sched_yield], 1);
    CHECK_EQUAL(info.calls[SYS_execve] + info.calls[SYS_exit] + info.calls[SYS_write], 0);
    CHECK(info.time_ms < 100000);
}

void test_process_task_info(void)
{
    struct task_info before;
    struct task_info after;
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
    CHECK_ERROR(syscall(SYS_TASK_INFO, 8L), EFAULT);
    CHECK_EQUAL(run_child(count_from_the_start), 0);
}
