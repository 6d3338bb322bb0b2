// SPDX-License-Identifier: MIT
// user/test/stream_test.c - ends of pipes and sockets that go away while others use them.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/test/utest.h"

enum { MORE_THAN_FITS = 1 << 20, A_MOMENT_MS = 50 };

static int ends[2];
static char data[MORE_THAN_FITS];
static _Atomic unsigned signals;

static void count_signal(int signo)
{
    (void)signo;
    atomic_fetch_add_explicit(&signals, 1, memory_order_relaxed);
}

static void make_sockets(void)
{
    CHECK_EQUAL(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
}

static void *read_end(void *unused)
{
    char byte;
    (void)unused;
    CHECK_EQUAL(read(ends[0], &byte, 1), 0);
    return NULL;
}

static void *write_end(void *unused)
{
    (void)unused;
    ssize_t n = write(ends[0], data, sizeof(data));
    CHECK(n > 0 && n < (ssize_t)sizeof(data));
    CHECK_ERROR(write(ends[0], data, 1), EPIPE);
    return NULL;
}

// Whoever waits in a call finds that its own end is shut down.
void test_stream_shutdown_wakes(void)
{
    unsigned long reader;
    unsigned long writer;
    signal(SIGPIPE, SIG_IGN);
    make_sockets();
    start_thread(&reader, read_end, NULL);
    start_thread(&writer, write_end, NULL);
    sleep_ms(A_MOMENT_MS);
    CHECK_EQUAL(shutdown(ends[0], SHUT_RD), 0);
    join_thread(reader);
    CHECK_EQUAL(shutdown(ends[0], SHUT_WR), 0);
    join_thread(writer);
}

// What has come before an end was shut down stays to be read.
void test_stream_shutdown_keeps(void)
{
    char text[8] = "";
    make_sockets();
    CHECK_EQUAL(write(ends[1], "abcd", 4), 4);
    CHECK_EQUAL(shutdown(ends[0], SHUT_RD), 0);
    CHECK_EQUAL(read(ends[0], text, 2), 2);
    close(ends[1]);
    CHECK_EQUAL(read(ends[0], text + 2, sizeof(text) - 2), 2);
    CHECK(strcmp(text, "abcd") == 0);
    CHECK_EQUAL(read(ends[0], text, sizeof(text)), 0);
}

static void *read_some_and_close(void *unused)
{
    char byte;
    (void)unused;
    CHECK_EQUAL(read(ends[0], &byte, 1), 1);
    sleep_ms(A_MOMENT_MS);
    close(ends[0]);
    return NULL;
}

// A write that was done in part when the last reader went: a pipe sends the signal, sockets do not.
static void break_while_written(unsigned expected)
{
    unsigned long thread;
    signal(SIGPIPE, count_signal);
    signals = 0;
    start_thread(&thread, read_some_and_close, NULL);
    ssize_t n = write(ends[1], data, sizeof(data));
    CHECK(n > 0 && n < (ssize_t)sizeof(data));
    CHECK_EQUAL(signals, expected);
    join_thread(thread);
    CHECK_ERROR(write(ends[1], data, 1), EPIPE);
    CHECK_EQUAL(signals, expected + 1);
}

void test_stream_breaks_pipe(void)
{
    CHECK_EQUAL(pipe(ends), 0);
    break_while_written(1);
}

void test_stream_breaks_sockets(void)
{
    make_sockets();
    break_while_written(0);
    CHECK_ERROR(send(ends[1], data, 1, MSG_NOSIGNAL), EPIPE);
    CHECK_EQUAL(signals, 1);
}

// The most that F_SETPIPE_SZ takes is what the file says.
void test_stream_largest_pipe(void)
{
    char text[32] = "";
    int fd = open("/proc/sys/fs/pipe-max-size", O_RDONLY);
    CHECK(fd >= 0);
    CHECK(read(fd, text, sizeof(text) - 1) > 0);
    long most = strtol(text, NULL, 10);
    CHECK(most >= 1 << 16);
    CHECK_EQUAL(pipe(ends), 0);
    CHECK_EQUAL(fcntl(ends[0], F_SETPIPE_SZ, most), most);
    CHECK_EQUAL(fcntl(ends[0], F_GETPIPE_SZ), most);
}

enum { HIGH = 1500, WORD_BITS = 64 };

// More descriptors than the C library's sets have room for.
void test_stream_select_high(void)
{
    static unsigned long set[(HIGH + 1 + WORD_BITS - 1) / WORD_BITS];
    struct timeval now = {0, 0};
    struct rlimit limit;
    skip_if_emulated("its sets have 1024 bits");
    CHECK_EQUAL(pipe(ends), 0);
    CHECK_EQUAL(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    CHECK_EQUAL(setrlimit(RLIMIT_NOFILE, &limit), 0);
    if (dup2(ends[0], HIGH) != HIGH) {
        skip("the limit of descriptors is lower");
    }
    set[HIGH / WORD_BITS] = 1UL << HIGH % WORD_BITS;
    CHECK_EQUAL(select(HIGH + 1, (fd_set *)set, NULL, NULL, &now), 0);
    CHECK_EQUAL(set[HIGH / WORD_BITS], 0);
    CHECK_EQUAL(write(ends[1], "x", 1), 1);
    set[HIGH / WORD_BITS] = 1UL << HIGH % WORD_BITS;
    CHECK_EQUAL(select(HIGH + 1, (fd_set *)set, NULL, NULL, &now), 1);
    CHECK_EQUAL(set[HIGH / WORD_BITS], 1UL << HIGH % WORD_BITS);
}
