// SPDX-License-Identifier: MIT
// kernel/riscv/fp.S - loading and storing the floating-point registers; trap.S saves them.
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

// void fp_store(struct fp_state *to)
// In:       a0 = to
// Out:      sstatus.FS is as it was.  Clobbers: t0
FUNC fp_store
    each_fp_reg FSD, 0, a0
    csrr    t0, CSR_FCSR
    sd      t0, FP_FCSR(a0)
    ret
END fp_store

// void fp_load_and_store(const struct fp_state *from, struct fp_state *to)
// In:       a0 = from, a1 = to
// Out:      as fp_load().  Clobbers: t0
FUNC fp_load_and_store
    each_fp_reg FLD, 0, a0
    each_fp_reg FSD, 0, a1
    ld      t0, FP_FCSR(a0)
    andi    t0, t0, FCSR_MASK
    sd      t0, FP_FCSR(a1)
    csrw    CSR_FCSR, t0
    lui     t0, SSTATUS_FS_LOW >> 12
    csrc    sstatus, t0
    ret
END fp_load_and_store
