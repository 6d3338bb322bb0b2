// SPDX-License-Identifier: MIT
// user/sh/input.h - where commands are read from: a text, a file, a terminal.
#pragma once

#include <stdbool.h>
#include <stddef.h>

// The text that is being parsed, all of one command at least.
struct input {
    // The next line, with its newline, from malloc(); NULL at the end. `continued`: a command has
    // begun in the lines before. NULL: there is no more than `text`.
    char *(*next_line)(struct input *input, bool continued);
    int fd; // for next_line
    bool ended;
    char *text; // from malloc()
    size_t at;  // the next character in `text`
    size_t length;
};

// Commands from a text, which is copied.
void input_open_text(struct input *input, const char *text);

// Commands from a file, which is read no further than the line that is needed: the commands may
// read the same file.
void input_open_file(struct input *input, int fd);

void input_close(struct input *input);

// The next character, which stays. Returns: EOF at the end. `ahead`: so many characters further.
int input_peek(struct input *input, size_t ahead);

// Go on by one character.
void input_skip(struct input *input);

// Forget what has been parsed: a new command begins here.
void input_restart(struct input *input);

// Forget the rest of the line, after a mistake in it.
void input_drop_line(struct input *input);
