// SPDX-License-Identifier: MIT
// user/sh/kernel.h - the kernel's own commands.
#pragma once

#include <stdbool.h>

// Does this kernel take commands?
bool kernel_is_there(void);

// Have the kernel run a command of its own, which prints on the console. Returns: its status; 127,
// with a message, if there is none of that name.
int kernel_run(int argc, char **argv);

// kernel COMMAND...: the same, whatever else the name may stand for.
int kernel_builtin(int argc, char **argv);
