// SPDX-License-Identifier: MIT
// kernel/abi/clone.h - flags of clone(). Source: clone(2).
#pragma once

#define CLONE_SIGNAL_MASK    0x000000ff // the signal that the parent gets when the child ends
#define CLONE_VM             0x00000100
#define CLONE_FS             0x00000200
#define CLONE_FILES          0x00000400
#define CLONE_SIGHAND        0x00000800
#define CLONE_PTRACE         0x00002000 // accepted: nobody traces
#define CLONE_VFORK          0x00004000
#define CLONE_PARENT         0x00008000
#define CLONE_THREAD         0x00010000
#define CLONE_SYSVSEM        0x00040000 // accepted: there are no such semaphores
#define CLONE_SETTLS         0x00080000
#define CLONE_PARENT_SETTID  0x00100000
#define CLONE_CHILD_CLEARTID 0x00200000
#define CLONE_DETACHED       0x00400000 // accepted, as Linux does
#define CLONE_UNTRACED       0x00800000 // the same
#define CLONE_CHILD_SETTID   0x01000000
#define CLONE_IO             0x80000000 // the same

#define CLONE_KNOWN                                                                                \
    (CLONE_SIGNAL_MASK | CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_PTRACE |        \
     CLONE_VFORK | CLONE_PARENT | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS |                    \
     CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | CLONE_DETACHED | CLONE_UNTRACED |                \
     CLONE_CHILD_SETTID | CLONE_IO)
