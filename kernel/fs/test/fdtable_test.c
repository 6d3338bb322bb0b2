// SPDX-License-Identifier: MIT
// kernel/fs/test/fdtable_test.c - descriptors against a model: the lowest free one, always.
#include "kernel/abi/errno.h"
#include "kernel/base/random.h"
#include "kernel/fs/eventfd.h"
#include "kernel/fs/fdtable.h"
#include "kernel/ktest.h"

enum { FDS = 300, STEPS = 4000 };

static bool taken[FDS];  // one test runs at a time
static bool marked[FDS]; // FD_CLOEXEC

static int lowest_free(int least)
{
    while (least < FDS && taken[least]) {
        least++;
    }
    return least;
}

static void install(struct fdtable *table, struct file *file, int least, bool cloexec)
{
    int expected = lowest_free(least);
    int fd = fd_install(table, file_get(file), least, cloexec, FDS);

    KT_CHECK(fd == (expected < FDS ? expected : -EMFILE));
    if (fd < 0) {
        file_put(file);
    } else {
        taken[fd] = true;
        marked[fd] = cloexec;
    }
}

static void install_at(struct fdtable *table, struct file *file, int fd, bool cloexec)
{
    KT_CHECK(fd_install_at(table, file_get(file), fd, cloexec, FDS) == fd);
    taken[fd] = true;
    marked[fd] = cloexec;
}

static void close_one(struct fdtable *table, int fd)
{
    KT_CHECK(fd_close(table, fd) == (taken[fd] ? 0 : -EBADF));
    taken[fd] = false;
}

static void compare(struct fdtable *table, struct file *file)
{
    for (int fd = 0; fd < FDS; fd++) {
        struct file *got = fd_get(table, fd);

        KT_CHECK(got == (taken[fd] ? file : NULL));
        KT_CHECK(fd_cloexec(table, fd) == (taken[fd] ? marked[fd] : -EBADF));
        if (got != NULL) {
            file_put(got);
        }
    }
}

static void step(struct random *r, struct fdtable *table, struct file *file)
{
    int fd = (int)random_below(r, FDS);
    bool cloexec = random_below(r, 2) != 0;

    switch (random_below(r, 8)) {
    case 0:
    case 1:
    case 2:
        install(table, file, 0, cloexec);
        break;
    case 3:
        install(table, file, fd, cloexec);
        break;
    case 4:
        install_at(table, file, fd, cloexec);
        break;
    default:
        close_one(table, fd);
        break;
    }
}

KTEST(fdtable_model,
      "descriptors are those of a model: the lowest free one, at any number of steps")
{
    struct fdtable *table = fdtable_new();
    struct file *file = eventfd_make(0, false, 0);
    struct random r;

    random_seed(&r, 1);
    for (unsigned i = 0; i < FDS; i++) {
        taken[i] = false;
    }
    for (unsigned i = 0; i < STEPS; i++) {
        step(&r, table, file);
    }
    compare(table, file);
    struct fdtable *copy = fdtable_fork(table);

    compare(copy, file);
    fdtable_exec(copy);
    for (unsigned i = 0; i < FDS; i++) {
        taken[i] = taken[i] && !marked[i];
    }
    compare(copy, file);
    fdtable_put(copy);
    fdtable_put(table);
    KT_CHECK(atomic_load_explicit(&file->refs, memory_order_relaxed) ==
             1); // all have been given up
    file_put(file);
}

KTEST(fdtable_range,
      "close_range closes what is there in it, and no more; bad descriptors are refused")
{
    struct fdtable *table = fdtable_new();
    struct file *file = eventfd_make(0, false, 0);

    for (int fd = 0; fd < 200; fd++) {
        KT_CHECK(fd_install(table, file_get(file), 0, false, FDS) == fd);
    }
    fd_close_range(table, 10, 149);
    KT_CHECK(fd_next(table, 0) == 0 && fd_next(table, 10) == 150 && fd_next(table, 200) == -1);
    KT_CHECK(fd_close(table, -1) == -EBADF && fd_close(table, FD_MAX) == -EBADF);
    KT_CHECK(fd_get(table, -1) == NULL && fd_set_cloexec(table, 10, true) == -EBADF);
    KT_CHECK(fd_install(table, file, 0, false, 10) == -EMFILE);
    KT_CHECK(fd_install_at(table, file, FDS, false, FDS) == -EBADF);
    fdtable_put(table);
    file_put(file);
}
