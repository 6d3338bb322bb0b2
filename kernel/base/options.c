// SPDX-License-Identifier: MIT
// kernel/base/options.c - words, options and numbers in a line of text.
#include "kernel/base/options.h"

#include "kernel/abi/errno.h"
#include "kernel/base/string.h"

#define END_OF_WORD (-1)

struct reader {
    const char *at;
    bool quoted; // between two quotes
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// Returns: the next character of the word, quotes skipped; END_OF_WORD in front of what ends it.
static int next_char(struct reader *reader)
{
    while (*reader->at == '"') {
        reader->quoted = !reader->quoted;
        reader->at++;
    }
    if (*reader->at == '\0' || (is_blank(*reader->at) && !reader->quoted)) {
        return END_OF_WORD;
    }
    return (unsigned char)*reader->at++;
}

// Go to the start of the next word, from the end of one. Returns: false if there is none.
static bool next_word(struct reader *reader)
{
    while (is_blank(*reader->at)) {
        reader->at++;
    }
    return *reader->at != '\0';
}

static void skip_word(struct reader *reader)
{
    while (next_char(reader) != END_OF_WORD) {
    }
}

// Close up the word at the reader in place, without its quotes, and terminate it. The terminator
// may land on the blank behind the word, so that is passed first.
static char *cut_word(struct reader *reader, char *start)
{
    char *to = start;

    for (int c = next_char(reader); c != END_OF_WORD; c = next_char(reader)) {
        *to++ = (char)c;
    }
    char *next = start + (reader->at - start);

    if (*next != '\0') {
        next++;
    }
    *to = '\0';
    return next;
}

int options_split(char *line, char *words[], int limit)
{
    int count = 0;

    for (struct reader reader = {line, false}; next_word(&reader); count++) {
        if (count == limit) {
            return -E2BIG;
        }
        words[count] = line + (reader.at - line);
        reader.at = cut_word(&reader, words[count]);
        if (reader.quoted) {
            return -EINVAL;
        }
    }
    return count;
}

// Move past `key=` at the start of a word. Returns: false, somewhere in the word, if it is not.
static bool skip_key(struct reader *reader, const char *key)
{
    for (; *key != '\0'; key++) {
        if (next_char(reader) != (unsigned char)*key) {
            return false;
        }
    }
    return next_char(reader) == '=';
}

// Copy the rest of the word to `to` unless that is NULL. Returns: its length.
static size_t copy_word(struct reader reader, char *to)
{
    size_t length = 0;

    for (int c = next_char(&reader); c != END_OF_WORD; c = next_char(&reader)) {
        if (to != NULL) {
            to[length] = (char)c;
        }
        length++;
    }
    return length;
}

int option_get(const char *line, const char *key, char *value, size_t size)
{
    struct reader last = {NULL, false};

    for (struct reader reader = {line, false}; next_word(&reader); skip_word(&reader)) {
        if (skip_key(&reader, key)) {
            last = reader;
        }
    }
    if (last.at == NULL) {
        return -ENOENT;
    }
    if (copy_word(last, NULL) >= size) {
        return -E2BIG;
    }
    value[copy_word(last, value)] = '\0';
    return 0;
}

const char *option_value(const char *word, const char *key)
{
    size_t length = strlen(key);

    return strncmp(word, key, length) == 0 && word[length] == '=' ? word + length + 1 : NULL;
}

// Returns: what `c` stands for as a digit in any base; a large value if it is none.
static unsigned digit_value(char c)
{
    if (c >= '0' && c <= '9') {
        return (unsigned)(c - '0');
    }
    c |= 0x20; // to lower case
    return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : UINT32_MAX;
}

// Read a number at *text and move past it. Returns: 0; -EINVAL if there is none; -ERANGE.
static int read_number(const char **text, uint64_t *out)
{
    unsigned base = (*text)[0] == '0' && ((*text)[1] == 'x' || (*text)[1] == 'X') ? 16 : 10;
    const char *at = base == 16 ? *text + 2 : *text;
    uint64_t value = 0;

    if (digit_value(*at) >= base) {
        return -EINVAL;
    }
    for (; digit_value(*at) < base; at++) {
        unsigned digit = digit_value(*at);

        if (value > (UINT64_MAX - digit) / base) {
            return -ERANGE;
        }
        value = value * base + digit;
    }
    *text = at;
    *out = value;
    return 0;
}

int parse_u64(const char *text, uint64_t *out)
{
    uint64_t value;
    int error = read_number(&text, &value);

    if (error != 0) {
        return error;
    }
    if (*text != '\0') {
        return -EINVAL;
    }
    *out = value;
    return 0;
}

int parse_list(const char *text, uint64_t out[], int limit)
{
    for (int count = 0; count < limit; text++) {
        int error = read_number(&text, &out[count]);

        if (error != 0) {
            return error;
        }
        count++;
        if (*text == '\0') {
            return count;
        }
        if (*text != ',') {
            return -EINVAL;
        }
    }
    return -E2BIG;
}
