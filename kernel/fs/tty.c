// SPDX-License-Identifier: MIT
// kernel/fs/tty.c - a terminal: its settings, output, and reading what has been typed.
#include "kernel/fs/tty.h"

#include "kernel/abi/errno.h"
#include "kernel/base/string.h"
#include "kernel/fs/processes.h"
#include "kernel/fs/tty_parts.h"
#include "kernel/fs/uio.h"
#include "kernel/timer.h"

static const struct ktermios default_termios = {
    .iflag = ICRNL | IXON,
    .oflag = OPOST | ONLCR,
    .cflag = B115200 | CS8 | CREAD | HUPCL,
    .lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
    .cc =
        {
            [VINTR] = 3,  // Ctrl-C
            [VQUIT] = 28, // Ctrl-backslash
            [VERASE] = DELETE,
            [VKILL] = 21, // Ctrl-U
            [VEOF] = 4,   // Ctrl-D
            [VMIN] = 1,
            [VSTART] = 17, // Ctrl-Q
            [VSTOP] = 19,  // Ctrl-S
            [VSUSP] = 26,  // Ctrl-Z
            [VREPRINT] = 18,
            [VWERASE] = 23,
            [VLNEXT] = 22,
        },
};

void tty_init(struct tty *tty, void (*output)(const char *text, size_t bytes))
{
    memset(tty, 0, sizeof(*tty));
    tty->output = output;
    mutex_init(&tty->write_lock);
    mutex_init(&tty->lock);
    condvar_init(&tty->readable);
    condvar_init(&tty->writable);
    poll_list_init(&tty->pollers);
    tty->termios = default_termios;
    tty->size = (struct kwinsize){.rows = 24, .columns = 80};
}

// ---- Output ------------------------------------------------------------------------------------

void tty_put_text(const struct tty *tty, const char *text, size_t bytes)
{
    uint32_t flags = tty->termios.oflag;
    char chunk[2 * CHUNK_BYTES];
    size_t n = 0;

    for (size_t i = 0; i < bytes; i++) {
        if (n + 2 > sizeof(chunk)) {
            tty->output(chunk, n);
            n = 0;
        }
        if ((flags & OPOST) != 0 && (flags & ONLCR) != 0 && text[i] == NEWLINE) {
            chunk[n++] = RETURN;
        }
        bool to_newline = (flags & OPOST) != 0 && (flags & OCRNL) != 0 && text[i] == RETURN;

        chunk[n++] = to_newline ? NEWLINE : text[i];
    }
    tty->output(chunk, n);
}

long tty_write(struct tty *tty, struct uio *uio)
{
    char chunk[CHUNK_BYTES];
    size_t before = uio->remaining;
    long n = 0;

    mutex_lock(&tty->write_lock);
    while (uio->remaining > 0) {
        n = uio_copy_from(uio, chunk, sizeof(chunk));
        if (n < 0) {
            break;
        }
        tty_put_text(tty, chunk, (size_t)n);
        if (uio->remaining > 0 && processes->own_signal()) {
            break;
        }
    }
    mutex_unlock(&tty->write_lock);
    return uio->remaining < before ? (long)(before - uio->remaining) : n;
}

// ---- Settings ----------------------------------------------------------------------------------

void tty_commit(struct tty *tty)
{
    tty->ready = tty->filled;
    condvar_notify_all(&tty->readable);
}

void tty_drop_input(struct tty *tty)
{
    tty->read = tty->ready = tty->filled;
    tty->column = 0;
    condvar_notify_all(&tty->writable);
}

void tty_set_termios(struct tty *tty, const struct ktermios *termios, bool flush)
{
    mutex_lock(&tty->lock);
    tty->termios = *termios;
    if (flush) {
        tty_drop_input(tty);
    }
    if (!tty_local(tty, ICANON)) {
        tty_commit(tty); // the line so far
    }
    mutex_unlock(&tty->lock);
    poll_notify(&tty->pollers);
}

unsigned tty_available(struct tty *tty)
{
    mutex_lock(&tty->lock);
    unsigned n = tty->ready - tty->read;

    mutex_unlock(&tty->lock);
    return n;
}

// ---- Reading -----------------------------------------------------------------------------------

// When a read() in raw mode has to be over; TIME_NEVER: when there is enough.
static uint64_t raw_deadline(const struct tty *tty)
{
    uint8_t deciseconds = tty->termios.cc[VTIME];

    return deciseconds == 0 ? TIME_NEVER : deadline_after_ns((uint64_t)deciseconds * DECISECOND_NS);
}

// Wait until `least` bytes can be read, or there are some and no more come within VTIME, which runs
// from the start if VMIN is 0. Returns: 0; 1: not in raw mode any more; -EAGAIN; -ERESTARTSYS.
static int await_raw(struct tty *tty, unsigned wanted, bool nonblock) REQUIRES(tty->lock)
{
    unsigned min = tty->termios.cc[VMIN];
    unsigned least = min < wanted ? min : wanted;
    unsigned before = 0;
    uint64_t deadline = min == 0 ? raw_deadline(tty) : TIME_NEVER;
    int result = 0;

    if (min == 0 && deadline == TIME_NEVER) {
        return 0;
    }
    while (result == 0) {
        unsigned available = tty->ready - tty->read;

        if (available >= (least > 0 ? least : 1)) {
            return 0;
        }
        if (nonblock) {
            return available > 0 ? 0 : -EAGAIN;
        }
        if (min > 0 && available != before) {
            deadline = raw_deadline(tty); // from byte to byte
            before = available;
        }
        result = condvar_wait_until(&tty->readable, &tty->lock, deadline);
        if (tty_local(tty, ICANON)) {
            return 1;
        }
    }
    return result == -EINTR && tty->ready == tty->read ? -ERESTARTSYS : 0;
}

static int await_line(struct tty *tty, bool nonblock) REQUIRES(tty->lock)
{
    while (tty->read == tty->ready) {
        if (nonblock) {
            return -EAGAIN;
        }
        if (condvar_wait(&tty->readable, &tty->lock) == -EINTR) {
            return -ERESTARTSYS;
        }
    }
    return 0;
}

// Does a line end with `byte`?
static bool ends_line(const struct tty *tty, uint16_t byte)
{
    return byte == NEWLINE || byte == TTY_END || tty_is_key(tty, VEOL, (uint8_t)byte) ||
           tty_is_key(tty, VEOL2, (uint8_t)byte);
}

// Take up to `bytes` bytes, in canonical mode up to the end of a line. *over: it was reached, or
// there are no more.
static size_t take(struct tty *tty, char *chunk, size_t bytes, bool *over) REQUIRES(tty->lock)
{
    size_t n = 0;

    *over = false;
    while (n < bytes && !*over && tty->read != tty->ready) {
        uint16_t byte = *tty_slot(tty, tty->read++);

        if (byte != TTY_END) {
            chunk[n++] = (char)byte;
        }
        *over = tty_local(tty, ICANON) && ends_line(tty, byte);
    }
    // What the caller has no room for ends the line all the same, if it is its end and no more.
    if (!*over && tty_local(tty, ICANON) && n == bytes && tty->read != tty->ready &&
        *tty_slot(tty, tty->read) == TTY_END) {
        tty->read++;
        *over = true;
    }
    *over = *over || tty->read == tty->ready;
    return n;
}

int tty_await_room(struct tty *tty)
{
    int err = 0;

    mutex_lock(&tty->lock);
    while (err == 0 && tty->ready != tty->read && tty->filled - tty->read >= TTY_INPUT_MAX / 2) {
        err = condvar_wait(&tty->writable, &tty->lock);
    }
    mutex_unlock(&tty->lock);
    return err;
}

static int await_input(struct tty *tty, size_t wanted, bool nonblock) REQUIRES(tty->lock)
{
    unsigned most = wanted < TTY_INPUT_MAX ? (unsigned)wanted : TTY_INPUT_MAX;
    int err;

    do { // the settings may change meanwhile: then from the start
        err = tty_local(tty, ICANON) ? await_line(tty, nonblock) : await_raw(tty, most, nonblock);
    } while (err > 0);
    return err;
}

long tty_read(struct tty *tty, struct uio *uio, bool nonblock)
{
    char chunk[CHUNK_BYTES];
    long done = 0;
    bool over = uio->remaining == 0;

    mutex_lock(&tty->lock);
    int err = over ? 0 : await_input(tty, uio->remaining, nonblock);

    while (err == 0 && !over && uio->remaining > 0) {
        size_t most = uio->remaining < CHUNK_BYTES ? uio->remaining : CHUNK_BYTES;
        size_t n = take(tty, chunk, most, &over);

        if (n > 0 && uio_copy_to(uio, chunk, n) != (long)n) {
            err = -EFAULT;
        } else {
            done += (long)n;
        }
    }
    condvar_notify_all(&tty->writable);
    mutex_unlock(&tty->lock);
    return done > 0 ? done : err;
}
