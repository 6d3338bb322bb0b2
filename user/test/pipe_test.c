// SPDX-License-Identifier: MIT
// user/test/pipe_test.c - pipes, socket pairs, and waiting for several at once.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/lib/clock.h"
#include "user/test/utest.h"

static int ends[2];
static int back[2];

static void open_pipe(int *pair)
{
    CHECK_EQUAL(pipe(pair), 0);
}

static void write_bytes(int fd, const char *data, size_t length)
{
    CHECK_EQUAL(write(fd, data, length), (long)length);
}

// Read until the end. Returns: the sum of the bytes.
static unsigned long sum_all(int fd)
{
    unsigned char data[512];
    unsigned long sum = 0;
    ssize_t count;
    while ((count = read(fd, data, sizeof(data))) > 0) {
        for (ssize_t i = 0; i < count; i++) {
            sum += data[i];
        }
    }
    CHECK_EQUAL(count, 0);
    return sum;
}

static void read_hello(void)
{
    char text[32] = "";
    close(ends[1]);
    CHECK_EQUAL(read(ends[0], text, sizeof(text)), 13);
    CHECK(strcmp(text, "Hello, world!") == 0);
    CHECK_EQUAL(read(ends[0], text, sizeof(text)), 0);
}

void test_pipe_to_child(void)
{
    int lowest = dup(0);
    close(lowest);
    open_pipe(ends);
    CHECK_EQUAL(ends[0], lowest);
    CHECK_EQUAL(ends[1], lowest + 1);
    pid_t child = fork_child(read_hello);
    close(ends[0]);
    write_bytes(ends[1], "Hello, world!", 13);
    close(ends[1]);
    CHECK_EQUAL(wait_child(child), 0);
}

enum { LARGE = 300000 };

static void send_back_sum(void)
{
    close(ends[1]);
    unsigned long sum = sum_all(ends[0]);
    write_bytes(back[1], (const char *)&sum, sizeof(sum));
}

// More than fits, both ways.
void test_pipe_large(void)
{
    static char data[LARGE];
    unsigned long expected = 0;
    unsigned long sum;
    uint32_t seed = 7;
    for (size_t i = 0; i < LARGE; i++) {
        data[i] = (char)next_random(&seed);
        expected += (unsigned char)data[i];
    }
    open_pipe(ends);
    open_pipe(back);
    pid_t child = fork_child(send_back_sum);
    write_bytes(ends[1], data, LARGE);
    close(ends[1]);
    CHECK_EQUAL(read(back[0], &sum, sizeof(sum)), sizeof(sum));
    CHECK_EQUAL(sum, expected);
    CHECK_EQUAL(wait_child(child), 0);
}

static void write_without_reader(void)
{
    CHECK_EQUAL(write(ends[1], "x", 1), 1);
}

void test_pipe_without_reader(void)
{
    open_pipe(ends);
    signal(SIGPIPE, SIG_DFL);
    close(ends[0]);
    CHECK_DIES(write_without_reader, SIGPIPE);
    signal(SIGPIPE, SIG_IGN);
    CHECK_ERROR(write(ends[1], "x", 1), EPIPE);
}

void test_pipe_non_blocking(void)
{
    char data[4096] = "";
    size_t total = 0;
    ssize_t count;
    CHECK_EQUAL(pipe2(ends, O_NONBLOCK), 0);
    CHECK_ERROR(read(ends[0], data, 1), EAGAIN);
    while ((count = write(ends[1], data, sizeof(data))) > 0) {
        total += (size_t)count;
    }
    CHECK_ERROR(count, EAGAIN);
    CHECK(total >= PIPE_BUF);
    close(ends[1]);
    while ((count = read(ends[0], data, sizeof(data))) > 0) {
        total -= (size_t)count;
    }
    CHECK(count == 0 && total == 0);
}

void test_pipe_errors(void)
{
    char byte;
    open_pipe(ends);
    CHECK_ERROR(read(ends[1], &byte, 1), EBADF);
    CHECK_ERROR(write(ends[0], "x", 1), EBADF);
    CHECK_ERROR(lseek(ends[0], 0, SEEK_SET), ESPIPE);
    CHECK_ERROR(pread(ends[0], &byte, 1, 0), ESPIPE);
    CHECK_EQUAL(read(ends[0], &byte, 0), 0);
    skip_if_emulated("it accepts unknown flags");
    CHECK_ERROR(pipe2(ends, 0x10), EINVAL);
}

enum { WRITERS = 4, RECORDS = 200, RECORD = 256 };

static void write_records(void)
{
    char record[RECORD];
    memset(record, getpid() & 0x7f, RECORD);
    for (int i = 0; i < RECORDS; i++) {
        write_bytes(ends[1], record, RECORD);
    }
}

// What is no longer than PIPE_BUF is written in one piece.
void test_pipe_atomic(void)
{
    char record[RECORD];
    open_pipe(ends);
    for (int i = 0; i < WRITERS; i++) {
        fork_child(write_records);
    }
    close(ends[1]);
    for (int i = 0; i < WRITERS * RECORDS; i++) {
        size_t length = 0;
        while (length < RECORD) {
            ssize_t count = read(ends[0], record + length, RECORD - length);
            CHECK(count > 0);
            length += (size_t)count;
        }
        for (int j = 1; j < RECORD; j++) {
            CHECK_EQUAL(record[j], record[0]);
        }
    }
    CHECK_EQUAL(read(ends[0], record, 1), 0);
}

static void write_later(void)
{
    sleep_ms(30);
    write_bytes(ends[1], "x", 1);
}

void test_pipe_poll(void)
{
    open_pipe(ends);
    struct pollfd files[] = {{.fd = ends[0], .events = POLLIN},
                             {.fd = ends[1], .events = POLLOUT},
                             {.fd = -1, .events = POLLIN},
                             {.fd = 999, .events = POLLIN}};
    CHECK_EQUAL(poll(files, 1, 0), 0);
    uint64_t start = clock_ns();
    CHECK_EQUAL(poll(files, 1, 20), 0);
    CHECK(clock_ns() - start >= 20 * NS_PER_MS);
    CHECK_EQUAL(poll(files, 4, -1), 2);
    CHECK_EQUAL(files[0].revents, 0);
    CHECK_EQUAL(files[1].revents, POLLOUT);
    CHECK_EQUAL(files[2].revents, 0);
    CHECK_EQUAL(files[3].revents, POLLNVAL);
    pid_t child = fork_child(write_later);
    CHECK_EQUAL(poll(files, 1, 10000), 1);
    CHECK_EQUAL(files[0].revents, POLLIN);
    CHECK_EQUAL(wait_child(child), 0);
    close(ends[1]);
    CHECK_EQUAL(poll(files, 1, -1), 1);
    CHECK_EQUAL(files[0].revents, POLLIN | POLLHUP);
}

void test_pipe_select(void)
{
    fd_set in;
    struct timeval soon = {0, 20000};
    open_pipe(ends);
    FD_ZERO(&in);
    FD_SET(ends[0], &in);
    CHECK_EQUAL(select(ends[0] + 1, &in, NULL, NULL, &soon), 0);
    CHECK(!FD_ISSET(ends[0], &in));
    pid_t child = fork_child(write_later);
    FD_SET(ends[0], &in);
    CHECK_EQUAL(select(ends[0] + 1, &in, NULL, NULL, NULL), 1);
    CHECK(FD_ISSET(ends[0], &in));
    CHECK_EQUAL(wait_child(child), 0);
    CHECK_ERROR(select(-1, NULL, NULL, NULL, NULL), EINVAL);
}

static void echo_bytes(void)
{
    char byte;
    close(ends[0]);
    while (read(ends[1], &byte, 1) == 1) {
        write_bytes(ends[1], &byte, 1);
    }
}

void test_pipe_sockets(void)
{
    CHECK_EQUAL(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    pid_t child = fork_child(echo_bytes);
    close(ends[1]);
    for (int i = 0; i < 100; i++) {
        char byte = (char)i;
        write_bytes(ends[0], &byte, 1);
        CHECK_EQUAL(read(ends[0], &byte, 1), 1);
        CHECK_EQUAL(byte, i);
    }
    close(ends[0]);
    CHECK_EQUAL(wait_child(child), 0);
    // The second is for a kernel that has no network at all.
    CHECK_EQUAL(socketpair(AF_INET, SOCK_STREAM, 0, ends), -1);
    CHECK(errno == EOPNOTSUPP || errno == EAFNOSUPPORT);
}

void test_pipe_event(void)
{
    uint64_t value = 3;
    int fd = eventfd(2, EFD_NONBLOCK);
    CHECK(fd >= 0);
    CHECK_EQUAL(write(fd, &value, 8), 8);
    CHECK_EQUAL(read(fd, &value, 8), 8);
    CHECK_EQUAL(value, 5);
    CHECK_ERROR(read(fd, &value, 8), EAGAIN);
    CHECK_ERROR(read(fd, &value, 4), EINVAL);
    value = UINT64_MAX;
    CHECK_ERROR(write(fd, &value, 8), EINVAL);
    fd = eventfd(2, EFD_SEMAPHORE);
    CHECK_EQUAL(read(fd, &value, 8), 8);
    CHECK_EQUAL(value, 1);
}

static const char fifo[] = "/tmp/utest-fifo";

static void write_to_fifo(void)
{
    int fd = open(fifo, O_WRONLY);
    CHECK(fd >= 0);
    write_bytes(fd, "fifo", 4);
}

void test_pipe_with_a_name(void)
{
    char text[8] = "";
    unlink(fifo);
    CHECK_EQUAL(mkfifo(fifo, 0600), 0);
    pid_t child = fork_child(write_to_fifo);
    int fd = open(fifo, O_RDONLY);
    CHECK(fd >= 0);
    CHECK_EQUAL(read(fd, text, sizeof(text)), 4);
    CHECK_EQUAL(read(fd, text, sizeof(text)), 0);
    CHECK_EQUAL(wait_child(child), 0);
    close(fd);
    CHECK_ERROR(open(fifo, O_WRONLY | O_NONBLOCK), ENXIO);
    CHECK_EQUAL(unlink(fifo), 0);
}

static sem_t turn;

static void *write_in_turns(void *argument)
{
    for (unsigned i = *(const unsigned *)argument; i > 0; i--) {
        CHECK_EQUAL(sem_wait(&turn), 0);
        int fd = open(fifo, O_WRONLY);
        CHECK(fd >= 0);
        write_bytes(fd, "fifo", 4);
        close(fd);
    }
    return NULL;
}

// Who waits in open() may be through with the other end before that has opened.
void test_pipe_with_a_name_in_turns(void)
{
    unsigned turns = scaled(300);
    char text[8];
    pthread_t writer;
    unlink(fifo);
    CHECK_EQUAL(mkfifo(fifo, 0600), 0);
    CHECK_EQUAL(sem_init(&turn, 0, 0), 0);
    start_thread(&writer, write_in_turns, &turns);
    for (unsigned i = 0; i < turns; i++) {
        CHECK_EQUAL(sem_post(&turn), 0);
        if (i % 2 == 0) {
            usleep(50); // let it wait
        }
        int fd = open(fifo, O_RDONLY);
        CHECK(fd >= 0);
        CHECK_EQUAL(read(fd, text, sizeof(text)), 4);
        CHECK_EQUAL(read(fd, text, sizeof(text)), 0);
        close(fd);
    }
    join_thread(writer);
    CHECK_EQUAL(unlink(fifo), 0);
}

static _Atomic unsigned reading;

static void *read_one(void *argument)
{
    char byte = 0;
    (void)argument;
    atomic_store_explicit(&reading, 1, memory_order_release);
    CHECK_EQUAL(read(ends[0], &byte, 1), 1);
    CHECK_EQUAL(byte, 'x');
    return NULL;
}

// A call has the file that its descriptor stood for, whatever becomes of that meanwhile.
void test_pipe_closed_while_read(void)
{
    pthread_t reader;
    open_pipe(ends);
    start_thread(&reader, read_one, NULL);
    AWAIT(reading, 1);
    sleep_ms(20);
    CHECK_EQUAL(close(ends[0]), 0);
    write_bytes(ends[1], "x", 1);
    join_thread(reader);
    signal(SIGPIPE, SIG_IGN);
    CHECK_ERROR(write(ends[1], "x", 1), EPIPE);
}

static void pass_on(void)
{
    char data[64];
    ssize_t count;
    close(ends[1]);
    close(back[0]);
    while ((count = read(ends[0], data, sizeof(data))) > 0) {
        write_bytes(back[1], data, (size_t)count);
    }
}

// Rings of a parent and a child, opened and closed again and again.
void test_pipe_storm(void)
{
    char data[64] = "storm";
    for (unsigned i = 0; i < scaled(50); i++) {
        open_pipe(ends);
        open_pipe(back);
        pid_t child = fork_child(pass_on);
        close(ends[0]);
        close(back[1]);
        for (int j = 0; j < 20; j++) {
            write_bytes(ends[1], data, sizeof(data));
            CHECK_EQUAL(read(back[0], data, sizeof(data)), sizeof(data));
        }
        close(ends[1]);
        close(back[0]);
        CHECK_EQUAL(wait_child(child), 0);
    }
}
