// SPDX-License-Identifier: MIT
// kernel/fs/test/pipe_test.c - pipes: bytes in order, whole writes, ends that go, waiting.
#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/abi/poll.h"
#include "kernel/base/random.h"
#include "kernel/base/string.h"
#include "kernel/fs/eventfd.h"
#include "kernel/fs/names.h"
#include "kernel/fs/pipe.h"
#include "kernel/fs/socketpair.h"
#include "kernel/fs/test/support.h"
#include "kernel/ktest_support.h"

enum { STREAM_BYTES = 300000, WRITERS = 3, RECORDS = 300, RECORD_BYTES = 100, KILLED = 9 };

static unsigned char byte_at(uint64_t position)
{
    return (unsigned char)(position * 167 + (position >> 8));
}

static int write_stream(void *arg)
{
    struct file *end = arg;
    static unsigned char chunk[9000];
    struct random r;

    random_seed(&r, 7);
    for (uint64_t done = 0; done < STREAM_BYTES;) {
        uint64_t bytes = 1 + random_below(&r, sizeof(chunk));

        bytes = bytes < STREAM_BYTES - done ? bytes : STREAM_BYTES - done;
        for (uint64_t i = 0; i < bytes; i++) {
            chunk[i] = byte_at(done + i);
        }
        KT_CHECK(fs_test_write(end, chunk, bytes) == (long)bytes);
        done += bytes;
    }
    file_put(end);
    return 0;
}

KTEST(pipe_stream, "what goes into a pipe in pieces of any size comes out in order, up to the end")
{
    static unsigned char chunk[7000];
    struct file *ends[2];
    struct random r;
    uint64_t done = 0;
    long n;

    KT_CHECK(pipe_make(ends, 0) == 0);
    tid_t writer = test_spawn(write_stream, ends[1]);

    random_seed(&r, 9);
    while ((n = fs_test_read(ends[0], chunk, 1 + random_below(&r, sizeof(chunk)))) > 0) {
        for (long i = 0; i < n; i++) {
            KT_CHECK(chunk[i] == byte_at(done + (uint64_t)i));
        }
        done += (uint64_t)n;
    }
    KT_CHECK(n == 0 && done == STREAM_BYTES);
    test_join(writer, 0);
    file_put(ends[0]);
}

struct record_writer {
    struct file *end;
    unsigned char id;
};

static int write_records(void *arg)
{
    struct record_writer *w = arg;
    unsigned char record[RECORD_BYTES];

    memset(record, w->id, sizeof(record));
    for (unsigned i = 0; i < RECORDS; i++) {
        KT_CHECK(fs_test_write(w->end, record, sizeof(record)) == sizeof(record));
    }
    file_put(w->end);
    return 0;
}

static void read_record(struct file *end, unsigned counts[WRITERS])
{
    unsigned char record[RECORD_BYTES];
    size_t got = 0;

    while (got < sizeof(record)) {
        long n = fs_test_read(end, record + got, sizeof(record) - got);

        KT_CHECK(n > 0);
        got += n > 0 ? (size_t)n : sizeof(record);
    }
    for (unsigned i = 1; i < sizeof(record); i++) {
        KT_CHECK(record[i] == record[0]);
    }
    counts[record[0] % WRITERS]++;
}

KTEST(pipe_atomic, "writes of several threads are not mixed up to PIPE_BUF bytes")
{
    struct record_writer writers[WRITERS];
    unsigned counts[WRITERS] = {};
    tid_t tid[WRITERS];
    struct file *ends[2];
    char byte;

    KT_CHECK(pipe_make(ends, 0) == 0);
    for (unsigned i = 0; i < WRITERS; i++) {
        writers[i] = (struct record_writer){file_get(ends[1]), (unsigned char)i};
        tid[i] = test_spawn(write_records, &writers[i]);
    }
    file_put(ends[1]);
    for (unsigned i = 0; i < WRITERS * RECORDS; i++) {
        read_record(ends[0], counts);
    }
    KT_CHECK(fs_test_read(ends[0], &byte, 1) == 0);
    for (unsigned i = 0; i < WRITERS; i++) {
        test_join(tid[i], 0);
        KT_CHECK(counts[i] == RECORDS);
    }
    file_put(ends[0]);
}

KTEST(pipe_nonblock, "what would wait is refused: empty, full, and a write that must be whole")
{
    static char chunk[65536];
    struct file *ends[2];
    char byte;

    KT_CHECK(pipe_make(ends, O_NONBLOCK) == 0);
    KT_CHECK(fs_test_read(ends[0], &byte, 1) == -EAGAIN);
    KT_CHECK(fs_test_write(ends[1], chunk, 65536 - 10) == 65536 - 10);
    KT_CHECK(fs_test_write(ends[1], chunk, 20) == -EAGAIN); // not 10 of them
    KT_CHECK(fs_test_write(ends[1], chunk, 5000) == 10);    // more than PIPE_BUF may be torn
    KT_CHECK(fs_test_write(ends[1], chunk, 1) == -EAGAIN);
    KT_CHECK(fs_test_read(ends[0], chunk, 65536) == 65536);
    KT_CHECK(fs_test_write(ends[1], chunk, 0) == 0);
    file_put(ends[1]);
    KT_CHECK(fs_test_read(ends[0], &byte, 1) == 0);
    file_put(ends[0]);
}

KTEST(pipe_broken, "a write to a pipe that nobody reads fails")
{
    struct file *ends[2];

    KT_CHECK(pipe_make(ends, 0) == 0);
    file_put(ends[0]);
    KT_CHECK(fs_test_write(ends[1], "x", 1) == -EPIPE);
    file_put(ends[1]);
}

KTEST(pipe_capacity, "a pipe can be made larger, and smaller down to what it holds; the bytes stay")
{
    static char chunk[40000];
    struct file *ends[2];

    KT_CHECK(pipe_make(ends, O_NONBLOCK) == 0);
    struct pipe *pipe = pipe_of(ends[0]);

    for (unsigned i = 0; i < sizeof(chunk); i++) {
        chunk[i] = (char)byte_at(i);
    }
    KT_CHECK(pipe_capacity(pipe) == 65536);
    KT_CHECK(fs_test_write(ends[1], chunk, 30000) == 30000);
    KT_CHECK(fs_test_read(ends[0], chunk, 10000) == 10000);
    KT_CHECK(pipe_set_capacity(pipe, 4096) == -EBUSY);
    KT_CHECK(pipe_set_capacity(pipe, 30000) == 32768);
    KT_CHECK(pipe_set_capacity(pipe, 100000) == 131072);
    KT_CHECK(pipe_set_capacity(pipe, 1 << 21) == -EPERM);
    KT_CHECK(fs_test_read(ends[0], chunk, 40000) == 20000);
    for (unsigned i = 0; i < 20000; i++) {
        KT_CHECK(chunk[i] == (char)byte_at(10000 + i));
    }
    file_put(ends[0]);
    file_put(ends[1]);
}

KTEST(pipe_wraps, "the last bytes may be in the page of the first; they stay, in a larger ring too")
{
    static unsigned char chunk[65536];
    struct file *ends[2];

    for (unsigned larger = 0; larger < 2; larger++) {
        KT_CHECK(pipe_make(ends, O_NONBLOCK) == 0);
        for (unsigned i = 0; i < sizeof(chunk); i++) {
            chunk[i] = byte_at(i);
        }
        KT_CHECK(fs_test_write(ends[1], chunk, sizeof(chunk)) == sizeof(chunk));
        KT_CHECK(fs_test_read(ends[0], chunk, 100) == 100);
        for (unsigned i = 0; i < 100; i++) {
            chunk[i] = byte_at(sizeof(chunk) + i);
        }
        KT_CHECK(fs_test_write(ends[1], chunk, 100) == 100);
        KT_CHECK(larger == 0 || pipe_set_capacity(pipe_of(ends[0]), 131072) == 131072);
        KT_CHECK(fs_test_read(ends[0], chunk, sizeof(chunk)) == sizeof(chunk));
        for (unsigned i = 0; i < sizeof(chunk); i++) {
            KT_CHECK(chunk[i] == byte_at(100 + i));
        }
        file_put(ends[0]);
        file_put(ends[1]);
    }
}

// ---- Interrupted -------------------------------------------------------------------------------

static int read_one(void *end)
{
    char byte;
    long n = fs_test_read(end, &byte, 1);

    KT_CHECK(n == -ERESTARTSYS);
    return 0;
}

KTEST(pipe_interrupted, "a thread that waits for bytes can be ended")
{
    struct file *ends[2];

    KT_CHECK(pipe_make(ends, 0) == 0);
    tid_t reader = test_spawn(read_one, ends[0]);

    test_await_status(reader, THREAD_SLEEPING);
    KT_CHECK(thread_kill(reader, KILLED) == 0);
    test_join(reader, KILLED);
    file_put(ends[0]);
    file_put(ends[1]);
}

// ---- FIFOs, sockets, counters ------------------------------------------------------------------

static int open_to_write(void *root)
{
    struct file *end = fs_test_open(root, "fifo", O_WRONLY);

    KT_CHECK(fs_test_write(end, "hello", 5) == 5);
    file_put(end);
    return 0;
}

KTEST(fifo_open, "a FIFO is open when both ends are; without waiting, writers need a reader")
{
    struct dentry *root = fs_test_begin();
    struct file *file;
    char text[8];

    KT_CHECK(names_make(root, "fifo", S_IFIFO | 0644, 0) == 0);
    KT_CHECK(fs_open_at(root, "fifo", O_WRONLY | O_NONBLOCK, 0, &file) == -ENXIO);
    tid_t writer = test_spawn(open_to_write, root);
    struct file *end = fs_test_open(root, "fifo", O_RDONLY);

    KT_CHECK(fs_test_read(end, text, 5) == 5 && memcmp(text, "hello", 5) == 0);
    test_join(writer, 0);
    KT_CHECK(fs_test_read(end, text, 5) == 0);
    KT_CHECK(poll_file(end, NULL) == POLLHUP);
    file_put(end);
    end = fs_test_open(root, "fifo", O_RDONLY | O_NONBLOCK);
    KT_CHECK(poll_file(end, NULL) == 0); // nobody has gone since it was opened
    file_put(end);
    fs_test_end(root);
}

KTEST(socketpair_both_ways, "a pair of sockets: both ways, shut down one way, and closed")
{
    struct file *ends[2];
    char text[4];

    KT_CHECK(socketpair_make(ends, O_NONBLOCK) == 0);
    KT_CHECK(fs_test_write(ends[0], "ab", 2) == 2 && fs_test_write(ends[1], "cd", 2) == 2);
    KT_CHECK(fs_test_read(ends[0], text, 4) == 2 && memcmp(text, "cd", 2) == 0);
    KT_CHECK(fs_test_read(ends[1], text, 4) == 2 && memcmp(text, "ab", 2) == 0);
    KT_CHECK(fs_test_read(ends[1], text, 4) == -EAGAIN);
    KT_CHECK(poll_file(ends[1], NULL) == (POLLOUT | POLLWRNORM));
    KT_CHECK(socketpair_shutdown(ends[0], 1) == 0);
    KT_CHECK(fs_test_write(ends[0], "x", 1) == -EPIPE && fs_test_read(ends[1], text, 4) == 0);
    KT_CHECK(fs_test_write(ends[1], "yz", 2) == 2);
    file_put(ends[1]);
    KT_CHECK((poll_file(ends[0], NULL) & (POLLIN | POLLHUP)) == (POLLIN | POLLHUP));
    KT_CHECK(fs_test_read(ends[0], text, 4) == 2);
    KT_CHECK(fs_test_read(ends[0], text, 4) == 0);
    file_put(ends[0]);
}

KTEST(eventfd_counts, "a counter: sums, one at a time as a semaphore, empty and full")
{
    struct file *e = eventfd_make(3, false, O_NONBLOCK);
    uint64_t value = 4;

    KT_CHECK(fs_test_write(e, &value, 8) == 8);
    KT_CHECK(fs_test_read(e, &value, 8) == 8 && value == 7);
    KT_CHECK(fs_test_read(e, &value, 8) == -EAGAIN);
    value = UINT64_MAX - 1;
    KT_CHECK(fs_test_write(e, &value, 8) == 8);
    KT_CHECK(poll_file(e, NULL) == (POLLIN | POLLRDNORM));
    value = 1;
    KT_CHECK(fs_test_write(e, &value, 8) == -EAGAIN);
    value = UINT64_MAX;
    KT_CHECK(fs_test_write(e, &value, 8) == -EINVAL && fs_test_read(e, &value, 7) == -EINVAL);
    file_put(e);
    e = eventfd_make(2, true, O_NONBLOCK);
    KT_CHECK(fs_test_read(e, &value, 8) == 8 && value == 1);
    KT_CHECK(fs_test_read(e, &value, 8) == 8);
    KT_CHECK(fs_test_read(e, &value, 8) == -EAGAIN);
    file_put(e);
}
