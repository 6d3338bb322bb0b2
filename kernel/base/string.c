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

static word_t *word_at(void *at)
{
    return at;
}

static half_t *half_at(void *at)
{
    return at;
}

// Copy four words: all are read before one is written, so that they may overlap a source above.
static void copy_four_words(word_t *to, const word_t *from)
{
    word_t a = from[0], b = from[1], c = from[2], d = from[3];

    to[0] = a;
    to[1] = b;
    to[2] = c;
    to[3] = d;
}

static void copy_four_halves(half_t *to, const half_t *from)
{
    half_t a = from[0], b = from[1], c = from[2], d = from[3];

    to[0] = a;
    to[1] = b;
    to[2] = c;
    to[3] = d;
}

// Upwards: words where both sides can have them, the rest in halves of words where both can have
// those, the rest in bytes. Returns: `start`, so that memcpy() can end with a jump here.
FREESTANDING static void *copy_up(void *start, void *from, size_t bytes)
{
    unsigned char *to = start;
    unsigned char *source = from;

    if (alike_aligned(to, source)) {
        for (; unlikely(((uintptr_t)to & (HALF - 1)) != 0) && bytes > 0; bytes--) {
            *to++ = *source++;
        }
        if (((uintptr_t)to & HALF) != 0 && bytes >= HALF) {
            *half_at(to) = *half_at(source);
            bytes -= HALF, to += HALF, source += HALF;
        }
        for (; bytes >= 4 * WORD; bytes -= 4 * WORD, to += 4 * WORD, source += 4 * WORD) {
            copy_four_words(word_at(to), word_at(source));
        }
        for (; bytes >= WORD; bytes -= WORD, to += WORD, source += WORD) {
            *word_at(to) = *word_at(source);
        }
    }
    if ((((uintptr_t)to | (uintptr_t)source) & (HALF - 1)) == 0) {
        for (; bytes >= 8 * HALF; bytes -= 8 * HALF, to += 8 * HALF, source += 8 * HALF) {
            copy_four_halves(half_at(to), half_at(source));
            copy_four_halves(half_at(to) + 4, half_at(source) + 4);
        }
        for (; bytes >= HALF; bytes -= HALF, to += HALF, source += HALF) {
            *half_at(to) = *half_at(source);
        }
    }
    while (bytes-- > 0) {
        *to++ = *source++;
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
    return copy_up(to, (void *)from, bytes);
}

void *memmove(void *to, const void *from, size_t bytes)
{
    // The difference wraps when `to` is below `from`, so one comparison tells the only bad case.
    if ((uintptr_t)to - (uintptr_t)from >= bytes) {
        return copy_up(to, (void *)from, bytes);
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
