// SPDX-License-Identifier: MIT
// kernel/abi/wait.h - options of wait4() and waitid(). Source: wait(2).
#pragma once

#define WNOHANG    1
#define WSTOPPED   2 // WUNTRACED of wait4()
#define WEXITED    4
#define WCONTINUED 8
#define WNOWAIT    0x1000000
#define WNOTHREAD  0x20000000
#define WALL       0x40000000
#define WCLONE     0x80000000

#define WAIT4_OPTIONS (WNOHANG | WSTOPPED | WCONTINUED | WNOTHREAD | WALL | WCLONE)
#define WAITID_OPTIONS                                                                             \
    (WNOHANG | WSTOPPED | WEXITED | WCONTINUED | WNOWAIT | WNOTHREAD | WALL | WCLONE)

#define P_ALL  0
#define P_PID  1
#define P_PGID 2
