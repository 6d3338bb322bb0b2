// SPDX-License-Identifier: MIT
// kernel/abi/model.h - how the kernel and the timing model talk: hints and counters.
//
// The kernel marks a region of interest with hints: `slti x0, x0, imm`, which no machine acts upon.
// The model answers the machine's own counter CSRs, so the kernel reads its figures as it would
// read a machine's. All but the last are of the hart that reads them; they run always.
// docs/timing-model.md says what each one counts.
#pragma once

// The immediate of the hint.
#define MODEL_HINT_BEGIN 0x101
#define MODEL_HINT_END   0x102

// The N of hpmcounterN.
#define MODEL_HITS          3
#define MODEL_MISSES        4
#define MODEL_TRANSFERS     5
#define MODEL_UPGRADES      6
#define MODEL_STALL_CYCLES  7
#define MODEL_QUEUED_CYCLES 8
// These three count under TIMING=count, too.
#define MODEL_TLB_FLUSHES  9
#define MODEL_SATP_CHANGES 10
#define MODEL_SUM_CHANGES  11
// One for all harts: how often it has been read, this time included. So it says what came first,
// which clocks do not: one hart's may be ahead of another's.
#define MODEL_ORDER 12
