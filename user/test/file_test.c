// SPDX-License-Identifier: MIT
// user/test/file_test.c - files, folders and names.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "user/test/utest.h"

// A new folder, which is the working directory from now on.
static void enter_folder(void)
{
    char path[] = "/tmp/utest-XXXXXX";
    CHECK(mkdtemp(path) != NULL);
    CHECK_EQUAL(chdir(path), 0);
}

static void leave_folder(void)
{
    char path[PATH_MAX];
    CHECK(getcwd(path, sizeof(path)) != NULL);
    CHECK_EQUAL(chdir("/"), 0);
    CHECK_EQUAL(rmdir(path), 0);
}

static int make_file(const char *name, const char *text)
{
    int fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0640);
    CHECK(fd >= 0);
    CHECK_EQUAL(write(fd, text, strlen(text)), (long)strlen(text));
    return fd;
}

void test_file_read_write(void)
{
    char text[16] = "";
    enter_folder();
    close(make_file("a", "hello"));
    int fd = open("a", O_RDONLY);
    CHECK(fd >= 0);
    CHECK_EQUAL(read(fd, text, sizeof(text)), 5);
    CHECK(strcmp(text, "hello") == 0);
    CHECK_EQUAL(read(fd, text, sizeof(text)), 0);
    CHECK_ERROR(write(fd, "x", 1), EBADF);
    close(fd);
    CHECK_ERROR(close(fd), EBADF);
    CHECK_ERROR(read(fd, text, 1), EBADF);
    CHECK_EQUAL(unlink("a"), 0);
    CHECK_ERROR(open("a", O_RDONLY), ENOENT);
    leave_folder();
}

void test_file_seek(void)
{
    char text[8] = "";
    enter_folder();
    int fd = make_file("a", "0123456789");
    CHECK_EQUAL(lseek(fd, 2, SEEK_SET), 2);
    CHECK_EQUAL(read(fd, text, 3), 3);
    CHECK(memcmp(text, "234", 3) == 0);
    CHECK_EQUAL(lseek(fd, 1, SEEK_CUR), 6);
    CHECK_EQUAL(lseek(fd, -1, SEEK_END), 9);
    CHECK_ERROR(lseek(fd, -1, SEEK_SET), EINVAL);
    CHECK_ERROR(lseek(fd, 0, 99), EINVAL);
    CHECK_EQUAL(pread(fd, text, 2, 4), 2);
    CHECK(memcmp(text, "45", 2) == 0);
    CHECK_EQUAL(pwrite(fd, "ab", 2, 4), 2);
    CHECK_EQUAL(lseek(fd, 0, SEEK_CUR), 9);
    // Beyond the end there is a hole of zeros.
    CHECK_EQUAL(pwrite(fd, "z", 1, 100), 1);
    CHECK_EQUAL(pread(fd, text, 8, 50), 8);
    CHECK(memcmp(text, "\0\0\0\0\0\0\0\0", 8) == 0);
    CHECK_EQUAL(unlink("a"), 0);
    leave_folder();
}

void test_file_flags(void)
{
    char text[16] = "";
    enter_folder();
    close(make_file("a", "one"));
    CHECK_ERROR(open("a", O_CREAT | O_EXCL | O_WRONLY, 0600), EEXIST);
    int fd = open("a", O_RDWR | O_APPEND);
    CHECK_EQUAL(pwrite(fd, "two", 3, 0), 3);
    CHECK_EQUAL(lseek(fd, 0, SEEK_SET), 0);
    CHECK_EQUAL(write(fd, "!", 1), 1);
    CHECK_EQUAL(pread(fd, text, 16, 0), 7);
    CHECK(strcmp(text, "onetwo!") == 0);
    CHECK_EQUAL(fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND), O_RDWR | O_APPEND);
    close(fd);
    fd = open("a", O_WRONLY | O_TRUNC);
    CHECK_EQUAL(lseek(fd, 0, SEEK_END), 0);
    CHECK_ERROR(read(fd, text, 1), EBADF);
    close(fd);
    CHECK_ERROR(open("a", O_RDONLY | O_DIRECTORY), ENOTDIR);
    CHECK_ERROR(open("a/b", O_RDONLY), ENOTDIR);
    CHECK_ERROR(open(".", O_WRONLY), EISDIR);
    CHECK_ERROR(open("", O_RDONLY), ENOENT);
    CHECK_EQUAL(unlink("a"), 0);
    leave_folder();
}

void test_file_truncate(void)
{
    char text[16] = "";
    enter_folder();
    int fd = make_file("a", "0123456789");
    CHECK_EQUAL(ftruncate(fd, 4), 0);
    CHECK_EQUAL(ftruncate(fd, 8), 0);
    CHECK_EQUAL(pread(fd, text, 16, 0), 8);
    CHECK(memcmp(text, "0123\0\0\0\0", 8) == 0);
    CHECK_ERROR(ftruncate(fd, -1), EINVAL);
    CHECK_EQUAL(unlink("a"), 0);
    leave_folder();
}

static long links_of(const char *name)
{
    struct stat status;
    CHECK_EQUAL(stat(name, &status), 0);
    return (long)status.st_nlink;
}

void test_file_links(void)
{
    char text[8] = "";
    enter_folder();
    close(make_file("a", "linked"));
    CHECK_EQUAL(links_of("a"), 1);
    CHECK_EQUAL(link("a", "b"), 0);
    CHECK_EQUAL(links_of("a"), 2);
    CHECK_EQUAL(link("b", "c"), 0);
    CHECK_EQUAL(link("a", "d"), 0);
    CHECK_EQUAL(links_of("b"), 4);
    CHECK_ERROR(link("a", "b"), EEXIST);
    CHECK_EQUAL(unlink("a"), 0);
    CHECK_EQUAL(links_of("c"), 3);
    CHECK_EQUAL(unlink("b"), 0);
    CHECK_EQUAL(unlink("c"), 0);
    CHECK_EQUAL(links_of("d"), 1);
    int fd = open("d", O_RDONLY);
    CHECK_EQUAL(unlink("d"), 0);
    // The open file lives on.
    CHECK_EQUAL(read(fd, text, 6), 6);
    CHECK(strcmp(text, "linked") == 0);
    leave_folder();
}

void test_file_symbolic_links(void)
{
    char target[16] = "";
    struct stat status;
    enter_folder();
    close(make_file("a", "x"));
    CHECK_EQUAL(symlink("a", "s"), 0);
    CHECK_EQUAL(readlink("s", target, sizeof(target)), 1);
    CHECK_EQUAL(lstat("s", &status), 0);
    CHECK(S_ISLNK(status.st_mode));
    CHECK_EQUAL(stat("s", &status), 0);
    CHECK(S_ISREG(status.st_mode) && status.st_size == 1);
    CHECK_ERROR(readlink("a", target, sizeof(target)), EINVAL);
    CHECK_EQUAL(symlink("loop", "loop"), 0);
    CHECK_ERROR(open("loop", O_RDONLY), ELOOP);
    CHECK_EQUAL(unlink("s"), 0);
    CHECK_EQUAL(unlink("loop"), 0);
    CHECK_EQUAL(unlink("a"), 0);
    leave_folder();
}

void test_file_status(void)
{
    struct stat status;
    enter_folder();
    int fd = make_file("a", "12345");
    CHECK_EQUAL(fstat(fd, &status), 0);
    CHECK(S_ISREG(status.st_mode));
    CHECK_EQUAL(status.st_mode & 0777, 0640);
    CHECK_EQUAL(status.st_size, 5);
    CHECK_EQUAL(fchmod(fd, 0600), 0);
    CHECK_EQUAL(stat("a", &status), 0);
    CHECK_EQUAL(status.st_mode & 0777, 0600);
    CHECK_EQUAL(stat("/dev/null", &status), 0);
    CHECK(S_ISCHR(status.st_mode));
    CHECK_EQUAL(access("a", R_OK | W_OK), 0);
    CHECK_ERROR(access("b", F_OK), ENOENT);
    CHECK_EQUAL(unlink("a"), 0);
    leave_folder();
}

void test_file_folders(void)
{
    char path[PATH_MAX];
    enter_folder();
    CHECK_EQUAL(mkdir("f", 0755), 0);
    CHECK_ERROR(mkdir("f", 0755), EEXIST);
    CHECK_ERROR(mkdir("no/f", 0755), ENOENT);
    CHECK_ERROR(unlink("f"), EISDIR);
    close(make_file("f/a", "x"));
    CHECK_ERROR(rmdir("f"), ENOTEMPTY);
    CHECK_ERROR(rmdir("f/a"), ENOTDIR);
    CHECK_EQUAL(chdir("f"), 0);
    CHECK(getcwd(path, sizeof(path)) != NULL && strcmp(strrchr(path, '/'), "/f") == 0);
    CHECK_EQUAL(access("../f/./a", F_OK), 0);
    CHECK_EQUAL(chdir(".."), 0);
    CHECK_ERROR(syscall(SYS_getcwd, path, 2L), ERANGE);
    CHECK_EQUAL(unlink("f/a"), 0);
    CHECK_EQUAL(rmdir("f"), 0);
    CHECK_ERROR(chdir("f"), ENOENT);
    leave_folder();
}

// Each name of a large folder comes exactly once.
void test_file_list(void)
{
    enum { FILES = 300 };
    bool found[FILES] = {false};
    char name[16];
    enter_folder();
    for (int i = 0; i < FILES; i++) {
        snprintf(name, sizeof(name), "%d", i);
        close(make_file(name, ""));
    }
    DIR *folder = opendir(".");
    CHECK(folder != NULL);
    int count = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL; count++) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        int number = atoi(entry->d_name);
        CHECK(number >= 0 && number < FILES && !found[number]);
        found[number] = true;
    }
    CHECK_EQUAL(count, FILES + 2);
    closedir(folder);
    for (int i = 0; i < FILES; i++) {
        snprintf(name, sizeof(name), "%d", i);
        CHECK_EQUAL(unlink(name), 0);
    }
    leave_folder();
}

void test_file_rename(void)
{
    char text[4] = "";
    enter_folder();
    close(make_file("a", "a"));
    close(make_file("b", "b"));
    CHECK_EQUAL(mkdir("f", 0755), 0);
    CHECK_EQUAL(rename("a", "b"), 0);
    CHECK_ERROR(access("a", F_OK), ENOENT);
    CHECK_EQUAL(rename("b", "f/c"), 0);
    int fd = open("f/c", O_RDONLY);
    CHECK_EQUAL(read(fd, text, 4), 1);
    CHECK_EQUAL(text[0], 'a');
    CHECK_ERROR(rename("f", "f/g"), EINVAL);
    CHECK_ERROR(rename("none", "x"), ENOENT);
    CHECK_ERROR(rename("f/c", "f"), ENOTEMPTY);
    CHECK_EQUAL(mkdir("g", 0755), 0);
    CHECK_ERROR(rename("f/c", "g"), EISDIR);
    CHECK_ERROR(rename("g", "f/c"), ENOTDIR);
    CHECK_EQUAL(rmdir("g"), 0);
    CHECK_EQUAL(unlink("f/c"), 0);
    CHECK_EQUAL(rmdir("f"), 0);
    leave_folder();
}

void test_file_duplicate(void)
{
    enter_folder();
    int fd = make_file("a", "0123456789");
    int other = dup(fd);
    CHECK(other > fd);
    // They share one offset, which a second open() would not.
    CHECK_EQUAL(lseek(fd, 3, SEEK_SET), 3);
    CHECK_EQUAL(lseek(other, 0, SEEK_CUR), 3);
    CHECK_EQUAL(dup2(fd, 100), 100);
    CHECK_EQUAL(close(fd), 0);
    CHECK_EQUAL(lseek(100, 0, SEEK_CUR), 3);
    CHECK_EQUAL(fcntl(100, F_DUPFD, 200), 200);
    CHECK_EQUAL(dup2(100, 100), 100);
    CHECK_ERROR(dup3(100, 100, 0), EINVAL);
    CHECK_ERROR(dup2(150, 151), EBADF);
    CHECK_ERROR(dup2(100, -1), EBADF);
    CHECK_ERROR(dup2(100, 0x7fffffff), EBADF);
    // The smallest free number is taken.
    CHECK_EQUAL(dup(100), fd);
    CHECK_EQUAL(unlink("a"), 0);
    leave_folder();
}

void test_file_vectors(void)
{
    char first[3] = "";
    char second[8] = "";
    struct iovec out[] = {{"abc", 3}, {NULL, 0}, {"defg", 4}};
    struct iovec in[] = {{first, 3}, {second, 8}};
    enter_folder();
    int fd = make_file("a", "");
    CHECK_EQUAL(writev(fd, out, 3), 7);
    CHECK_EQUAL(lseek(fd, 0, SEEK_SET), 0);
    CHECK_EQUAL(readv(fd, in, 2), 7);
    CHECK(memcmp(first, "abc", 3) == 0 && memcmp(second, "defg", 4) == 0);
    CHECK_ERROR(writev(fd, out, -1), EINVAL);
    CHECK_ERROR(writev(fd, out, 1025), EINVAL);
    CHECK_EQUAL(unlink("a"), 0);
    leave_folder();
}

// What is removed makes room: a hundred times as much as one file has.
void test_file_again_and_again(void)
{
    enum { BYTES = 145 * 1024 };
    char *data = malloc(BYTES);
    CHECK(data != NULL);
    memset(data, 'q', BYTES);
    enter_folder();
    for (unsigned i = 0; i < scaled(50); i++) {
        int fd = open("a", O_WRONLY | O_CREAT | O_EXCL, 0600);
        CHECK_EQUAL(write(fd, data, BYTES), BYTES);
        CHECK_EQUAL(close(fd), 0);
        CHECK_EQUAL(unlink("a"), 0);
        CHECK_ERROR(open("a", O_RDONLY), ENOENT);
    }
    leave_folder();
}

void test_file_large(void)
{
    enum { BYTES = 1 << 20 };
    unsigned char *data = malloc(BYTES);
    unsigned char *back = malloc(BYTES);
    uint32_t seed = 1;
    CHECK(data != NULL && back != NULL);
    for (size_t i = 0; i < BYTES; i++) {
        data[i] = (unsigned char)next_random(&seed);
    }
    enter_folder();
    int fd = make_file("a", "");
    for (size_t i = 0; i < BYTES; i += 1000) {
        size_t count = BYTES - i < 1000 ? BYTES - i : 1000;
        CHECK_EQUAL(write(fd, data + i, count), (long)count);
    }
    CHECK_EQUAL(pread(fd, back, BYTES, 0), BYTES);
    CHECK(memcmp(data, back, BYTES) == 0);
    CHECK_EQUAL(unlink("a"), 0);
    leave_folder();
}

void test_file_devices(void)
{
    char data[64];
    char zeros[64] = {0};
    int null = open("/dev/null", O_RDWR);
    int zero = open("/dev/zero", O_RDWR);
    int random_bytes = open("/dev/urandom", O_RDONLY);
    CHECK_EQUAL(write(null, data, 64), 64);
    CHECK_EQUAL(read(null, data, 64), 0);
    memset(data, 1, 64);
    CHECK_EQUAL(read(zero, data, 64), 64);
    CHECK(memcmp(data, zeros, 64) == 0);
    CHECK_EQUAL(write(zero, data, 64), 64);
    CHECK_EQUAL(read(random_bytes, data, 64), 64);
    CHECK(memcmp(data, zeros, 64) != 0);
    CHECK_EQUAL(getentropy(data, 64), 0);
}

void test_file_too_many(void)
{
    int last = -1;
    int fd;
    while ((fd = open("/dev/null", O_RDONLY)) >= 0) {
        last = fd;
        CHECK(fd < 1 << 20);
    }
    CHECK_EQUAL(errno, EMFILE);
    CHECK_EQUAL(close(last), 0);
    CHECK_EQUAL(open("/dev/null", O_RDONLY), last);
}
