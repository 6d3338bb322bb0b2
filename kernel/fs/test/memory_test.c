// SPDX-License-Identifier: MIT
// kernel/fs/test/memory_test.c - whichever allocation fails, nothing is left behind, and the tree
// is as it was or as it should be.
#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/base/string.h"
#include "kernel/fs/eventfd.h"
#include "kernel/fs/fdtable.h"
#include "kernel/fs/names.h"
#include "kernel/fs/path.h"
#include "kernel/fs/pipe.h"
#include "kernel/fs/poll.h"
#include "kernel/fs/socketpair.h"
#include "kernel/fs/test/support.h"
#include "kernel/ktest.h"
#include "mm/failpoint.h"

enum { POLLED = 120, FDS = 200 };

static char long_name[200]; // one test runs at a time

static bool is_shortage(long result)
{
    return result == -ENOMEM || result == -ENOSPC;
}

// Each of these does what it can; what fails has to fail for want of memory.

static void use_names(struct dentry *root)
{
    struct dentry *d;
    int err = names_make(root, "d", S_IFDIR | 0755, 0);

    KT_CHECK(err == 0 || is_shortage(err));
    err = err == 0 ? names_make(root, "d/f", S_IFREG | 0644, 0) : err;
    err = err == 0 ? names_symlink(root, long_name, "d/f") : err;
    err = err == 0 ? path_find(root, long_name, true, &d) : err;
    KT_CHECK(err == 0 || is_shortage(err));
    if (err != 0) {
        return;
    }
    err = names_link(d, root, "l");
    dentry_put(d);
    err = err == 0 ? names_rename(root, "l", root, "d/m", 0) : err;
    KT_CHECK(err == 0 || is_shortage(err));
}

static void use_file(struct dentry *root)
{
    struct file *file;
    int err = fs_open_at(root, "data", O_CREAT | O_RDWR, 0644, &file);

    KT_CHECK(err == 0 || is_shortage(err));
    if (err != 0) {
        return;
    }
    for (uint64_t at = 0; at < 4; at++) {
        uint64_t before = inode_bytes(file->inode);
        long n = fs_test_pwrite(file, "data", 4, at << 20);

        KT_CHECK(n == 4 || is_shortage(n));
        KT_CHECK(n == 4 || inode_bytes(file->inode) == before); // no zeros are left
    }
    file_put(file);
}

static void use_pipes(void)
{
    static char chunk[10000];
    struct file *ends[2];
    int err = pipe_make(ends, O_NONBLOCK);

    KT_CHECK(err == 0 || is_shortage(err));
    if (err == 0) {
        long n = fs_test_write(ends[1], chunk, sizeof(chunk));

        KT_CHECK(n > 0 || is_shortage(n));
        KT_CHECK(fs_test_read(ends[0], chunk, sizeof(chunk)) == (n > 0 ? n : -EAGAIN));
        (void)!pipe_set_capacity(pipe_of(ends[0]), 1 << 20);
        file_put(ends[0]);
        file_put(ends[1]);
    }
    err = socketpair_make(ends, O_NONBLOCK);
    KT_CHECK(err == 0 || is_shortage(err));
    if (err == 0) {
        file_put(ends[0]);
        file_put(ends[1]);
    }
}

static void use_poll(struct file *e)
{
    static struct poll_item items[POLLED];

    for (unsigned i = 0; i < POLLED; i++) {
        items[i] = (struct poll_item){.file = e, .events = 1};
    }
    int n = poll_wait(items, POLLED, 1);

    KT_CHECK(n == 0 || is_shortage(n));
}

static void use_descriptors(struct file *e)
{
    struct fdtable *table = fdtable_new();

    for (int i = 0; table != NULL && i < FDS; i++) {
        int fd = fd_install(table, file_get(e), 0, false, FDS);

        KT_CHECK(fd == i || fd == -ENOMEM);
        if (fd < 0) {
            file_put(e);
            break;
        }
    }
    struct fdtable *copy = table != NULL ? fdtable_fork(table) : NULL;

    if (copy != NULL) {
        fdtable_put(copy);
    }
    if (table != NULL) {
        fdtable_put(table);
    }
}

static void use_all(void)
{
    struct dentry *root = fs_test_begin();
    struct file *e = eventfd_make(0, false, 0);

    use_names(root);
    use_file(root);
    use_pipes();
    use_poll(e);
    use_descriptors(e);
    file_put(e);
    fs_test_end(root);
}

// Without the point of failure in what the test itself needs.
static uint64_t use_all_without(uint64_t nth)
{
    struct dentry *root = fs_test_begin();
    struct file *e = eventfd_make(0, false, 0);

    failpoint_arm(FAILPOINT_RECLAIM, nth);
    use_names(root);
    use_file(root);
    use_pipes();
    use_poll(e);
    use_descriptors(e);
    uint64_t asked = failpoint_disarm().asked;

    file_put(e);
    fs_test_end(root);
    return asked;
}

KTEST(fs_without_each_allocation,
      "whichever allocation of files, names, pipes and polls fails, none is lost")
{
    memset(long_name, 'l', sizeof(long_name) - 1);
    use_all(); // what stays in caches is there
    struct ktest_balance before = ktest_balance_now();
    uint64_t asked = use_all_without(0);

    KT_CHECK(asked > 20);
    for (uint64_t nth = 1; nth <= asked; nth++) {
        (void)use_all_without(nth);
        KT_CHECK(ktest_balance_now().frames == before.frames);
    }
}
