// SPDX-License-Identifier: MIT
// kernel/riscv/syscall.S - the table of system calls, from the list of kernel/abi/syscalls.def.
#include "kernel/riscv/asm.inc"
#include "kernel/abi/syscall.h"
#include "kernel/riscv/csr.h"

// A call that sees, and may change, all registers of the program: its stub completes the frame,
// calls it, and goes back the long way, on which everything is loaded from there.
.macro full_stub name
    .section .text.syscall, "ax", @progbits
FUNC full_\name
    each_s_reg sd
    sd      a0, TF_STVAL(sp)
    li      t0, EXC_USER_ECALL
    sd      t0, TF_SCAUSE(sp)
    call    sys_\name
    sd      a0, TF_A0(sp)
    j       syscall_full_return
END full_\name
.endm

// A call that sets all registers: it goes back the long way, too.
.macro anew_stub name
    .section .text.syscall, "ax", @progbits
FUNC anew_\name
    call    sys_\name
    j       syscall_full_return
END anew_\name
.endm

#define SYSCALL(number, name)
#define SYSCALL_FULL(number, name) full_stub name
#define SYSCALL_ANEW(number, name) anew_stub name
#include "kernel/abi/syscalls.def"
#undef SYSCALL
#undef SYSCALL_FULL
#undef SYSCALL_ANEW

// Entry n is the call number n; those that nobody has lead to syscall_none. The list is in
// ascending order, as .org needs it.
    .section .rodata.syscalls, "a", @progbits
    .balign 8
    .globl  syscalls
syscalls:
.macro table_entry number, target
    .rept   \number - (. - syscalls) / 8
    .dword  syscall_none
    .endr
    .dword  \target
.endm
#define SYSCALL(number, name)      table_entry number, sys_##name
#define SYSCALL_FULL(number, name) table_entry number, full_##name
#define SYSCALL_ANEW(number, name) table_entry number, anew_##name
#include "kernel/abi/syscalls.def"
    .rept   SYSTEM_CALLS - (. - syscalls) / 8
    .dword  syscall_none
    .endr

    .section .text.syscall, "ax", @progbits
FUNC syscall_none
    mv      a0, a7
    tail    syscall_unknown
END syscall_none

    .section .rodata.syscalls, "a", @progbits
    .balign 8
    .globl  syscalls_counted
syscalls_counted:
    .rept   SYSTEM_CALLS
    .dword  syscall_count
    .endr

#define SAVED_RA 64 // behind the eight arguments

// Count the call a7, and go on as the other table has it, with all that the caller had.
    .section .text.syscall, "ax", @progbits
FUNC syscall_count
    addi    sp, sp, -80
    sd      ra, SAVED_RA(sp)
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7
    sd      a\n, 8 * \n(sp)
    .endr
    mv      a0, a7
    call    call_counts_note
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7
    ld      a\n, 8 * \n(sp)
    .endr
    ld      ra, SAVED_RA(sp)
    addi    sp, sp, 80
    la      t0, syscalls
    slli    t1, a7, 3
    add     t0, t0, t1
    ld      t0, (t0)
    jr      t0
END syscall_count
