// SPDX-License-Identifier: MIT
// kernel/riscv/vdso/image.S - the vDSO as it is linked, in the kernel's image.
#include "vdso_offsets.h"

    .section .rodata.vdso, "a", @progbits
    .balign 8
    .globl  vdso_image
vdso_image:
    .incbin "vdso.so"
    .globl  vdso_image_end
vdso_image_end:

// Where in it is __vdso_rt_sigreturn.
    .balign 8
    .globl  vdso_sigreturn_at
vdso_sigreturn_at:
    .dword  VDSO_SIGRETURN
