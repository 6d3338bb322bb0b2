// SPDX-License-Identifier: MIT
// kernel/riscv/fp.S - loading the floating-point registers; trap.S saves them.
#include "kernel/riscv/asm.inc"
#include "kernel/riscv/csr.h"

    .section .text.fp, "ax", @progbits

// void fp_load(const struct fp_state *state)
// In:       a0 = state
// Out:      the registers are the state's, and sstatus.FS is Clean.  Clobbers: t0
FUNC fp_load
    each_fp_reg FLD, 0, a0
    ld      t0, FP_FCSR(a0)
    csrw    CSR_FCSR, t0
    lui     t0, SSTATUS_FS_LOW >> 12
    csrc    sstatus, t0
    ret
END fp_load
