// SPDX-License-Identifier: MIT
// user/test/system_test.c - what a program asks about the system and itself; limits; groups.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "user/test/utest.h"

enum { NOBODY = 0x3ffffff };

void test_system_names(void)
{
    struct utsname name;
    CHECK_EQUAL(uname(&name), 0);
    CHECK(strcmp(name.sysname, "Linux") == 0);
    CHECK(name.release[0] >= '4' && strchr(name.release, '.') != NULL);
    CHECK_ERROR(syscall(SYS_uname, 8), EFAULT);
}

void test_system_info(void)
{
    struct sysinfo info;
    CHECK_EQUAL(sysinfo(&info), 0);
    CHECK(info.totalram > 0 && info.freeram > 0 && info.freeram <= info.totalram);
    CHECK(info.procs > 0 && info.mem_unit > 0);
}

void test_system_random(void)
{
    unsigned char bytes[600] = {0};
    unsigned char zeros[32] = {0};
    CHECK_EQUAL(getrandom(bytes, sizeof(bytes), 0), sizeof(bytes));
    for (unsigned i = 0; i + sizeof(zeros) <= sizeof(bytes); i += sizeof(zeros)) {
        CHECK(memcmp(bytes + i, zeros, sizeof(zeros)) != 0);
    }
    CHECK_EQUAL(getrandom(bytes, 0, GRND_NONBLOCK), 0);
    CHECK_ERROR(syscall(SYS_getrandom, bytes, 1, 0x100), EINVAL);
    CHECK_ERROR(syscall(SYS_getrandom, 8, 1, 0), EFAULT);
}

void test_system_thread_name(void)
{
    char name[16] = "";
    CHECK_EQUAL(prctl(PR_SET_NAME, "a name that is too long"), 0);
    CHECK_EQUAL(prctl(PR_GET_NAME, name), 0);
    CHECK(strcmp(name, "a name that is ") == 0);
    CHECK_ERROR(prctl(PR_SET_NAME, 8), EFAULT);
    CHECK_ERROR(prctl(9999), EINVAL);
    CHECK_EQUAL(prctl(PR_SET_TIMERSLACK, 1234), 0);
    CHECK_EQUAL(prctl(PR_GET_TIMERSLACK), 1234);
}

static void have_limit(void)
{
    struct rlimit limit;
    CHECK_EQUAL(getrlimit(RLIMIT_NICE, &limit), 0);
    CHECK_EQUAL(limit.rlim_cur, 0);
}

void test_system_limits(void)
{
    struct rlimit limit;
    struct rlimit before;
    CHECK_EQUAL(getrlimit(RLIMIT_STACK, &limit), 0);
    CHECK(limit.rlim_cur <= limit.rlim_max);
    CHECK_EQUAL(getrlimit(RLIMIT_NICE, &limit), 0);
    limit.rlim_cur = 0;
    CHECK_EQUAL(prlimit(0, RLIMIT_NICE, &limit, &before), 0);
    CHECK_EQUAL(before.rlim_max, limit.rlim_max);
    CHECK_EQUAL(run_child(have_limit), 0);
    limit = (struct rlimit){.rlim_cur = 2, .rlim_max = 1};
    CHECK_ERROR(setrlimit(RLIMIT_CORE, &limit), EINVAL);
    CHECK_ERROR(getrlimit(99, &limit), EINVAL);
    CHECK_ERROR(prlimit(NOBODY, RLIMIT_CORE, NULL, &limit), ESRCH);
    CHECK_ERROR(syscall(SYS_prlimit64, 0, RLIMIT_CORE, 8, NULL), EFAULT);
}

static void do_nothing(void)
{
}

static void *return_at_once(void *argument)
{
    return argument;
}

static void be_refused_another(void)
{
    pthread_t thread;
    struct rlimit limit = {.rlim_cur = 1, .rlim_max = RLIM_INFINITY};
    CHECK_EQUAL(setrlimit(RLIMIT_NPROC, &limit), 0);
    CHECK_ERROR(fork(), EAGAIN);
    CHECK_EQUAL(pthread_create(&thread, NULL, return_at_once, NULL), EAGAIN);
    limit.rlim_cur = RLIM_INFINITY;
    CHECK_EQUAL(setrlimit(RLIMIT_NPROC, &limit), 0);
    CHECK_EQUAL(wait_child(fork_child(do_nothing)), 0);
}

// There is a limit to begin with, and one that is reached refuses processes and threads.
void test_system_process_limit(void)
{
    struct rlimit limit;
    skip_unless_hartbeat("there are other users, and who may do anything has no limit");
    CHECK_EQUAL(getrlimit(RLIMIT_NPROC, &limit), 0);
    CHECK(limit.rlim_cur > 100 && limit.rlim_cur != RLIM_INFINITY);
    CHECK_EQUAL(run_child(be_refused_another), 0);
}

static void score_is(const char *text)
{
    char score[8] = {0};
    int fd = open("/proc/self/oom_score_adj", O_RDONLY);
    CHECK(fd >= 0);
    CHECK(read(fd, score, sizeof(score) - 1) > 0);
    CHECK_EQUAL(close(fd), 0);
    CHECK_EQUAL(strcmp(score, text), 0);
}

static void have_score(void)
{
    score_is("17\n");
}

// Whether a process may have the last of memory is kept, and inherited.
void test_system_oom_score(void)
{
    int fd = open("/proc/self/oom_score_adj", O_WRONLY);
    CHECK(fd >= 0);
    CHECK_EQUAL(write(fd, "17\n", 3), 3);
    CHECK_EQUAL(run_child(have_score), 0);
    CHECK_ERROR(write(fd, "1001", 4), EINVAL);
    CHECK_ERROR(write(fd, "x", 1), EINVAL);
    CHECK_EQUAL(write(fd, "0", 1), 1);
    CHECK_EQUAL(close(fd), 0);
    score_is("0\n");
}

void test_system_users(void)
{
    CHECK_EQUAL(setuid(getuid()), 0);
    CHECK_EQUAL(setgid(getgid()), 0);
    CHECK_EQUAL(setreuid((uid_t)-1, (uid_t)-1), 0);
    CHECK(getgroups(0, NULL) >= 0);
    CHECK_ERROR(getgroups(-1, NULL), EINVAL);
    CHECK(personality(0xffffffff) >= 0);
}

static void lead_session(void)
{
    CHECK_EQUAL(setsid(), getpid());
    CHECK_EQUAL(getsid(0), getpid());
    CHECK_EQUAL(getpgid(0), getpid());
    CHECK_ERROR(setsid(), EPERM);
    CHECK_ERROR(setpgid(0, 0), EPERM);
}

static void lead_group(void)
{
    pid_t session = getsid(0);
    CHECK_ERROR(setpgid(0, NOBODY), EPERM);
    CHECK_EQUAL(setpgid(0, 0), 0);
    CHECK_EQUAL(getpgid(0), getpid());
    CHECK_EQUAL(getsid(0), session);
    CHECK_ERROR(setsid(), EPERM);
    CHECK_ERROR(setpgid(0, -1), EINVAL);
    CHECK_ERROR(setpgid(NOBODY, 0), ESRCH);
    CHECK_ERROR(getpgid(NOBODY), ESRCH);
    CHECK_ERROR(getsid(NOBODY), ESRCH);
}

void test_system_groups(void)
{
    CHECK_EQUAL(run_child(lead_session), 0);
    CHECK_EQUAL(run_child(lead_group), 0);
}

// Returns: how many bytes the file has, at most `size`.
static long contents(const char *path, char *to, size_t size)
{
    int fd = open(path, O_RDONLY);
    CHECK(fd >= 0);
    long bytes = read(fd, to, size);
    close(fd);
    return bytes;
}

// What a program was started with is to be seen from outside, as long as it runs.
void test_system_arguments(void)
{
    char path[64];
    char text[256];
    int fds[2];
    CHECK_EQUAL(pipe(fds), 0);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        dup2(fds[0], STDIN_FILENO);
        close(fds[1]);
        execle("/bin/cat", "cat", "-", "", "-", NULL, (char *[]){"A=b", "C=", NULL});
        _exit(1);
    }
    close(fds[0]);
    snprintf(path, sizeof(path), "/proc/%d/cmdline", child);
    while (contents(path, text, sizeof(text)) <= 0 || strcmp(text, "cat") != 0) {
        sleep_ms(1);
    }
    CHECK_EQUAL(contents(path, text, sizeof(text)), 9);
    CHECK(memcmp(text, "cat\0-\0\0-", 9) == 0);
    snprintf(path, sizeof(path), "/proc/%d/environ", child);
    CHECK_EQUAL(contents(path, text, sizeof(text)), 7);
    CHECK(memcmp(text, "A=b\0C=", 7) == 0);
    kill(child, SIGKILL);
    CHECK_EQUAL(wait_child(child), -SIGKILL);
}

// Each cpu is where it says that it is.
void test_system_cpus(void)
{
    char path[96];
    char text[256];
    for (int cpu = 0; cpu < get_nprocs_conf(); cpu++) {
        snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/topology/core_cpus_list", cpu);
        if (access(path, R_OK) != 0) {
            CHECK(cpu != 0 || access("/sys/devices/system/cpu", R_OK) != 0);
            continue; // off line
        }
        CHECK(contents(path, text, sizeof(text)) > 0);
        snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/topology/thread_siblings", cpu);
        CHECK(contents(path, text, sizeof(text)) > 0);
        snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/topology/package_cpus", cpu);
        long bytes = contents(path, text, sizeof(text));
        CHECK(bytes > 1 && text[bytes - 1] == '\n');
        text[bytes] = 0;
        if (cpu < 32 && strchr(text, ',') == NULL) {
            CHECK((strtoul(text, NULL, 16) >> cpu & 1) != 0);
        }
    }
}
