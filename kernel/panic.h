// SPDX-License-Identifier: MIT
// kernel/panic.h - the end of everything: stop all harts, say what is known, power off.
//
// panic() itself is declared in kernel/base/panic.h.
#pragma once

#include "kernel/base/compiler.h"

struct trap_frame;

// panic() about the trap `frame` on this hart; adds its cause and registers.
NORETURN COLD void panic_trap(const struct trap_frame *frame, const char *what);

// IPI_STOP: record `frame`, which it interrupted, and wait for ever.
NORETURN void panic_stop(const struct trap_frame *frame);
