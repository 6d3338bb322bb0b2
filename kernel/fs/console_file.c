// SPDX-License-Identifier: MIT
// kernel/fs/console_file.c - the console as a terminal that programs open.
#include <stdatomic.h>

#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/abi/poll.h"
#include "kernel/base/compiler.h"
#include "kernel/console.h"
#include "kernel/fs/file.h"
#include "kernel/fs/processes.h"
#include "kernel/fs/tty.h"
#include "kernel/thread.h"
#include "mm/user/copy.h"

static struct tty tty;
static struct mutex start_lock = MUTEX_INIT(start_lock);
static bool started; // guarded by: start_lock

static struct tty *tty_of(const struct file *file)
{
    return file->private_data;
}

static long ops_read(struct file *file, struct uio *uio, uint64_t offset)
{
    (void)offset;
    return tty_read(tty_of(file), uio, (file_flags(file) & O_NONBLOCK) != 0);
}

static long ops_write(struct file *file, struct uio *uio, uint64_t offset)
{
    (void)offset;
    return tty_write(tty_of(file), uio);
}

static unsigned ops_poll(struct file *file, struct poll_table *table)
{
    struct tty *t = tty_of(file);

    poll_table_add(table, &t->pollers);
    return POLLOUT | POLLWRNORM | (tty_available(t) > 0 ? POLLIN | POLLRDNORM : 0);
}

// ---- Requests. Each returns 0 or -errno --------------------------------------------------------

typedef long request_fn(struct tty *t, uint64_t argument);

static long get_termios(struct tty *t, uint64_t argument)
{
    mutex_lock(&t->lock);
    struct ktermios termios = t->termios;

    mutex_unlock(&t->lock);
    return copy_to_user(argument, &termios, sizeof(termios));
}

static long set_termios_and(struct tty *t, uint64_t argument, bool flush)
{
    struct ktermios termios;
    int err = copy_from_user(&termios, argument, sizeof(termios));

    if (err == 0) {
        tty_set_termios(t, &termios, flush);
    }
    return err;
}

static long set_termios(struct tty *t, uint64_t argument)
{
    return set_termios_and(t, argument, false);
}

static long set_termios_flush(struct tty *t, uint64_t argument)
{
    return set_termios_and(t, argument, true);
}

static long get_size(struct tty *t, uint64_t argument)
{
    mutex_lock(&t->lock);
    struct kwinsize size = t->size;

    mutex_unlock(&t->lock);
    return copy_to_user(argument, &size, sizeof(size));
}

static long set_size(struct tty *t, uint64_t argument)
{
    struct kwinsize size;
    int err = copy_from_user(&size, argument, sizeof(size));

    if (err == 0) {
        mutex_lock(&t->lock);
        t->size = size;
        mutex_unlock(&t->lock);
    }
    return err;
}

static long put_number(struct tty *t, const int *number, uint64_t argument)
{
    mutex_lock(&t->lock);
    int value = *number;

    mutex_unlock(&t->lock);
    return put_user_u32(argument, (uint32_t)value);
}

static long get_group(struct tty *t, uint64_t argument)
{
    return put_number(t, &t->foreground, argument);
}

static long get_session(struct tty *t, uint64_t argument)
{
    return put_number(t, &t->session, argument);
}

static long set_group(struct tty *t, uint64_t argument)
{
    uint32_t group;
    int err = get_user_u32(&group, argument);

    if (err == 0 && (int)group < 0) {
        err = -EINVAL;
    }
    if (err == 0) {
        mutex_lock(&t->lock);
        t->foreground = (int)group;
        mutex_unlock(&t->lock);
    }
    return err;
}

static long become_controlling(struct tty *t, uint64_t argument)
{
    (void)argument;
    mutex_lock(&t->lock);
    t->session = processes->own_session();
    t->foreground = processes->own_group();
    mutex_unlock(&t->lock);
    return 0;
}

static long leave_controlling(struct tty *t, uint64_t argument)
{
    (void)argument;
    mutex_lock(&t->lock);
    if (t->session == processes->own_session()) {
        t->session = 0;
        t->foreground = 0;
    }
    mutex_unlock(&t->lock);
    return 0;
}

static long get_available(struct tty *t, uint64_t argument)
{
    return put_user_u32(argument, tty_available(t));
}

static long get_unwritten(struct tty *t, uint64_t argument)
{
    (void)t;
    return put_user_u32(argument, 0); // output waits nowhere
}

static long flush(struct tty *t, uint64_t argument)
{
    if (argument > TCIOFLUSH) {
        return -EINVAL;
    }
    if (argument != TCOFLUSH) {
        mutex_lock(&t->lock);
        t->read = t->ready = t->filled;
        condvar_notify_all(&t->writable);
        mutex_unlock(&t->lock);
    }
    return 0;
}

static long do_nothing(struct tty *t, uint64_t argument)
{
    (void)t;
    (void)argument;
    return 0;
}

static const struct {
    unsigned request;
    request_fn *fn;
} requests[] = {
    {TCGETS, get_termios},          {TCSETS, set_termios},
    {TCSETSW, set_termios},         {TCSETSF, set_termios_flush},
    {TIOCGWINSZ, get_size},         {TIOCSWINSZ, set_size},
    {TIOCGPGRP, get_group},         {TIOCSPGRP, set_group},
    {TIOCGSID, get_session},        {TIOCSCTTY, become_controlling},
    {TIOCNOTTY, leave_controlling}, {FIONREAD, get_available},
    {TIOCOUTQ, get_unwritten},      {TCFLSH, flush},
    {TCSBRK, do_nothing},           {TCXONC, do_nothing},
};

static long ops_ioctl(struct file *file, unsigned request, uint64_t argument)
{
    for (unsigned i = 0; i < ARRAY_SIZE(requests); i++) {
        if (requests[i].request == request) {
            return requests[i].fn(tty_of(file), argument);
        }
    }
    return -ENOTTY;
}

static const struct file_ops console_ops = {
    .read = ops_read,
    .write = ops_write,
    .poll = ops_poll,
    .ioctl = ops_ioctl,
};

int tty_foreground_of(int session)
{
    return session != 0 && session == tty.session ? tty.foreground : -1;
}

// ---- Opening -----------------------------------------------------------------------------------

static int read_console(void *unused)
{
    int c;

    (void)unused;
    while (tty_await_room(&tty) == 0 && (c = console_getchar()) >= 0) {
        tty_input(&tty, (uint8_t)c);
    }
    return 0;
}

static int start_locked(void) REQUIRES(start_lock)
{
    if (started) {
        return 0;
    }
    tty_init(&tty, console_write_raw);
    int tid =
        thread_spawn(&(struct thread_attr){.name = "tty", .detached = true}, read_console, NULL);

    started = tid > 0;
    return started ? 0 : tid;
}

int tty_open_console(struct file *file)
{
    mutex_lock(&start_lock);
    int err = start_locked();

    mutex_unlock(&start_lock);
    if (err == 0) {
        file->ops = &console_ops;
        file->private_data = &tty;
        file->stream = true;
    }
    return err;
}
