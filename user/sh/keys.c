// SPDX-License-Identifier: MIT
// user/sh/keys.c - the keys of a terminal in raw mode, those that send several bytes, too.
#include "user/sh/keys.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static int read_byte(void)
{
    unsigned char byte;
    ssize_t count;
    do {
        count = read(STDIN_FILENO, &byte, 1);
    } while (count < 0 && errno == EINTR);
    return count == 1 ? byte : KEY_EOF;
}

// After an escape: [ or O, perhaps a number, and a letter or ~, which KEY_EOF is greater than.
static int read_escape(void)
{
    static const struct {
        const char *text;
        enum key key;
    } keys[] = {
        {"A", KEY_UP},      {"B", KEY_DOWN},  {"C", KEY_RIGHT}, {"D", KEY_LEFT},
        {"H", KEY_HOME},    {"F", KEY_END},   {"1~", KEY_HOME}, {"4~", KEY_END},
        {"3~", KEY_DELETE}, {"7~", KEY_HOME}, {"8~", KEY_END},
    };
    char text[8] = "";
    int byte = read_byte();
    if (byte != '[' && byte != 'O') {
        return KEY_NONE;
    }
    for (size_t i = 0; i < sizeof(text) - 1; i++) {
        byte = read_byte();
        text[i] = (char)byte;
        if (byte >= '@') {
            break;
        }
    }
    for (unsigned i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (strcmp(keys[i].text, text) == 0) {
            return keys[i].key;
        }
    }
    return KEY_NONE;
}

int keys_read(void)
{
    static const struct {
        char letter;
        enum key key;
    } controls[] = {{'A', KEY_HOME},  {'B', KEY_LEFT}, {'E', KEY_END},
                    {'F', KEY_RIGHT}, {'N', KEY_DOWN}, {'P', KEY_UP}};
    int byte = read_byte();
    if (byte == 0x1b) {
        return read_escape();
    }
    for (unsigned i = 0; i < sizeof(controls) / sizeof(controls[0]); i++) {
        if (byte == CONTROL(controls[i].letter)) {
            return controls[i].key;
        }
    }
    return byte;
}
