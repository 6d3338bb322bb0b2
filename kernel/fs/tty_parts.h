// SPDX-License-Identifier: MIT
// kernel/fs/tty_parts.h - what the parts of the terminal share.
#pragma once

#include "kernel/base/types.h"
#include "kernel/fs/tty.h"

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

static inline bool tty_local(const struct tty *tty, uint32_t flag)
{
    return (tty->termios.lflag & flag) != 0;
}

// Is `byte` the key cc[key]?
static inline bool tty_is_key(const struct tty *tty, unsigned key, uint8_t byte)
{
    return byte != 0 && tty->termios.cc[key] == byte;
}

// The place of byte number `at` in the ring.
static inline uint16_t *tty_slot(struct tty *tty, unsigned at)
{
    return &tty->input[at % TTY_INPUT_MAX];
}

// Write `text` with newlines as the settings have them.
void tty_put_text(const struct tty *tty, const char *text, size_t bytes);

// What has been typed can be read.
void tty_commit(struct tty *tty) REQUIRES(tty->lock);

// Forget what has not been read.
void tty_drop_input(struct tty *tty) REQUIRES(tty->lock);
