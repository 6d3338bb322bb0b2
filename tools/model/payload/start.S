// SPDX-License-Identifier: MIT
// tools/model/payload/start.S - the first instructions of every hart, in machine mode.
#include "tools/model/payload/parameters.h"

    .section .text.start, "ax", @progbits
    .globl  _start
_start:
    csrr    a0, mhartid
    li      t0, PAYLOAD_MAX_HARTS
    bgeu    a0, t0, park
    la      sp, payload_stacks
    addi    t0, a0, 1
    slli    t0, t0, PAYLOAD_STACK_SHIFT
    add     sp, sp, t0
    call    payload_main            // (hart), which returns on harts that take no part
park:
    wfi
    j       park

    .bss
    .balign 64
payload_stacks:
    .space  PAYLOAD_MAX_HARTS << PAYLOAD_STACK_SHIFT
