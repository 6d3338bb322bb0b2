// SPDX-License-Identifier: MIT
// tools/model/payload/record.h - prints one JSON object of numbers on the console.
#pragma once

#include <stdint.h>

// Print `"name": value`, and what separates it from the one before.
void record_number(const char *name, uint64_t value);

// Print `"name": [` the `count` values that lie `stride` words apart `]`.
void record_list(const char *name, const uint64_t *values, uint64_t count, uint64_t stride);

// Print the end of the object and of the line.
void record_end(void);
