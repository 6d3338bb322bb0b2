// SPDX-License-Identifier: MIT
// tests/host/options_fuzz.c - kernel/base/options.c on what libFuzzer makes up.
//
// The input is a line. Numbers are compared with the host's strtoull().
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "kernel/base/options.h"
#include "kernel/base/string.h"

enum { WORDS = 8, VALUE_BYTES = 8 };

// libFuzzer calls it with each input.
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

// Each word lies in the line, ends in it, and comes after the one before.
static void check_split(char *line, size_t size)
{
    char *words[WORDS];
    int count = options_split(line, words, WORDS);
    const char *from = line;

    assert(count <= WORDS);
    for (int i = 0; i < count; i++) {
        assert(words[i] >= from && words[i] < line + size);
        from = words[i] + strlen(words[i]) + 1;
        assert(from <= line + size);
    }
}

static void check_number(const char *text)
{
    uint64_t number = 1;
    int err = parse_u64(text, &number);
    bool decimal = isdigit((unsigned char)text[0]) && tolower((unsigned char)text[1]) != 'x';

    assert(err == 0 || number == 1);
    if (decimal) {
        char *end;

        errno = 0;
        uint64_t wanted = strtoull(text, &end, 10);
        assert((err == 0) == (*end == '\0' && errno == 0));
        assert(err != 0 || number == wanted);
    }
}

static void check_option(const char *line)
{
    char value[VALUE_BYTES + 1] = "before..";
    int err = option_get(line, "k", value, VALUE_BYTES);

    assert(value[VALUE_BYTES] == '\0');
    assert(err != 0 || strlen(value) < VALUE_BYTES);
    assert(err == 0 || strcmp(value, "before..") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    uint64_t list[4];
    char *line = malloc(size + 1);

    memcpy(line, bytes, size);
    line[size] = '\0';
    check_number(line);
    check_option(line);
    assert(parse_list(line, list, 4) <= 4);
    check_split(line, size + 1);
    free(line);
    return 0;
}
