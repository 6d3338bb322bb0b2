// SPDX-License-Identifier: MIT
// tools/model/burst.h - when harts run: in bursts, between which QEMU does what it wants of them.
//
// QEMU's loop in the harts' thread runs one hart after the other, each until something happens. A
// burst takes its place: when that loop starts a hart's first block, the block is left, and QEMU
// asked to call us between two harts, which runs the burst. A burst ends when anybody in QEMU wants
// something of the harts, when all sleep, or after some milliseconds; then the next is asked for.
#pragma once

#include <stdint.h>

// Between bursts a block may not run: leave it, and have a burst begin. No return. `from` is the
// return address into the block. Context: the harts' thread, in a block.
_Noreturn void burst_begin(uintptr_t from);

// If a burst could not be, because harts were stopped, ask for it again. Context: any thread.
void burst_retry(void);
