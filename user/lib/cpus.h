// SPDX-License-Identifier: MIT
// user/lib/cpus.h - sets of cpus as text: 0-3,6 and masks.
#pragma once

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>

// Read a list such as 0-3,6. Returns: whether it is one, and not empty.
bool cpus_from_list(const char *text, cpu_set_t *set);

// Read a hexadecimal mask, with or without 0x. Returns: whether it is one, and not empty.
bool cpus_from_mask(const char *text, cpu_set_t *set);

// Write a set as a list.
void cpus_to_list(const cpu_set_t *set, char *buffer, size_t size);

// Write a set as a hexadecimal mask, without 0x and without leading zeros.
void cpus_to_mask(const cpu_set_t *set, char *buffer, size_t size);
