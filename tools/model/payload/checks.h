// SPDX-License-Identifier: MIT
// tools/model/payload/checks.h - what the launcher has to know about counters, timers and
// interrupts before it trusts them.
//
//   loop_cycles, loop_instructions   of 2000 instructions that touch no memory
//   hits                             of CHECK_LOADS loads of one line
//   flushes, satp_changes, sum_changes   of as many as CHECK_* says; `flushes` counts all three
//   slept                            ticks in wfi until a timer CHECK_SLEEP_TICKS ahead
//   answers                          of the other harts, each woken from wfi by an interrupt
#pragma once

#include <stdint.h>

#define CHECK_LOADS        100
#define CHECK_FENCES       5
#define CHECK_SATP_CHANGES 2
#define CHECK_SUM_CHANGES  4
#define CHECK_SLEEP_TICKS  1000

// Make the checks and print what they find. Context: hart 0, the others are in checks_answer().
void checks_run(void);

// Sleep until hart 0 calls, and answer. Context: the other harts.
void checks_answer(uint64_t me);
