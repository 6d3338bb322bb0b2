// SPDX-License-Identifier: MIT
// kernel/fs/tty_edit.c - a terminal: what keys do, editing of lines, echo.
#include "kernel/abi/signal.h"
#include "kernel/base/compiler.h"
#include "kernel/fs/processes.h"
#include "kernel/fs/tty.h"
#include "kernel/fs/tty_parts.h"

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
        return tty_local(tty, ECHOCTL) ? 2 : 0;
    }
    return (byte & 0xc0) != 0x80;
}

static void echo(struct tty *tty, unsigned byte) REQUIRES(tty->lock)
{
    char text[2] = {(char)byte, (char)(byte ^ CONTROL)};

    if (!tty_local(tty, ECHO)) {
        return;
    }
    tty->column += width_of(tty, byte, tty->column);
    if (is_control(byte) && byte != TAB && tty_local(tty, ECHOCTL)) {
        text[0] = '^';
        tty_put_text(tty, text, 2);
    } else {
        tty_put_text(tty, text, 1);
    }
}

static void echo_newline(struct tty *tty) REQUIRES(tty->lock)
{
    if (tty_local(tty, ECHO) || (tty_local(tty, ECHONL) && tty_local(tty, ICANON))) {
        tty_put_text(tty, "\n", 1);
    }
    tty->column = 0;
}

static void erase_columns(const struct tty *tty, unsigned columns)
{
    for (; columns > 0; columns--) {
        tty_put_text(tty, "\b \b", 3);
    }
}

// ---- Editing -----------------------------------------------------------------------------------

// The width of the line being edited.
static unsigned line_width(struct tty *tty) REQUIRES(tty->lock)
{
    unsigned width = 0;

    for (unsigned i = tty->ready; i != tty->filled; i++) {
        width += width_of(tty, *tty_slot(tty, i), width);
    }
    return width;
}

// Is the last byte one that goes on a character?
static bool ends_inside_character(struct tty *tty) REQUIRES(tty->lock)
{
    return (tty->termios.iflag & IUTF8) != 0 && (*tty_slot(tty, tty->filled - 1) & 0xc0) == 0x80;
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
    if (tty_local(tty, ECHO) && tty_local(tty, ECHOE)) {
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
    uint16_t last = *tty_slot(tty, tty->filled - 1);

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
        echo(tty, *tty_slot(tty, i));
    }
}

// Keep room for what ends a line. Returns: whether there was room for the byte.
static bool append(struct tty *tty, uint16_t byte, unsigned keep) REQUIRES(tty->lock)
{
    if (tty->filled - tty->read + keep >= TTY_INPUT_MAX) {
        return false;
    }
    *tty_slot(tty, tty->filled++) = byte;
    return true;
}

// ---- Keys --------------------------------------------------------------------------------------

// The signal that `byte` sends, 0: none.
static int signal_of(const struct tty *tty, uint8_t byte)
{
    static const struct {
        unsigned key;
        int signo;
    } keys[] = {{VINTR, SIGINT}, {VQUIT, SIGQUIT}, {VSUSP, SIGTSTP}};

    for (unsigned i = 0; tty_local(tty, ISIG) && i < ARRAY_SIZE(keys); i++) {
        if (tty_is_key(tty, keys[i].key, byte)) {
            return keys[i].signo;
        }
    }
    return 0;
}

static void edit(struct tty *tty, uint8_t byte) REQUIRES(tty->lock)
{
    if (tty_is_key(tty, VERASE, byte)) {
        (void)erase_one(tty);
    } else if (tty_is_key(tty, VKILL, byte)) {
        erase_line(tty);
    } else if (tty_local(tty, IEXTEN) && tty_is_key(tty, VWERASE, byte)) {
        erase_word(tty);
    } else if (tty_local(tty, IEXTEN) && tty_is_key(tty, VREPRINT, byte)) {
        reprint(tty);
    } else if (tty_is_key(tty, VEOF, byte)) {
        (void)append(tty, TTY_END, 0);
        tty_commit(tty);
    } else if (byte == NEWLINE || tty_is_key(tty, VEOL, byte) || tty_is_key(tty, VEOL2, byte)) {
        (void)append(tty, byte, 0);
        if (byte == NEWLINE) {
            echo_newline(tty);
        } else {
            echo(tty, byte);
        }
        tty_commit(tty);
    } else if (append(tty, byte, 2)) {
        echo(tty, byte);
    }
}

static void take_byte(struct tty *tty, uint8_t byte) REQUIRES(tty->lock)
{
    bool literal = tty->literal;

    tty->literal = false;
    if (!literal && tty_local(tty, IEXTEN) && tty_local(tty, ICANON) &&
        tty_is_key(tty, VLNEXT, byte)) {
        tty->literal = true;
    } else if (tty_local(tty, ICANON) && !literal) {
        edit(tty, byte);
    } else if (append(tty, byte, 1)) {
        if (byte == NEWLINE && !literal) {
            echo_newline(tty);
        } else {
            echo(tty, byte);
        }
        if (!tty_local(tty, ICANON)) {
            tty_commit(tty);
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
           !(tty_is_key(tty, VSTART, *byte) || tty_is_key(tty, VSTOP, *byte)); // output never stops
}

// Returns: the signal that `byte` sends, 0: none.
static int handle_byte(struct tty *tty, uint8_t byte) REQUIRES(tty->lock)
{
    if (!tty->literal && !translate(tty, &byte)) {
        return 0;
    }
    int signo = tty->literal ? 0 : signal_of(tty, byte);

    if (signo == 0) {
        take_byte(tty, byte);
        return 0;
    }
    echo(tty, byte);
    if (!tty_local(tty, NOFLSH)) {
        tty_drop_input(tty);
    }
    return signo;
}

void tty_input(struct tty *tty, uint8_t byte)
{
    mutex_lock(&tty->lock);
    int group = tty->foreground;
    int signo = handle_byte(tty, byte);

    mutex_unlock(&tty->lock);
    poll_notify(&tty->pollers);
    if (signo != 0 && group != 0) {
        processes->signal_group(group, signo);
    }
}
