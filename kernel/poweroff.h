// SPDX-License-Identifier: MIT
// kernel/poweroff.h - ending the machine with a status that whoever started it can see.
#pragma once

#include "kernel/base/compiler.h"

struct fdt;

// Look for the test device. Context: boot. Without it the firmware is asked.
void poweroff_init(const struct fdt *fdt);

// Power off; 0 is success. Without the test device the line `%%hartbeat off STATUS%%` is printed,
// and then the firmware is asked; where nothing can end the machine this hart waits for ever.
// Context: any, locks up to RANK_CONSOLE held.
NORETURN void poweroff(int status);
