// SPDX-License-Identifier: MIT
// tools/model/payload/parameters.h - what the launcher tells the payload, and where.
//
// The launcher has QEMU's loader put the eight-byte words at PAYLOAD_PARAMETERS, in the order of
// the structure; those that it does not give are zero, like all memory.
#pragma once

#define PAYLOAD_MAX_HARTS   64
#define PAYLOAD_STACK_SHIFT 12
#define PAYLOAD_PARAMETERS  0x80200000

#ifndef __ASSEMBLER__

#include <stdint.h>

struct parameters {
    uint64_t lock;   // its place in sync/spin/all.def, from 0
    uint64_t harts;  // that take part
    uint64_t cs;     // iterations of two instructions with the lock held
    uint64_t think;  // and between two acquisitions
    uint64_t total;  // acquisitions after which it ends; 0: none
    uint64_t window; // ticks after which it ends; 0: none
    uint64_t tick;   // ticks between two timer interrupts of each hart; 0: none
    uint64_t checks; // 1: see what the machine does besides, see checks.h
};

static inline const struct parameters *parameters(void)
{
    return (const struct parameters *)PAYLOAD_PARAMETERS;
}

#endif
