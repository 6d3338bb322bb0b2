// SPDX-License-Identifier: MIT
// kernel/base/string.c - memory and string functions; whole words where both sides are aligned.
//
// Unaligned words are never accessed: they may trap to the firmware. Loops are kept from turning
// into calls of the very function they implement (no_builtin).
#include "kernel/base/string.h"

#include "kernel/base/compiler.h"

#define FREESTANDING __attribute__((no_builtin))

typedef uint64_t __attribute__((may_alias)) word_t;
typedef uint32_t __attribute__((may_alias)) half_t;

enum { WORD = sizeof(word_t), HALF = sizeof(half_t) };

static bool both_aligned(const void *a, const void *b)
{
    return (((uintptr_t)a | (uintptr_t)b) & (WORD - 1)) == 0;
}

static bool alike_aligned(const void *a, const void *b)
{
    return (((uintptr_t)a ^ (uintptr_t)b) & (WORD - 1)) == 0;
}

// Copy words upwards, four at a time while there are four: each group is read before it is
// written, so that it may overlap a source above it.
FREESTANDING static void copy_words_up(word_t *to, const word_t *from, size_t words)
{
    for (; words >= 4; words -= 4, to += 4, from += 4) {
        word_t a = from[0], b = from[1], c = from[2], d = from[3];

        to[0] = a;
        to[1] = b;
        to[2] = c;
        to[3] = d;
    }
    while (words-- > 0) {
        *to++ = *from++;
    }
}

// The same of halves of words.
FREESTANDING static void copy_halves_up(half_t *to, const half_t *from, size_t halves)
{
    for (; halves >= 8; halves -= 8, to += 8, from += 8) {
        half_t a = from[0], b = from[1], c = from[2], d = from[3];

        to[0] = a;
        to[1] = b;
        to[2] = c;
        to[3] = d;
        a = from[4], b = from[5], c = from[6], d = from[7];
        to[4] = a;
        to[5] = b;
        to[6] = c;
        to[7] = d;
    }
    while (halves-- > 0) {
        *to++ = *from++;
    }
}

// Returns: `start`, so that memcpy() can end with a jump here.
FREESTANDING static void *copy_up(void *start, const unsigned char *from, size_t bytes)
{
    unsigned char *to = start;

    if (alike_aligned(to, from)) {
        for (; bytes > 0 && !both_aligned(to, from); bytes--) {
            *to++ = *from++;
        }
        size_t whole = bytes & ~(size_t)(WORD - 1);

        copy_words_up((void *)to, (const void *)from, whole / WORD);
        to += whole;
        from += whole;
        bytes -= whole;
        if (bytes >= HALF) {
            *(half_t *)(void *)to = *(const half_t *)(const void *)from;
            to += HALF;
            from += HALF;
            bytes -= HALF;
        }
    } else if ((((uintptr_t)to | (uintptr_t)from) & (HALF - 1)) == 0) {
        size_t whole = bytes & ~(size_t)(HALF - 1);

        copy_halves_up((void *)to, (const void *)from, whole / HALF);
        to += whole;
        from += whole;
        bytes -= whole;
    }
    while (bytes-- > 0) {
        *to++ = *from++;
    }
    return start;
}

FREESTANDING static void copy_down(unsigned char *to, const unsigned char *from, size_t bytes)
{
    if (alike_aligned(to, from)) {
        for (; bytes > 0 && !both_aligned(to + bytes, from + bytes); bytes--) {
            to[bytes - 1] = from[bytes - 1];
        }
        for (; bytes >= WORD; bytes -= WORD) {
            *(word_t *)(void *)(to + bytes - WORD) =
                *(const word_t *)(const void *)(from + bytes - WORD);
        }
    }
    for (; bytes > 0; bytes--) {
        to[bytes - 1] = from[bytes - 1];
    }
}

void *memcpy(void *restrict to, const void *restrict from, size_t bytes)
{
    return copy_up(to, from, bytes);
}

void *memmove(void *to, const void *from, size_t bytes)
{
    // The difference wraps when `to` is below `from`, so one comparison tells the only bad case.
    if ((uintptr_t)to - (uintptr_t)from >= bytes) {
        return copy_up(to, from, bytes);
    }
    copy_down(to, from, bytes);
    return to;
}

// Eight at a time while there are eight.
FREESTANDING static void set_words(word_t *to, word_t word, size_t words)
{
    for (; words >= 8; words -= 8, to += 8) {
        to[0] = word;
        to[1] = word;
        to[2] = word;
        to[3] = word;
        to[4] = word;
        to[5] = word;
        to[6] = word;
        to[7] = word;
    }
    while (words-- > 0) {
        *to++ = word;
    }
}

FREESTANDING void *memset(void *to, int byte, size_t bytes)
{
    unsigned char *at = to;
    word_t word = (unsigned char)byte * (word_t)0x0101010101010101;

    for (; bytes > 0 && !both_aligned(at, at); bytes--) {
        *at++ = (unsigned char)byte;
    }
    size_t whole = bytes / WORD;

    set_words((void *)at, word, whole);
    at += whole * WORD;
    for (bytes -= whole * WORD; bytes > 0; bytes--) {
        *at++ = (unsigned char)byte;
    }
    return to;
}

FREESTANDING int memcmp(const void *a, const void *b, size_t bytes)
{
    const unsigned char *x = a;
    const unsigned char *y = b;

    if (both_aligned(x, y)) {
        while (bytes >= WORD &&
               *(const word_t *)(const void *)x == *(const word_t *)(const void *)y) {
            x += WORD;
            y += WORD;
            bytes -= WORD;
        }
    }
    for (; bytes > 0; bytes--, x++, y++) {
        if (*x != *y) {
            return *x - *y;
        }
    }
    return 0;
}

FREESTANDING size_t strlen(const char *text)
{
    const char *end = text;

    while (*end != '\0') {
        end++;
    }
    return (size_t)(end - text);
}

FREESTANDING size_t strnlen(const char *text, size_t limit)
{
    size_t length = 0;

    while (length < limit && text[length] != '\0') {
        length++;
    }
    return length;
}

FREESTANDING int strncmp(const char *a, const char *b, size_t limit)
{
    for (; limit > 0; limit--, a++, b++) {
        if (*a != *b) {
            return (unsigned char)*a - (unsigned char)*b;
        }
        if (*a == '\0') {
            break;
        }
    }
    return 0;
}

int strcmp(const char *a, const char *b)
{
    return strncmp(a, b, SIZE_MAX);
}

FREESTANDING char *strchr(const char *text, int c)
{
    for (; *text != (char)c; text++) {
        if (*text == '\0') {
            return NULL;
        }
    }
    return (char *)text;
}
