// SPDX-License-Identifier: MIT
// kernel/trap.h - what happens on a trap; the way in and out is kernel/riscv/trap.S.
#pragma once

#include "kernel/riscv/context.h"

// Called by trap_entry with interrupts off, `frame` on the stack it runs on.
void trap_handle(struct trap_frame *frame);

// What `scause` stands for, in words.
const char *trap_cause_name(uint64_t scause);
