// SPDX-License-Identifier: MIT
// kernel/console.h - text in and out, through the firmware until a driver takes over.
#pragma once

#include "kernel/base/compiler.h"
#include "kernel/base/types.h"

// A way to move bytes. All are called with a lock of the console's held and do not wait long.
struct console_driver {
    const char *name;
    void (*put)(char c);
    int (*get)(void); // the next byte; -1: none
    // Whether a byte that arrives is to raise the interrupt. NULL: it has none.
    void (*listen)(bool on);
};

// The firmware's console, which is in use first, in whichever of its ways the firmware has.
// Context: boot, before anything is printed.
extern const struct console_driver firmware_console;
void firmware_console_init(void);

// Use `driver` from now on. `interrupts`: it calls console_input() when bytes arrive; otherwise
// the console looks for itself, now and then. Context: boot.
void console_use(const struct console_driver *driver, bool interrupts);

// Print, formatted as format() does. One call's text is never mixed with another's.
// Context: any, locks up to RANK_CONSOLE held.
void printk(const char *text, ...) PRINTF(1, 2);

// Print `bytes` bytes as they are. Context: as printk().
void console_write(const char *text, size_t bytes);

// The same without a return before each newline: for those who have put it there, or do not want
// it.
void console_write_raw(const char *text, size_t bytes);

// Bytes have arrived: take them, wake the reader. Context: interrupt.
void console_input(void);

// Wait for a byte. Returns: it; -EINTR if killed. Context: thread.
int console_getchar(void);

// For panic, when every other hart has stopped: print whoever held the console.
void console_break_lock(void);

// The name of the driver in use.
const char *console_name(void);
