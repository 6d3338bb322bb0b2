// SPDX-License-Identifier: MIT
// user/test/system_test.c - what a program asks about the system and itself; limits; groups.
#include <errno.h>
#include <signal.h>
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
