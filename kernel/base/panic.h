// SPDX-License-Identifier: MIT
// kernel/base/panic.h - panic and assertions.
//
// panic() is declared here and defined above: by the kernel, which stops every hart, and by the
// host tests, which can expect one. User mistakes never panic; broken invariants always do.
#pragma once

#include "kernel/base/compiler.h"

// Report a broken invariant, formatted as format() does, and stop the machine.
// Returns: never.
// Context: any, with any locks held.
NORETURN COLD void panic(const char *format, ...) PRINTF(1, 2);

#define PANIC_TEXT_(x) #x
#define PANIC_TEXT(x)  PANIC_TEXT_(x)

// Panic unless `condition` holds, in every build. One ready-made string, passed as an argument
// because the condition's text may contain a percent sign, keeps each use to a few instructions.
#define assert(condition)                                                                          \
    (likely(condition) ? (void)0                                                                   \
                       : panic("%s", "assertion failed: " #condition " (" __FILE__                 \
                                     ":" PANIC_TEXT(__LINE__) ")"))

// The same in debug builds only; elsewhere it is compiled, so that it cannot rot, and never runs.
#define debug_assert(condition) (CONFIG_DEBUG ? assert(condition) : (void)0)
