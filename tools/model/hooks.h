// SPDX-License-Identifier: MIT
// tools/model/hooks.h - what QEMU calls instead of its own functions: interrupts, kicks, the clock.
#pragma once

#include <stdbool.h>

// Context: the thread that loads the plugin, which never runs harts.
void hooks_init(void);

// Hook QEMU. Returns whether that was possible; says on stderr if not. Context: the accelerator has
// filled in its table, and no hart has run.
bool hooks_install(void);
