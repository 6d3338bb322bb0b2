// SPDX-License-Identifier: MIT
// user/test/lock_test.c - locks on files: fcntl(F_SETLK) and its kin, and flock().
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "user/test/utest.h"

static char path[] = "/tmp/utest-lock-XXXXXX";
static int fd;

static void make_file(void)
{
    fd = mkstemp(path);
    CHECK(fd >= 0);
}

static int lock(int file, int command, int type, off_t start, off_t bytes)
{
    struct flock request = {
        .l_type = (short)type, .l_whence = SEEK_SET, .l_start = start, .l_len = bytes};

    return fcntl(file, command, &request);
}

// What keeps a lock of all from `start` on out.
static struct flock conflict(int file, int command, int type, off_t start, off_t bytes)
{
    struct flock request = {
        .l_type = (short)type, .l_whence = SEEK_SET, .l_start = start, .l_len = bytes};

    CHECK_EQUAL(fcntl(file, command, &request), 0);
    return request;
}

static void try_from_child(void)
{
    CHECK_ERROR(lock(fd, F_SETLK, F_WRLCK, 15, 10), EAGAIN);
    CHECK_ERROR(lock(fd, F_SETLK, F_RDLCK, 10, 1), EAGAIN);
    CHECK_EQUAL(lock(fd, F_SETLK, F_WRLCK, 20, 0), 0);
    CHECK_EQUAL(lock(fd, F_SETLK, F_WRLCK, 0, 10), 0);
    struct flock found = conflict(fd, F_GETLK, F_RDLCK, 0, 0);
    CHECK(found.l_type == F_WRLCK && found.l_start == 10 && found.l_len == 10);
    CHECK_EQUAL(found.l_pid, getppid());
    CHECK_EQUAL(conflict(fd, F_GETLK, F_WRLCK, 20, 1).l_type, F_UNLCK);
}

// One process has a range; another has what is beside it, and loses it when it ends.
void test_lock_between_processes(void)
{
    make_file();
    CHECK_EQUAL(lock(fd, F_SETLK, F_WRLCK, 10, 10), 0);
    CHECK_EQUAL(lock(fd, F_SETLK, F_WRLCK, 10, 10), 0);
    CHECK_EQUAL(run_child(try_from_child), 0);
    CHECK_EQUAL(lock(fd, F_SETLK, F_WRLCK, 0, 0), 0);
    unlink(path);
}

static void read_along(void)
{
    CHECK_EQUAL(lock(fd, F_SETLK, F_RDLCK, 0, 0), 0);
    CHECK_ERROR(lock(fd, F_SETLK, F_WRLCK, 0, 0), EAGAIN);
}

void test_lock_readers(void)
{
    make_file();
    CHECK_EQUAL(lock(fd, F_SETLK, F_RDLCK, 0, 0), 0);
    CHECK_EQUAL(run_child(read_along), 0);
    unlink(path);
}

static void must_be_free(void)
{
    CHECK_EQUAL(lock(fd, F_SETLK, F_WRLCK, 0, 0), 0);
}

// Closing any descriptor of the file, or replacing it, gives up all that the process has on it.
void test_lock_close(void)
{
    make_file();
    CHECK_EQUAL(lock(fd, F_SETLK, F_WRLCK, 0, 0), 0);
    CHECK_EQUAL(close(open(path, O_RDONLY)), 0);
    CHECK_EQUAL(run_child(must_be_free), 0);
    CHECK_EQUAL(lock(fd, F_SETLK, F_WRLCK, 0, 0), 0);
    int other = open(path, O_RDONLY);
    CHECK_EQUAL(dup2(STDERR_FILENO, other), other);
    CHECK_EQUAL(run_child(must_be_free), 0);
    unlink(path);
}

static _Atomic unsigned *stage;

static void wait_for_lock(void)
{
    CHECK_EQUAL(lock(fd, F_SETLKW, F_WRLCK, 0, 1), 0);
    *stage = 1;
}

void test_lock_wait(void)
{
    make_file();
    stage = shared_memory(sizeof(*stage));
    CHECK_EQUAL(lock(fd, F_SETLK, F_WRLCK, 0, 100), 0);
    pid_t child = fork_child(wait_for_lock);
    sleep_ms(50);
    CHECK_EQUAL(*stage, 0);
    CHECK_EQUAL(lock(fd, F_SETLK, F_UNLCK, 0, 50), 0);
    AWAIT(*stage, 1);
    CHECK_EQUAL(wait_child(child), 0);
    unlink(path);
}

static void nothing(int signo)
{
    (void)signo;
}

static void wait_in_vain(void)
{
    struct sigaction action = {.sa_handler = nothing};

    CHECK_EQUAL(sigaction(SIGALRM, &action, NULL), 0);
    alarm(1);
    CHECK_ERROR(lock(fd, F_SETLKW, F_WRLCK, 0, 1), EINTR);
    int own = open(path, O_RDWR);
    alarm(1);
    CHECK_ERROR(flock(own, LOCK_SH), EINTR);
}

void test_lock_interrupted(void)
{
    make_file();
    CHECK_EQUAL(lock(fd, F_SETLK, F_WRLCK, 0, 0), 0);
    CHECK_EQUAL(flock(fd, LOCK_EX), 0);
    CHECK_EQUAL(run_child(wait_in_vain), 0);
    unlink(path);
}

// Returns: whether it was not to wait; if it did, it has the lock now.
static bool would_deadlock(off_t byte)
{
    int result = lock(fd, F_SETLKW, F_WRLCK, byte, 1);

    CHECK(result == 0 || errno == EDEADLK);
    return result != 0;
}

static void wait_for_the_other(void)
{
    CHECK_EQUAL(lock(fd, F_SETLK, F_WRLCK, 1, 1), 0);
    *stage = 1;
    *stage = would_deadlock(0) ? 3 : 2;
}

// Two that would wait for each other: one of them does not.
void test_lock_deadlock(void)
{
    make_file();
    stage = shared_memory(sizeof(*stage));
    CHECK_EQUAL(lock(fd, F_SETLK, F_WRLCK, 0, 1), 0);
    pid_t child = fork_child(wait_for_the_other);
    AWAIT(*stage, 1);
    bool first = would_deadlock(1);
    CHECK_EQUAL(lock(fd, F_SETLK, F_UNLCK, 0, 1), 0);
    CHECK_EQUAL(wait_child(child), 0);
    CHECK_EQUAL(*stage, first ? 2 : 3);
    unlink(path);
}

// Of several locks in the way the one that begins first is told.
void test_lock_first_conflict(void)
{
    make_file();
    int other = open(path, O_RDWR);
    CHECK_EQUAL(lock(fd, F_SETLK, F_WRLCK, 10, 2), 0);
    CHECK_EQUAL(lock(fd, F_SETLK, F_RDLCK, 1, 3), 0);
    struct flock found = conflict(other, F_OFD_GETLK, F_WRLCK, 0, 0);
    CHECK(found.l_type == F_RDLCK && found.l_start == 1 && found.l_len == 3);
    unlink(path);
}

// Random locks of the process on a few bytes, each looked at by way of another owner.
void test_lock_model(void)
{
    enum { BYTES = 24 };
    short model[BYTES];
    uint32_t random = 7;

    make_file();
    int other = open(path, O_RDWR);
    for (int i = 0; i < BYTES; i++) {
        model[i] = F_UNLCK;
    }
    for (unsigned round = 0; round < scaled(400); round++) {
        int start = (int)(next_random(&random) % BYTES);
        int bytes = 1 + (int)(next_random(&random) % (unsigned)(BYTES - start));
        short type = (short)(next_random(&random) % 3);

        CHECK_EQUAL(lock(fd, F_SETLK, type, start, bytes), 0);
        for (int i = 0; i < BYTES; i++) {
            model[i] = i >= start && i < start + bytes ? type : model[i];
            struct flock found = conflict(other, F_OFD_GETLK, F_WRLCK, i, 1);

            CHECK_EQUAL(found.l_type, model[i]);
            CHECK_EQUAL(found.l_pid, model[i] == F_UNLCK ? 0 : getpid());
        }
    }
    unlink(path);
}

// Locks of open files: two of one process keep each other out, and dup() makes no other.
void test_lock_of_open_files(void)
{
    make_file();
    int other = open(path, O_RDWR);
    int same = dup(fd);
    CHECK_EQUAL(lock(fd, F_OFD_SETLK, F_WRLCK, 0, 10), 0);
    CHECK_EQUAL(lock(same, F_OFD_SETLK, F_WRLCK, 5, 10), 0);
    CHECK_ERROR(lock(other, F_OFD_SETLK, F_WRLCK, 14, 1), EAGAIN);
    CHECK_ERROR(lock(fd, F_SETLK, F_WRLCK, 0, 1), EAGAIN);
    CHECK_EQUAL(conflict(other, F_OFD_GETLK, F_RDLCK, 0, 0).l_pid, -1);
    close(fd);
    CHECK_ERROR(lock(other, F_OFD_SETLK, F_WRLCK, 14, 1), EAGAIN);
    close(same);
    CHECK_EQUAL(lock(other, F_OFD_SETLK, F_WRLCK, 14, 1), 0);
    unlink(path);
}

void test_lock_flock(void)
{
    make_file();
    int other = open(path, O_RDONLY);
    int same = dup(fd);
    CHECK_EQUAL(flock(fd, LOCK_EX), 0);
    CHECK_EQUAL(flock(same, LOCK_EX | LOCK_NB), 0);
    CHECK_ERROR(flock(other, LOCK_SH | LOCK_NB), EWOULDBLOCK);
    CHECK_EQUAL(lock(fd, F_SETLK, F_WRLCK, 0, 0), 0);
    CHECK_EQUAL(flock(fd, LOCK_SH), 0);
    CHECK_EQUAL(flock(other, LOCK_SH | LOCK_NB), 0);
    CHECK_ERROR(flock(same, LOCK_EX | LOCK_NB), EWOULDBLOCK);
    CHECK_EQUAL(flock(other, LOCK_UN), 0);
    CHECK_EQUAL(flock(fd, LOCK_EX), 0);
    close(fd);
    CHECK_ERROR(flock(other, LOCK_SH | LOCK_NB), EWOULDBLOCK);
    close(same);
    CHECK_EQUAL(flock(other, LOCK_EX | LOCK_NB), 0);
    unlink(path);
}

void test_lock_mistakes(void)
{
    make_file();
    int reader = open(path, O_RDONLY);
    int pid_given = open(path, O_RDWR);
    struct flock request = {.l_type = F_WRLCK, .l_pid = 1};

    CHECK_ERROR(lock(reader, F_SETLK, F_WRLCK, 0, 1), EBADF);
    CHECK_ERROR(lock(99, F_SETLK, F_WRLCK, 0, 1), EBADF);
    CHECK_ERROR(lock(fd, F_SETLK, 9, 0, 1), EINVAL);
    CHECK_ERROR(lock(fd, F_SETLK, F_WRLCK, -1, 1), EINVAL);
    CHECK_ERROR(lock(fd, F_SETLK, F_WRLCK, 5, -6), EINVAL);
    CHECK_ERROR(lock(fd, F_GETLK, F_UNLCK, 0, 1), EINVAL);
    CHECK_ERROR(fcntl(pid_given, F_OFD_SETLK, &request), EINVAL);
    CHECK_ERROR(flock(fd, 16), EINVAL);
    CHECK_ERROR(flock(99, LOCK_SH), EBADF);
    CHECK_EQUAL(lock(fd, F_SETLK, F_WRLCK, 5, -5), 0);
    struct flock found = conflict(reader, F_OFD_GETLK, F_RDLCK, 0, 0);
    CHECK(found.l_start == 0 && found.l_len == 5);
    unlink(path);
}
