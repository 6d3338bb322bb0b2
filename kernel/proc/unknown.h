// SPDX-License-Identifier: MIT
// kernel/proc/unknown.h - SYSCALLS=report: which calls programs asked for that are not there.
#pragma once

#include "kernel/base/types.h"

void unknown_calls_note(uint64_t number); // Context: any
void unknown_calls_report(void);          // print them, if the boot option syscalls=report is given
