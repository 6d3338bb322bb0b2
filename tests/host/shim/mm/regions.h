// SPDX-License-Identifier: MIT
// tests/host/shim/mm/regions.h - host twin: kernel stacks where the host has room for real ones.
#pragma once

#include_next "mm/regions.h"

// Below the addresses that AddressSanitizer keeps to itself, and small enough to run out of.
#undef KSTACK_BASE
#undef KSTACK_BYTES
#define KSTACK_BASE  0x20000000UL
#define KSTACK_BYTES MIB(64)
