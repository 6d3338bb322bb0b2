// SPDX-License-Identifier: MIT
// kernel/base/options.h - words, `key=value` options and numbers in a line of text.
//
// A line is words between blanks (space, tab, newline). Double quotes keep blanks inside a word
// and are dropped: a="b c" is the word `a=b c`.
// Context:    any; allocates nothing.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/types.h"

// Cut `line`, in place, into words; words[0..n-1] point into it.
// Returns: the number of words; -E2BIG if there are more than `limit`; -EINVAL if a quote is open.
NODISCARD int options_split(char *line, char *words[], int limit);

// Copy the value of the last option `key=value` in `line` to the `size` bytes at `value`: the last
// one wins, so that a word appended to a command line overrides an earlier one.
// Returns: 0; -ENOENT if the key is not there, -E2BIG if its value does not fit: then `value` is
// unchanged.
NODISCARD int option_get(const char *line, const char *key, char *value, size_t size);

// Returns: the value in `word` if it reads `key=value`, else NULL.
const char *option_value(const char *word, const char *key);

// Read `text`, all of it, as an unsigned number: decimal, or hexadecimal after 0x.
// Returns: 0; -EINVAL if it is not a number; -ERANGE if above 2^64 - 1. *out is set only with 0.
NODISCARD int parse_u64(const char *text, uint64_t *out);

// Read `text` as numbers between commas, such as 1,2,4, into out[0..n-1].
// Returns: how many; -EINVAL if one is missing or not a number; -ERANGE; -E2BIG if above `limit`.
NODISCARD int parse_list(const char *text, uint64_t out[], int limit);
