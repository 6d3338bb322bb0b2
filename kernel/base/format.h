// SPDX-License-Identifier: MIT
// kernel/base/format.h - printf-style formatting into a buffer, without floating point.
//
// Conversions: %d %i %u %x %X %p %c %s %%, with flags `-` and `0`, a width, and for %s a precision
// (either may be `*`), and lengths l, ll, z. %p prints 0x and 16 digits. Anything else is copied as
// it stands and consumes no argument; the compiler's format check keeps it out of the source.
// Context:     any; takes no lock, allocates nothing, uses under 512 bytes of stack.
#pragma once

#include <stdarg.h>

#include "kernel/base/compiler.h"
#include "kernel/base/types.h"

// Write the formatted text into the `size` bytes at `buffer`, cut short if need be, and always
// terminated if size > 0. `buffer` may be NULL if size is 0.
// Returns: the length of the whole text without the terminator; >= size says that it was cut.
size_t format(char *buffer, size_t size, const char *text, ...) PRINTF(3, 4);
size_t vformat(char *buffer, size_t size, const char *text, va_list arguments) PRINTF(3, 0);

// Write `value` / 10^decimals as a decimal fraction: 1234 with 3 decimals is "1.234".
// Returns: as format().
size_t format_fixed(char *buffer, size_t size, uint64_t value, unsigned decimals);
