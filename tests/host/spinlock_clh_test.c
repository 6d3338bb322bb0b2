// SPDX-License-Identifier: MIT
// tests/host/spinlock_clh_test.c - spinlock_debug_test.c again, with one whose nodes are watched.
//
// One program has one CONFIG_LOCK, so this one compiles its own copy of the spinlock.
#undef CONFIG_LOCK
#undef CONFIG_LOCK_HEADER
#define CONFIG_LOCK        clh
#define CONFIG_LOCK_HEADER "sync/spin/clh.h"

#include "sync/spinlock.c"
#include "sync/spinlock_debug.c"
#include "tests/host/spinlock_debug_test.c"
