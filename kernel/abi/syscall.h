// SPDX-License-Identifier: MIT
// kernel/abi/syscall.h - how many system calls there may be. Shared with assembly.
#pragma once

#define SYSTEM_CALLS 512 // numbers from here on are unknown
