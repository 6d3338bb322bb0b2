// SPDX-License-Identifier: MIT
// user/test/signals.h - what the tests of signals share.
#pragma once

#include <signal.h>
#include <stdatomic.h>

// What signal_count() has seen: how many, and which one last.
extern _Atomic unsigned signals_seen;
extern atomic_int signals_number;

// A handler that counts.
void signal_count(int number);

// Set a handler, with the flags of sigaction(2).
void signal_handle(int number, void (*handler)(int), int flags);
void signal_handle_info(int number, void (*handler)(int, siginfo_t *, void *), int flags);

// A set of this signal only.
sigset_t signal_set(int number);

// The calling thread's mask.
void signal_block(int number);
void signal_unblock(int number);
