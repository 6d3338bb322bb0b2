// SPDX-License-Identifier: MIT
// user/test/futexcall.h - the system call futex(2), which the C library has no function for.
#pragma once

#include <sys/syscall.h>
#include <unistd.h>

// NOLINTNEXTLINE(readability-function-size): as many parameters as the call has
static inline long futex(_Atomic unsigned *at, int operation, unsigned value, const void *fourth,
                         _Atomic unsigned *other, unsigned value3)
{
    return syscall(SYS_futex, at, operation, value, fourth, other, value3);
}
