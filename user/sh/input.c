// SPDX-License-Identifier: MIT
// user/sh/input.c - where commands are read from: a text, a file, a terminal.
#include "user/sh/input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/lib/fail.h"

void input_open_text(struct input *input, const char *text)
{
    *input = (struct input){.text = strdup(text), .length = strlen(text), .ended = true};
    if (input->text == NULL) {
        die("memory");
    }
}

// Read up to a newline, a byte at a time.
static char *read_line(struct input *input, bool continued)
{
    (void)continued;
    char *line = NULL;
    size_t size;
    FILE *stream = open_memstream(&line, &size);
    char byte = 0;
    while (stream != NULL && byte != '\n') {
        ssize_t count = read(input->fd, &byte, 1);
        if (count > 0) {
            putc(byte, stream);
        } else if (count == 0 || errno != EINTR) {
            break;
        }
    }
    if (stream == NULL || fclose(stream) != 0) {
        die("memory");
    }
    if (size == 0) {
        free(line);
        return NULL;
    }
    return line;
}

void input_open_file(struct input *input, int fd)
{
    *input = (struct input){.next_line = read_line, .fd = fd};
}

void input_close(struct input *input)
{
    free(input->text);
    input->text = NULL;
}

// Add a line to the text. Returns: false at the end.
static bool add_line(struct input *input)
{
    char *line = input->ended ? NULL : input->next_line(input, input->at > 0);
    if (line == NULL) {
        input->ended = true;
        return false;
    }
    size_t length = strlen(line);
    char *text = realloc(input->text, input->length + length + 1);
    if (text == NULL) {
        die("memory");
    }
    memcpy(text + input->length, line, length + 1);
    free(line);
    input->text = text;
    input->length += length;
    return true;
}

int input_peek(struct input *input, size_t ahead)
{
    while (input->at + ahead >= input->length) {
        if (!add_line(input)) {
            return EOF;
        }
    }
    return (unsigned char)input->text[input->at + ahead];
}

void input_skip(struct input *input)
{
    input->at++;
}

void input_restart(struct input *input)
{
    if (input->at > 0) {
        input->length -= input->at;
        memmove(input->text, input->text + input->at, input->length + 1);
        input->at = 0;
    }
}

void input_drop_line(struct input *input)
{
    while (input->at < input->length && input->text[input->at++] != '\n') {
    }
    input_restart(input);
}
