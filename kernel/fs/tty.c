// SPDX-License-Identifier: MIT
// kernel/fs/tty.c - a terminal: editing of lines, echo, and signals by key.
#include "kernel/fs/tty.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/signal.h"
#include "kernel/base/string.h"
#include "kernel/fs/processes.h"
#include "kernel/fs/uio.h"
#include "kernel/timer.h"

enum {
    NEWLINE = '\n',
    RETURN = '\r',
    TAB = '\t',
    TAB_WIDTH = 8,
    DELETE = 0x7f,
    CONTROL = 0x40, // makes a control character the letter it is typed with
    CHUNK_BYTES = 128,
    DECISECOND_NS = 100000000,
};

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
    poll_list_init(&tty->pollers);
    tty->termios = default_termios;
    tty->size = (struct kwinsize){.rows = 24, .columns = 80};
}

static bool local(const struct tty *tty, uint32_t flag)
{
    return (tty->termios.lflag & flag) != 0;
}

// ---- Output ------------------------------------------------------------------------------------

// Write `text` with newlines as the settings have them.
static void put_text(const struct tty *tty, const char *text, size_t bytes)
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
        put_text(tty, chunk, (size_t)n);
    }
    mutex_unlock(&tty->write_lock);
    return uio->remaining < before ? (long)(before - uio->remaining) : n;
}

// ---- Echo --------------------------------------------------------------------------------------

static bool is_control(unsigned byte)
{
    return byte < ' ' || byte == DELETE;
}

// How many columns `byte` takes at `column`. What goes on a character of several bytes takes none.
static unsigned width_of(const struct tty *tty, unsigned byte, unsigned column)
{
    if (byte == TAB) {
        return TAB_WIDTH - column % TAB_WIDTH;
    }
    if (is_control(byte)) {
        return local(tty, ECHOCTL) ? 2 : 0;
    }
    return (byte & 0xc0) != 0x80;
}

static void echo(struct tty *tty, unsigned byte) REQUIRES(tty->lock)
{
    char text[2] = {(char)byte, (char)(byte ^ CONTROL)};

    if (!local(tty, ECHO)) {
        return;
    }
    tty->column += width_of(tty, byte, tty->column);
    if (is_control(byte) && byte != TAB && local(tty, ECHOCTL)) {
        text[0] = '^';
        put_text(tty, text, 2);
    } else {
        put_text(tty, text, 1);
    }
}

static void echo_newline(struct tty *tty) REQUIRES(tty->lock)
{
    if (local(tty, ECHO) || (local(tty, ECHONL) && local(tty, ICANON))) {
        put_text(tty, "\n", 1);
    }
    tty->column = 0;
}

static void erase_columns(const struct tty *tty, unsigned columns)
{
    for (; columns > 0; columns--) {
        put_text(tty, "\b \b", 3);
    }
}

// ---- Editing -----------------------------------------------------------------------------------

static uint16_t *slot(struct tty *tty, unsigned at)
{
    return &tty->input[at % TTY_INPUT_MAX];
}

// The width of the line being edited.
static unsigned line_width(struct tty *tty) REQUIRES(tty->lock)
{
    unsigned width = 0;

    for (unsigned i = tty->ready; i != tty->filled; i++) {
        width += width_of(tty, *slot(tty, i), width);
    }
    return width;
}

// Is the last byte one that goes on a character?
static bool ends_inside_character(struct tty *tty) REQUIRES(tty->lock)
{
    return (tty->termios.iflag & IUTF8) != 0 && (*slot(tty, tty->filled - 1) & 0xc0) == 0x80;
}

// Drop the last character, if there is one. Returns: whether there was.
static bool erase_one(struct tty *tty) REQUIRES(tty->lock)
{
    if (tty->filled == tty->ready) {
        return false;
    }
    unsigned before = line_width(tty);

    while (ends_inside_character(tty) && tty->filled - 1 != tty->ready) {
        tty->filled--;
    }
    tty->filled--;
    if (local(tty, ECHO) && local(tty, ECHOE)) {
        unsigned columns = before - line_width(tty);

        erase_columns(tty, columns);
        tty->column -= columns < tty->column ? columns : tty->column;
    }
    return true;
}

static void erase_line(struct tty *tty) REQUIRES(tty->lock)
{
    while (erase_one(tty)) {
    }
}

static bool ends_in_blank(struct tty *tty) REQUIRES(tty->lock)
{
    uint16_t last = *slot(tty, tty->filled - 1);

    return last == ' ' || last == TAB;
}

static void erase_word(struct tty *tty) REQUIRES(tty->lock)
{
    while (tty->filled != tty->ready && ends_in_blank(tty)) {
        (void)erase_one(tty);
    }
    while (tty->filled != tty->ready && !ends_in_blank(tty)) {
        (void)erase_one(tty);
    }
}

static void reprint(struct tty *tty) REQUIRES(tty->lock)
{
    echo_newline(tty);
    for (unsigned i = tty->ready; i != tty->filled; i++) {
        echo(tty, *slot(tty, i));
    }
}

// What has been typed can be read.
static void commit(struct tty *tty) REQUIRES(tty->lock)
{
    tty->ready = tty->filled;
    condvar_notify_all(&tty->readable);
}

// Keep room for what ends a line. Returns: whether there was room for the byte.
static bool append(struct tty *tty, uint16_t byte, unsigned keep) REQUIRES(tty->lock)
{
    if (tty->filled - tty->read + keep >= TTY_INPUT_MAX) {
        return false;
    }
    *slot(tty, tty->filled++) = byte;
    return true;
}

// ---- Keys --------------------------------------------------------------------------------------

static bool is_key(const struct tty *tty, unsigned key, uint8_t byte)
{
    return byte != 0 && tty->termios.cc[key] == byte;
}

// The signal that `byte` sends, 0: none.
static int signal_of(const struct tty *tty, uint8_t byte)
{
    static const struct {
        unsigned key;
        int signo;
    } keys[] = {{VINTR, SIGINT}, {VQUIT, SIGQUIT}, {VSUSP, SIGTSTP}};

    for (unsigned i = 0; local(tty, ISIG) && i < ARRAY_SIZE(keys); i++) {
        if (is_key(tty, keys[i].key, byte)) {
            return keys[i].signo;
        }
    }
    return 0;
}

static void drop_input(struct tty *tty) REQUIRES(tty->lock)
{
    tty->read = tty->ready = tty->filled;
    tty->column = 0;
}

static void edit(struct tty *tty, uint8_t byte) REQUIRES(tty->lock)
{
    if (is_key(tty, VERASE, byte)) {
        (void)erase_one(tty);
    } else if (is_key(tty, VKILL, byte)) {
        erase_line(tty);
    } else if (local(tty, IEXTEN) && is_key(tty, VWERASE, byte)) {
        erase_word(tty);
    } else if (local(tty, IEXTEN) && is_key(tty, VREPRINT, byte)) {
        reprint(tty);
    } else if (is_key(tty, VEOF, byte)) {
        (void)append(tty, TTY_END, 0);
        commit(tty);
    } else if (byte == NEWLINE || is_key(tty, VEOL, byte) || is_key(tty, VEOL2, byte)) {
        (void)append(tty, byte, 0);
        if (byte == NEWLINE) {
            echo_newline(tty);
        } else {
            echo(tty, byte);
        }
        commit(tty);
    } else if (append(tty, byte, 2)) {
        echo(tty, byte);
    }
}

static void take_byte(struct tty *tty, uint8_t byte) REQUIRES(tty->lock)
{
    bool literal = tty->literal;

    tty->literal = false;
    if (!literal && local(tty, IEXTEN) && local(tty, ICANON) && is_key(tty, VLNEXT, byte)) {
        tty->literal = true;
    } else if (local(tty, ICANON) && !literal) {
        edit(tty, byte);
    } else if (append(tty, byte, 1)) {
        if (byte == NEWLINE && !literal) {
            echo_newline(tty);
        } else {
            echo(tty, byte);
        }
        if (!local(tty, ICANON)) {
            commit(tty);
        }
    }
}

// What the line settings make of `byte`. Returns: whether anything is left of it.
static bool translate(const struct tty *tty, uint8_t *byte)
{
    uint32_t flags = tty->termios.iflag;

    if ((flags & ISTRIP) != 0) {
        *byte &= 0x7f;
    }
    if (*byte == RETURN) {
        if ((flags & IGNCR) != 0) {
            return false;
        }
        *byte = (flags & ICRNL) != 0 ? NEWLINE : RETURN;
    } else if (*byte == NEWLINE && (flags & INLCR) != 0) {
        *byte = RETURN;
    }
    return (flags & IXON) == 0 ||
           !(is_key(tty, VSTART, *byte) || is_key(tty, VSTOP, *byte)); // output never stops
}

void tty_input(struct tty *tty, uint8_t byte)
{
    int signo = 0;

    mutex_lock(&tty->lock);
    int group = tty->foreground;

    if (tty->literal || translate(tty, &byte)) {
        signo = tty->literal ? 0 : signal_of(tty, byte);
        if (signo != 0) {
            echo(tty, byte);
            if (!local(tty, NOFLSH)) {
                drop_input(tty);
            }
        } else {
            take_byte(tty, byte);
        }
    }
    mutex_unlock(&tty->lock);
    poll_notify(&tty->pollers);
    if (signo != 0 && group != 0) {
        processes->signal_group(group, signo);
    }
}

void tty_set_termios(struct tty *tty, const struct ktermios *termios, bool flush)
{
    mutex_lock(&tty->lock);
    tty->termios = *termios;
    if (flush) {
        drop_input(tty);
    }
    if (!local(tty, ICANON)) {
        commit(tty); // the line so far
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
// from the start if VMIN is 0. Returns: 0; -EAGAIN; -ERESTARTSYS.
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
        if (local(tty, ICANON)) {
            return -ERESTARTSYS; // the settings have changed: from the start
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
    return byte == NEWLINE || byte == TTY_END || is_key(tty, VEOL, (uint8_t)byte) ||
           is_key(tty, VEOL2, (uint8_t)byte);
}

// Take up to `bytes` bytes, in canonical mode up to the end of a line. *over: it was reached, or
// there are no more.
static size_t take(struct tty *tty, char *chunk, size_t bytes, bool *over) REQUIRES(tty->lock)
{
    size_t n = 0;

    *over = false;
    while (n < bytes && !*over && tty->read != tty->ready) {
        uint16_t byte = *slot(tty, tty->read++);

        if (byte != TTY_END) {
            chunk[n++] = (char)byte;
        }
        *over = local(tty, ICANON) && ends_line(tty, byte);
    }
    // What the caller has no room for ends the line all the same, if it is its end and no more.
    if (!*over && local(tty, ICANON) && n == bytes && tty->read != tty->ready &&
        *slot(tty, tty->read) == TTY_END) {
        tty->read++;
        *over = true;
    }
    *over = *over || tty->read == tty->ready;
    return n;
}

static int await_input(struct tty *tty, size_t wanted, bool nonblock) REQUIRES(tty->lock)
{
    unsigned most = wanted < TTY_INPUT_MAX ? (unsigned)wanted : TTY_INPUT_MAX;

    return local(tty, ICANON) ? await_line(tty, nonblock) : await_raw(tty, most, nonblock);
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
    mutex_unlock(&tty->lock);
    return done > 0 ? done : err;
}
