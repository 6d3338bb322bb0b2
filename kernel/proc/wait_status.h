// SPDX-License-Identifier: MIT
// kernel/proc/wait_status.h - how a process ended, in the one number of wait4().
#pragma once

#include "kernel/base/types.h"

enum { CLD_EXITED = 1, CLD_KILLED = 2 }; // siginfo.si_code of SIGCHLD

static inline int wait_status_exit(int code)
{
    return (code & 0xff) << 8;
}

static inline int wait_status_signal(int signo)
{
    return signo & 0x7f;
}

static inline int wait_status_code(int status)
{
    return (status & 0x7f) == 0 ? CLD_EXITED : CLD_KILLED;
}

// The exit code, or the signal.
static inline int wait_status_value(int status)
{
    return (status & 0x7f) == 0 ? (status >> 8) & 0xff : status & 0x7f;
}

// As a shell has it in $?.
static inline int wait_status_shell(int status)
{
    return (status & 0x7f) == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f);
}
