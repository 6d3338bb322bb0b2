// SPDX-License-Identifier: MIT
// user/test/nameless_test.c - files without a name, and calls on files that are refused.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/test/utest.h"

static const char name[] = "/tmp/utest-named";
static const char other[] = "/tmp/utest-named-too";

static int open_nameless(int flags)
{
    int fd = open("/tmp", O_TMPFILE | O_RDWR | flags, 0600);
    if (fd < 0 && errno == EOPNOTSUPP) {
        skip("no files without a name here");
    }
    CHECK(fd >= 0);
    CHECK_EQUAL(write(fd, "text", 4), 4);
    return fd;
}

static void check_named(const char *path, nlink_t links)
{
    struct stat st;
    CHECK_EQUAL(stat(path, &st), 0);
    CHECK_EQUAL(st.st_size, 4);
    CHECK_EQUAL(st.st_nlink, links);
}

// It gets a name through /proc, or by its descriptor, which only root may.
void test_nameless_gets_a_name(void)
{
    char path[64];
    unlink(name);
    int fd = open_nameless(0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    CHECK_EQUAL(linkat(AT_FDCWD, path, AT_FDCWD, name, AT_SYMLINK_FOLLOW), 0);
    check_named(name, 1);
    CHECK_EQUAL(unlink(name), 0);
    CHECK_ERROR(linkat(AT_FDCWD, path, AT_FDCWD, name, AT_SYMLINK_FOLLOW), ENOENT);
    if (geteuid() != 0) {
        return;
    }
    fd = open_nameless(0);
    CHECK_EQUAL(linkat(fd, "", AT_FDCWD, name, AT_EMPTY_PATH), 0);
    unlink(other);
    CHECK_EQUAL(link(name, other), 0);
    check_named(other, 2);
    CHECK_EQUAL(unlink(name), 0);
    CHECK_EQUAL(unlink(other), 0);
}

void test_nameless_stays_so(void)
{
    char path[64];
    unlink(name);
    int fd = open_nameless(O_EXCL);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    CHECK_ERROR(linkat(AT_FDCWD, path, AT_FDCWD, name, AT_SYMLINK_FOLLOW), ENOENT);
    CHECK_ERROR(access(name, F_OK), ENOENT);
}

// Only files that are kept somewhere can be made to be there.
void test_nameless_sync(void)
{
    int ends[2];
    int fd = open("/dev/null", O_WRONLY);
    CHECK_ERROR(fdatasync(fd), EINVAL);
    CHECK_ERROR(fsync(fd), EINVAL);
    CHECK_EQUAL(pipe(ends), 0);
    CHECK_ERROR(fdatasync(ends[1]), EINVAL);
    CHECK_EQUAL(fdatasync(open("/tmp", O_RDONLY)), 0);
    fd = open(name, O_CREAT | O_RDWR, 0600);
    CHECK_EQUAL(fdatasync(fd), 0);
    CHECK_EQUAL(fsync(fd), 0);
    unlink(name);
}

// Advice changes nothing, but it has to be some.
void test_nameless_advice(void)
{
    int ends[2];
    int fd = open(name, O_CREAT | O_RDWR, 0600);
    CHECK_EQUAL(pipe(ends), 0);
    for (int advice = POSIX_FADV_NORMAL; advice <= POSIX_FADV_NOREUSE; advice++) {
        CHECK_EQUAL(posix_fadvise(fd, 0, 0, advice), 0);
    }
    CHECK_EQUAL(posix_fadvise(fd, 0, 0, 6), EINVAL);
    CHECK_EQUAL(posix_fadvise(fd, 0, 0, -1), EINVAL);
    CHECK_EQUAL(posix_fadvise(fd, 0, -1, POSIX_FADV_NORMAL), EINVAL);
    CHECK_EQUAL(posix_fadvise(ends[0], 0, 0, POSIX_FADV_NORMAL), ESPIPE);
    CHECK_EQUAL(posix_fadvise(open(name, O_PATH), 0, 0, POSIX_FADV_NORMAL), EBADF);
    CHECK_EQUAL(posix_fadvise(-1, 0, 0, POSIX_FADV_NORMAL), EBADF);
    unlink(name);
}

void test_nameless_empty_path(void)
{
    struct stat st;
    CHECK_ERROR(fchmodat(AT_FDCWD, "", 0600, 0), ENOENT);
    CHECK_ERROR(chmod("", 0600), ENOENT);
    CHECK_ERROR(open("", O_RDONLY), ENOENT);
    CHECK_ERROR(stat("", &st), ENOENT);
    CHECK_ERROR(mkdir("", 0700), ENOENT);
    CHECK_ERROR(unlink(""), ENOENT);
}

// Where there is no descriptor left, no file comes to be.
void test_nameless_no_descriptor(void)
{
    struct rlimit limit;
    unlink(name);
    CHECK_EQUAL(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = (rlim_t)dup(0);
    CHECK_EQUAL(setrlimit(RLIMIT_NOFILE, &limit), 0);
    CHECK_EQUAL(close((int)limit.rlim_cur), 0);
    CHECK_ERROR(open(name, O_CREAT | O_WRONLY, 0600), EMFILE);
    CHECK_ERROR(access(name, F_OK), ENOENT);
}
