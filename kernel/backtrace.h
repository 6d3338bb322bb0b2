// SPDX-License-Identifier: MIT
// kernel/backtrace.h - who called whom, by name, from frame pointers and the image's symbol table.
#pragma once

#include "kernel/base/types.h"

struct trap_frame;

// Print the callers found from frame pointer `fp` on, innermost first, each with its symbol.
// Frames are read only while they lie in mapped kernel memory and go up the stack.
void backtrace_print(uint64_t fp);

// The same for what `frame` interrupted, its own address first.
void backtrace_print_trap(const struct trap_frame *frame);

// The same from the function that `pc`, the address after a call, is in; `fp` is its frame pointer.
void backtrace_print_call(uint64_t pc, uint64_t fp);

// The text symbol at or before `address`, and the distance from it. Returns: NULL outside text.
const char *symbol_find(uint64_t address, uint64_t *offset);
