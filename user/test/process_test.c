// SPDX-License-Identifier: MIT
// user/test/process_test.c - processes: fork, wait, exit, parents.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
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

// A child that has ended is none that may stop, and the group 1 is not every group.
void test_process_waitid_which(void)
{
    siginfo_t info = {0};
    pid_t pid = fork_child(exit_23);
    CHECK_EQUAL(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    CHECK_ERROR(waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOHANG), ECHILD);
    CHECK_ERROR(waitid(P_ALL, 0, &info, WSTOPPED | WCONTINUED | WNOHANG), ECHILD);
    CHECK_ERROR(waitid(P_PGID, 1, &info, WEXITED | WNOHANG), ECHILD);
    CHECK_EQUAL(waitid(P_PGID, 0, &info, WEXITED), 0);
    CHECK_EQUAL(info.si_pid, pid);
}

// A child whose end is told by no signal is another kind, until it executes a program.
static pid_t fork_silent(const char *program)
{
    long pid = syscall(SYS_clone, 0, 0, 0, 0, 0);
    CHECK(pid >= 0);
    if (pid == 0) {
        if (program != NULL) {
            execl(program, program, "-c", "exit 23", (char *)NULL);
        }
        _exit(23);
    }
    return (pid_t)pid;
}

void test_process_wait_clone(void)
{
    skip_if_emulated("it has no children without a signal");
    siginfo_t info;
    pid_t pid = fork_silent(NULL);
    CHECK_ERROR(waitpid(pid, NULL, 0), ECHILD);
    CHECK_ERROR(waitid(P_ALL, 0, &info, WEXITED), ECHILD);
    CHECK_EQUAL(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT | __WALL), 0);
    CHECK_EQUAL(waitpid(-1, NULL, __WCLONE), pid);
    pid = fork_child(exit_23);
    CHECK_ERROR(waitpid(pid, NULL, __WCLONE), ECHILD);
    CHECK_EQUAL(wait_child(pid), 23);
}

void test_process_wait_after_exec(void)
{
    skip_if_emulated("it has no children without a signal");
    int ends[2];
    CHECK_EQUAL(pipe2(ends, O_CLOEXEC), 0);
    pid_t pid = fork_silent("/bin/sh");
    CHECK_EQUAL(close(ends[1]), 0);
    char byte;
    CHECK_EQUAL(read(ends[0], &byte, 1), 0); // its copy has been closed, so it has executed
    CHECK_EQUAL(waitpid(pid, NULL, 0), pid);
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

void test_process_groups(void)
{
    pid_t first = fork_child(pause_for_ever);
    pid_t second = fork_child(pause_for_ever);
    CHECK_EQUAL(setpgid(first, first), 0);
    CHECK_EQUAL(setpgid(second, first), 0);
    CHECK_EQUAL(getpgid(second), first);
    CHECK_EQUAL(kill(-first, SIGTERM), 0);
    CHECK_EQUAL(wait_child(second), -SIGTERM);
    CHECK_EQUAL(wait_child(first), -SIGTERM);
    CHECK_ERROR(kill(-first, SIGTERM), ESRCH);
    CHECK_ERROR(setpgid(0, -1), EINVAL);
}

// A group outlives the process whose number it has, and keeps that number from others.
void test_process_group_without_leader(void)
{
    pid_t leader = fork_child(nothing);
    CHECK_EQUAL(setpgid(leader, leader), 0);
    pid_t first = fork_child(pause_for_ever);
    CHECK_EQUAL(setpgid(first, leader), 0);
    CHECK_EQUAL(wait_child(leader), 0);
    CHECK_ERROR(kill(leader, 0), ESRCH);
    CHECK_ERROR(getpgid(leader), ESRCH);
    CHECK_ERROR(setpgid(leader, 0), ESRCH);
    CHECK_EQUAL(getpgid(first), leader);
    CHECK_EQUAL(setpgid(first, leader), 0); // the only one there is: nothing changes
    pid_t second = fork_child(pause_for_ever);
    CHECK_EQUAL(setpgid(second, leader), 0);
    CHECK_EQUAL(kill(-leader, 0), 0);
    CHECK_EQUAL(setpgid(first, first), 0);
    CHECK_EQUAL(kill(-leader, SIGTERM), 0);
    CHECK_EQUAL(waitpid(-leader, NULL, 0), second);
    CHECK_ERROR(kill(-leader, 0), ESRCH);
    CHECK_ERROR(setpgid(first, leader), EPERM);
    CHECK_EQUAL(kill(-first, SIGKILL), 0);
    CHECK_EQUAL(wait_child(first), -SIGKILL);
}

// The same by moving the last one away, which is what ends the group.
void test_process_group_deserted(void)
{
    pid_t leader = fork_child(nothing);
    CHECK_EQUAL(setpgid(leader, leader), 0);
    pid_t last = fork_child(pause_for_ever);
    CHECK_EQUAL(setpgid(last, leader), 0);
    CHECK_EQUAL(wait_child(leader), 0);
    CHECK_EQUAL(setpgid(last, 0), 0);
    CHECK_ERROR(kill(-leader, 0), ESRCH);
    CHECK_EQUAL(kill(-last, SIGKILL), 0);
    CHECK_EQUAL(wait_child(last), -SIGKILL);
}
