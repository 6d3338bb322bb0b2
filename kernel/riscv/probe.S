// SPDX-License-Identifier: MIT
// kernel/riscv/probe.S - finding out whether this hart has what its device tree announces.
#include "kernel/riscv/asm.inc"
#include "kernel/riscv/csr.h"

    .section .text.probe, "ax", @progbits

// bool stimecmp_works(void)
// In:       interrupts off; the kernel's trap vector is set
// Out:      a0 = whether reading stimecmp did not trap.  Clobbers: t0, t1, scause, sepc, stval
// A trap goes to the label that the access would reach anyway, and comes back in S-mode with
// interrupts off, as it left: so nothing of it has to be undone.
FUNC stimecmp_works
    la      t0, probed
    csrrw   t0, stvec, t0
    li      a0, 0
    csrr    t1, CSR_STIMECMP
    li      a0, 1
    .balign 4                       // as stvec asks
probed:
    csrw    stvec, t0
    ret
END stimecmp_works
