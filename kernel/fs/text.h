// SPDX-License-Identifier: MIT
// kernel/fs/text.h - memory for names and the texts of links, of any length up to a page.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/types.h"

// Returns: a copy of the `length` bytes at `text`, with a 0 behind them, length < PAGE_SIZE; NULL
// if memory is short.
NODISCARD char *text_copy(const char *text, size_t length);

// Free what text_copy() returned; it must not have changed in length since.
void text_free(char *text);
