// SPDX-License-Identifier: MIT
// user/sh/keys.h - the keys of a terminal in raw mode, those that send several bytes, too.
#pragma once

// What is no character by itself; above all of them.
enum key {
    KEY_LEFT = 256,
    KEY_RIGHT,
    KEY_UP,
    KEY_DOWN,
    KEY_HOME,
    KEY_END,
    KEY_DELETE,
    KEY_NONE,
    KEY_EOF,
};

// What Ctrl-LETTER sends.
#define CONTROL(letter) ((letter)&0x1f)

// Read a key from standard input. Returns: a character, or an enum key.
int keys_read(void);
