// SPDX-License-Identifier: MIT
// kernel/base/string.h - the part of C's <string.h> that the kernel uses, and a bounded copy.
//
// The compiler may itself call memcpy, memmove, memset and memcmp. On the host libc's are used.
// Source: ISO C17, "String handling <string.h>".
#pragma once

#include "kernel/base/types.h"

void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int byte, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);

size_t strlen(const char *text);
size_t strnlen(const char *text, size_t limit);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t limit);
char *strchr(const char *text, int c);

// Copy `from` into the `size` bytes at `to`, cut short if need be, always terminated if size > 0.
// Returns: the length of `from`; a value >= size says that the copy was cut.
static inline size_t str_copy(char *to, const char *from, size_t size)
{
    size_t length = 0;

    for (; from[length] != '\0' && length + 1 < size; length++) {
        to[length] = from[length];
    }
    if (size > 0) {
        to[length] = '\0';
    }
    return length + strlen(from + length);
}
