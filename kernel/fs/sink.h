// SPDX-License-Identifier: MIT
// kernel/fs/sink.h - text that is printed into memory.
#pragma once

#include "kernel/base/compiler.h"
#include "kernel/base/types.h"

struct sink {
    char *text;
    size_t size;
    size_t length; // of all that has been printed; above `size`: the rest is lost
};

void sink_print(struct sink *sink, const char *text, ...) PRINTF(2, 3);

// A list of numbers as Linux writes it: 0-3,5 for the set bits.
void sink_print_bits(struct sink *sink, uint64_t bits);
