// SPDX-License-Identifier: MIT
// kernel/fs/test/poll_test.c - waiting for any of several files; no wake-up is lost.
#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/abi/poll.h"
#include "kernel/fs/eventfd.h"
#include "kernel/fs/pipe.h"
#include "kernel/fs/poll.h"
#include "kernel/fs/test/support.h"
#include "kernel/ktest_support.h"

enum { MANY = 200, ROUNDS = 300, KILLED = 9 };

static struct poll_item items[MANY]; // one test runs at a time

KTEST(poll_now, "a poll that does not wait says what holds, and counts it")
{
    struct file *ends[2];

    KT_CHECK(pipe_make(ends, 0) == 0);
    struct poll_item two[2] = {{.file = ends[0], .events = POLLIN},
                               {.file = ends[1], .events = POLLOUT}};

    KT_CHECK(poll_wait(two, 2, 0) == 1 && two[0].found == 0 && two[1].found == POLLOUT);
    KT_CHECK(fs_test_write(ends[1], "x", 1) == 1);
    KT_CHECK(poll_wait(two, 2, 0) == 2 && two[0].found == POLLIN);
    file_put(ends[1]);
    KT_CHECK(poll_wait(two, 1, 0) == 1 && two[0].found == (POLLIN | POLLHUP));
    file_put(ends[0]);
}

KTEST(poll_timeout, "a poll ends at its deadline, not before")
{
    struct file *e = eventfd_make(0, false, 0);
    struct poll_item item = {.file = e, .events = POLLIN};
    uint64_t before = time_now_ns();

    KT_CHECK(poll_wait(&item, 1, deadline_after_ns(3 * TEST_MS)) == 0);
    KT_CHECK(time_now_ns() - before >= 3 * TEST_MS);
    KT_CHECK(poll_wait(&item, 0, deadline_after_ns(TEST_MS)) == 0);
    file_put(e);
}

static int add_one(void *e)
{
    uint64_t value = 1;

    KT_CHECK(fs_test_write(e, &value, sizeof(value)) == sizeof(value));
    return 0;
}

KTEST(poll_many, "one of many files wakes who polls them, whichever it is")
{
    for (unsigned i = 0; i < MANY; i++) {
        items[i] = (struct poll_item){.file = eventfd_make(0, false, 0), .events = POLLIN};
    }
    for (unsigned i = 0; i < MANY; i += 13) {
        tid_t tid = test_spawn(add_one, items[i].file);
        uint64_t value;

        KT_CHECK(poll_wait(items, MANY, TIME_NEVER) == 1 && items[i].found == POLLIN);
        KT_CHECK(fs_test_read(items[i].file, &value, sizeof(value)) == sizeof(value));
        test_join(tid, 0);
    }
    for (unsigned i = 0; i < MANY; i++) {
        file_put(items[i].file);
    }
}

static int answer(void *arg)
{
    struct file **pair = arg;
    uint64_t value;

    for (unsigned i = 0; i < ROUNDS; i++) {
        KT_CHECK(fs_test_read(pair[0], &value, sizeof(value)) == sizeof(value));
        KT_CHECK(fs_test_write(pair[1], &value, sizeof(value)) == sizeof(value));
    }
    return 0;
}

KTEST(poll_no_lost_wakeup, "to and fro with polls in between: no answer is missed")
{
    struct file *pair[2] = {eventfd_make(0, false, 0), eventfd_make(0, false, 0)};
    tid_t tid = test_spawn(answer, pair);

    for (unsigned i = 0; i < ROUNDS; i++) {
        struct poll_item item = {.file = pair[1], .events = POLLIN};
        uint64_t value = i + 1;

        KT_CHECK(fs_test_write(pair[0], &value, sizeof(value)) == sizeof(value));
        KT_CHECK(poll_wait(&item, 1, TIME_NEVER) == 1);
        KT_CHECK(fs_test_read(pair[1], &value, sizeof(value)) == sizeof(value) && value == i + 1);
    }
    test_join(tid, 0);
    file_put(pair[0]);
    file_put(pair[1]);
}

static int poll_for_ever(void *e)
{
    struct poll_item item = {.file = e, .events = POLLIN};

    KT_CHECK(poll_wait(&item, 1, TIME_NEVER) == -EINTR);
    return 0;
}

KTEST(poll_interrupted, "a thread that polls can be ended, and leaves nothing in the lists")
{
    struct file *e = eventfd_make(0, false, 0);
    tid_t tid = test_spawn(poll_for_ever, e);

    test_await_status(tid, THREAD_SLEEPING);
    KT_CHECK(thread_kill(tid, KILLED) == 0);
    test_join(tid, KILLED);
    KT_CHECK(add_one(e) == 0);
    file_put(e);
}
