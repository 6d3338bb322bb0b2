// SPDX-License-Identifier: MIT
// kernel/riscv/usercopy.S - copying where either side may be a program's memory and may fault.
//
// Each routine has ranges of instructions that may fault, and where to go on then. A group of words
// moves the pointers only at its end, so that the bytes from its beginning on can be tried one by
// one: the count that is left is exact.
#include "kernel/riscv/asm.inc"

    .section .text.usercopy, "ax", @progbits

// Eight words from a1 + offset to a0 + offset.
.macro copy_eight offset
    ld      a3, \offset + 0(a1)
    ld      a4, \offset + 8(a1)
    ld      a5, \offset + 16(a1)
    ld      a6, \offset + 24(a1)
    ld      a7, \offset + 32(a1)
    ld      t1, \offset + 40(a1)
    ld      t2, \offset + 48(a1)
    ld      t3, \offset + 56(a1)
    sd      a3, \offset + 0(a0)
    sd      a4, \offset + 8(a0)
    sd      a5, \offset + 16(a0)
    sd      a6, \offset + 24(a0)
    sd      a7, \offset + 32(a0)
    sd      t1, \offset + 40(a0)
    sd      t2, \offset + 48(a0)
    sd      t3, \offset + 56(a0)
.endm

// size_t user_copy(void *to, const void *from, size_t bytes)
// In:       a0 = to, a1 = from, a2 = bytes; sstatus.SUM set
// Out:      a0 = bytes that are left.  Clobbers: psABI caller-saved registers only
FUNC user_copy
    xor     t0, a0, a1
    andi    t0, t0, 7
    bnez    t0, copy_bytes          // words would be unaligned on one side
copy_head:
    andi    t0, a0, 7
    beqz    t0, copy_words
    beqz    a2, copy_end
    lb      t1, (a1)
    sb      t1, (a0)
    addi    a0, a0, 1
    addi    a1, a1, 1
    addi    a2, a2, -1
    j       copy_head
copy_words:
    li      t0, 256
    bltu    a2, t0, 2f
1:  copy_eight 0
    copy_eight 64
    copy_eight 128
    copy_eight 192
    addi    a0, a0, 256
    addi    a1, a1, 256
    addi    a2, a2, -256
    bgeu    a2, t0, 1b
2:  li      t0, 8
    bltu    a2, t0, copy_bytes
3:  ld      t1, (a1)
    sd      t1, (a0)
    addi    a0, a0, 8
    addi    a1, a1, 8
    addi    a2, a2, -8
    bgeu    a2, t0, 3b
copy_bytes:
    beqz    a2, copy_end
    lb      t1, (a1)
    sb      t1, (a0)
    addi    a0, a0, 1
    addi    a1, a1, 1
    addi    a2, a2, -1
    j       copy_bytes
copy_end:
    mv      a0, a2
    ret
END user_copy

// size_t user_clear(void *to, size_t bytes)
// In:       a0 = to, a1 = bytes; sstatus.SUM set
// Out:      a0 = bytes that are left.  Clobbers: psABI caller-saved registers only
FUNC user_clear
clear_head:
    andi    t0, a0, 7
    beqz    t0, clear_words
    beqz    a1, clear_end
    sb      zero, (a0)
    addi    a0, a0, 1
    addi    a1, a1, -1
    j       clear_head
clear_words:
    li      t0, 64
    bltu    a1, t0, 2f
1:
    .irp offset, 0, 8, 16, 24, 32, 40, 48, 56
    sd      zero, \offset(a0)
    .endr
    addi    a0, a0, 64
    addi    a1, a1, -64
    bgeu    a1, t0, 1b
2:  li      t0, 8
    bltu    a1, t0, clear_bytes
3:  sd      zero, (a0)
    addi    a0, a0, 8
    addi    a1, a1, -8
    bgeu    a1, t0, 3b
clear_bytes:
    beqz    a1, clear_end
    sb      zero, (a0)
    addi    a0, a0, 1
    addi    a1, a1, -1
    j       clear_bytes
clear_end:
    mv      a0, a1
    ret
END user_clear

    .section .rodata.usercopy, "a", @progbits
    .balign 8
    .globl  user_copy_ranges, user_copy_ranges_end
// struct user_copy_range user_copy_ranges[]
user_copy_ranges:
    .quad copy_head, copy_words, copy_end
    .quad copy_words, copy_bytes, copy_bytes
    .quad copy_bytes, copy_end, copy_end
    .quad clear_head, clear_words, clear_end
    .quad clear_words, clear_bytes, clear_bytes
    .quad clear_bytes, clear_end, clear_end
user_copy_ranges_end:
