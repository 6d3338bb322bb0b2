// SPDX-License-Identifier: MIT
// kernel/fs/sink.c - text that is printed into memory.
#include "kernel/fs/sink.h"

#include <stdarg.h>

#include "kernel/base/bits.h"
#include "kernel/base/format.h"

void sink_print(struct sink *sink, const char *text, ...)
{
    size_t used = sink->length < sink->size ? sink->length : sink->size;
    va_list arguments;

    va_start(arguments, text);
    sink->length += vformat(sink->text + used, sink->size - used, text, arguments);
    va_end(arguments);
}

void sink_print_bits(struct sink *sink, uint64_t bits)
{
    const char *comma = "";

    while (bits != 0) {
        unsigned first = bit_lowest(bits);
        uint64_t above = ~(bits >> first);
        unsigned n = above != 0 ? bit_lowest(above) : 64 - first;

        if (n > 1) {
            sink_print(sink, "%s%u-%u", comma, first, first + n - 1);
        } else {
            sink_print(sink, "%s%u", comma, first);
        }
        comma = ",";
        bits = first + n < 64 ? bits & ~UINT64_C(0) << (first + n) : 0;
    }
}
