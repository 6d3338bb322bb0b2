// SPDX-License-Identifier: MIT
// kernel/boot_metric.h - what booting cost, from the kernel's first instruction to the prompt.
#pragma once

#include "kernel/base/types.h"

// The counters at the first instruction, and the prompt is ready. Context: boot; the first thread.
void boot_metric_begin(uint64_t instret, uint64_t ticks);
void boot_metric_end(void);

// Instructions of the hart that booted, firmware included; and nanoseconds.
uint64_t boot_instructions(void);
uint64_t boot_ns(void);
