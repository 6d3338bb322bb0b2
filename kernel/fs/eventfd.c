// SPDX-License-Identifier: MIT
// kernel/fs/eventfd.c - a counter that is written to and read from as a file.
#include "kernel/fs/eventfd.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/abi/poll.h"
#include "kernel/abi/stat.h"
#include "kernel/fs/file.h"
#include "kernel/fs/inode.h"
#include "kernel/fs/poll.h"
#include "kernel/waitq.h"
#include "mm/memory.h"
#include "mm/objcache.h"

#define COUNT_MAX (UINT64_MAX - 1)

enum { EVENTFD_DEVICE_MINOR = 14 };

struct eventfd {
    struct waitq wq; // readers and writers
    uint64_t count;  // guarded by: wq.lock
    bool semaphore;  // constant
    uint64_t number; // st_ino; constant
    struct poll_list pollers;
};

static struct objcache eventfds = OBJCACHE_INIT(eventfds, struct eventfd);

static bool is_nonblock(const struct file *file)
{
    return (file_flags(file) & O_NONBLOCK) != 0;
}

// Wait for a change. Takes the lock again. Returns: 0; -EAGAIN; -ERESTARTSYS.
static int wait(struct eventfd *e, bool nonblock) REQUIRES(e->wq.lock) NO_TSA
{
    if (nonblock) {
        return -EAGAIN;
    }
    int result = waitq_sleep(&e->wq, WAIT_INTERRUPTIBLE, TIME_NEVER);

    spin_lock_irqoff(&e->wq.lock);
    return result == -EINTR ? -ERESTARTSYS : 0;
}

// The count has changed by way of the caller: release the lock, and tell all.
static void unlock_and_tell(struct eventfd *e, unsigned long saved) RELEASES(e->wq.lock)
{
    (void)waitq_wake(&e->wq, UINT32_MAX);
    spin_unlock_irqrestore(&e->wq.lock, saved);
    poll_notify(&e->pollers);
}

static long take(struct eventfd *e, bool nonblock, uint64_t *value)
{
    unsigned long saved = spin_lock_irqsave(&e->wq.lock);
    int err = 0;

    while (err == 0 && e->count == 0) {
        err = wait(e, nonblock);
    }
    if (err != 0) {
        spin_unlock_irqrestore(&e->wq.lock, saved);
        return err;
    }
    *value = e->semaphore ? 1 : e->count;
    e->count -= *value;
    unlock_and_tell(e, saved);
    return 0;
}

static long add(struct eventfd *e, bool nonblock, uint64_t value)
{
    unsigned long saved = spin_lock_irqsave(&e->wq.lock);
    int err = 0;

    while (err == 0 && value > COUNT_MAX - e->count) {
        err = wait(e, nonblock);
    }
    if (err != 0) {
        spin_unlock_irqrestore(&e->wq.lock, saved);
        return err;
    }
    e->count += value;
    unlock_and_tell(e, saved);
    return 0;
}

static long ops_read(struct file *file, struct uio *uio, uint64_t offset)
{
    uint64_t value;

    (void)offset;
    if (uio->remaining < sizeof(value)) {
        return -EINVAL;
    }
    long err = take(file->private_data, is_nonblock(file), &value);

    if (err != 0) {
        return err;
    }
    return uio_copy_to(uio, &value, sizeof(value)) == sizeof(value) ? (long)sizeof(value) : -EFAULT;
}

static long ops_write(struct file *file, struct uio *uio, uint64_t offset)
{
    uint64_t value;

    (void)offset;
    if (uio->remaining < sizeof(value)) {
        return -EINVAL;
    }
    if (uio_copy_from(uio, &value, sizeof(value)) != sizeof(value)) {
        return -EFAULT;
    }
    if (value == UINT64_MAX) {
        return -EINVAL;
    }
    long err = add(file->private_data, is_nonblock(file), value);

    return err != 0 ? err : (long)sizeof(value);
}

static unsigned ops_poll(struct file *file, struct poll_table *table)
{
    struct eventfd *e = file->private_data;

    poll_table_add(table, &e->pollers);
    unsigned long saved = spin_lock_irqsave(&e->wq.lock);
    unsigned events = (e->count > 0 ? POLLIN | POLLRDNORM : 0) |
                      (e->count < COUNT_MAX ? POLLOUT | POLLWRNORM : 0);

    spin_unlock_irqrestore(&e->wq.lock, saved);
    return events;
}

static int ops_stat(struct file *file, struct kstat *stat)
{
    const struct eventfd *e = file->private_data;

    stat->dev = DEVICE(0, EVENTFD_DEVICE_MINOR);
    stat->ino = e->number;
    stat->mode = 0600;
    stat->nlink = 1;
    stat->blksize = (int32_t)PAGE_SIZE;
    return 0;
}

static void ops_release(struct file *file)
{
    objcache_free(&eventfds, file->private_data);
}

static const struct file_ops eventfd_ops = {
    .read = ops_read,
    .write = ops_write,
    .poll = ops_poll,
    .stat = ops_stat,
    .release = ops_release,
};

struct file *eventfd_make(uint64_t count, bool semaphore, unsigned flags)
{
    struct eventfd *e = objcache_alloc_or_reclaim(&eventfds);

    if (e == NULL) {
        return NULL;
    }
    waitq_init(&e->wq, "eventfd");
    e->count = count;
    e->semaphore = semaphore;
    e->number = inode_number();
    poll_list_init(&e->pollers);
    struct file *file = file_new(&eventfd_ops, NULL, O_RDWR | flags);

    if (file == NULL) {
        objcache_free(&eventfds, e);
        return NULL;
    }
    file->stream = true;
    file->private_data = e;
    return file;
}
