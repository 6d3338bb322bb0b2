// SPDX-License-Identifier: MIT
// boot/entry.S - the first instructions of every hart.
//
// The firmware starts one hart, any hart, at _start, and the others at secondary_entry when asked, or
// nearly so. They arrive with translation off. The jump to the high half needs no identity map:
// stvec holds the high address, so the fetch that follows the write to satp faults to it.
#include "kernel/riscv/asm.inc"
#include "kernel/riscv/csr.h"
#include "kernel/riscv/sv39.h"

#define BOOT_LEAF (PTE_V | PTE_R | PTE_W | PTE_A | PTE_D | PTE_G)
#define GIGA_PTE  (1 << (SV39_GIGA_SHIFT - 2))  // what one 1 GiB step adds to an entry
#define MEGA_PTE  (1 << (SV39_MEGA_SHIFT - 2))
// Bits of boot_state.
#define BOOT_TAKEN     1            // some hart boots
#define BOOT_BSS_READY 2            // .bss has been cleared

#define MEGA_SIZE (1 << SV39_MEGA_SHIFT)

// Turn translation on with the table in \satp and go on at the address stored at \target.
.macro enter_high satp, target
    ld      t0, \target
    csrw    stvec, t0
    sfence.vma
    csrw    satp, \satp
    nop                             // never reached: the fetch faults
.endm

    .section .text.entry, "ax", @progbits

// The image's first 64 bytes, by which U-Boot's `booti` and other loaders know what it is; the first
// of them are what runs. Source: the Linux kernel's documentation, "Boot image header in RISC-V
// Linux", version 0.2.
FUNC _start
    .option push
    .option norvc
    j       primary_entry
    nop
    .option pop
    .dword  MEGA_SIZE               // load this far above the start of RAM: 2 MiB, aligned
    .dword  __image_bytes           // .bss included
    .dword  0                       // little-endian
    .word   2                       // header version 0.2
    .word   0
    .dword  0
    .ascii  "RISCV\0\0\0"
    .ascii  "RSC\5"
    .word   0
END _start

// In:       a0 = hartid, a1 = physical address of the device tree
// Out:      boot_main(hartid, dtb, image, retired instructions at entry) on the boot stack; dtb and
//           image are physical addresses
FUNC primary_entry
    csrr    s2, instret
    csrw    sie, zero
    la      t0, boot_state
    li      t1, BOOT_TAKEN
    amoor.w.aq t1, t1, (t0)
    bnez    t1, secondary_entry

    mv      s0, a0
    mv      s1, a1
    la      s3, __image_start

    la      t0, __bss_start         // before anything is stored in it
    la      t1, __bss_end
1:  sd      zero, (t0)
    addi    t0, t0, 8
    bltu    t0, t1, 1b
    la      t0, boot_state
    li      t1, BOOT_BSS_READY
    amoor.w.rl zero, t1, (t0)       // pairs with the fence in secondary_entry

    la      t0, boot_root           // the linear map: 1 GiB pages, data only
    li      t1, BOOT_LEAF
    li      t2, GIGA_PTE
    li      t3, 8 * SV39_TABLE_SLOTS / 2
    add     t3, t3, t0
    addi    t4, t3, 8 * 128
2:  sd      t1, 0(t3)
    add     t1, t1, t2
    addi    t3, t3, 8
    bltu    t3, t4, 2b

    la      t1, boot_image          // the image: 2 MiB pages, until kernel_map_init()
    srli    t2, t1, 2
    ori     t2, t2, PTE_V
    li      t3, 8 * 510
    add     t3, t3, t0
    sd      t2, 0(t3)
    la      t2, __image_start
    la      t3, __image_end
    srli    t4, t2, 2
    ori     t4, t4, BOOT_LEAF
    ori     t4, t4, PTE_X
    li      t5, MEGA_PTE
    li      t6, MEGA_SIZE
3:  sd      t4, 0(t1)
    add     t4, t4, t5
    addi    t1, t1, 8
    add     t2, t2, t6
    bltu    t2, t3, 3b

    srli    t0, t0, 12
    li      t1, SATP_MODE_SV39
    or      t1, t0, t1
    enter_high t1, boot_high_address
END primary_entry

    .balign 4
boot_high:
    la      t0, trap_entry
    csrw    stvec, t0
    la      tp, boot_processor
    csrw    sscratch, tp
    la      sp, boot_stack_top
    mv      a0, s0
    mv      a1, s1
    mv      a2, s3
    mv      a3, s2
    mv      s0, zero
    mv      ra, zero
    tail    boot_main

// A hart that the one that boots has asked for arrives here. So it does through _start: OpenSBI 1.1
// marks a hart as started before it has written where to and with what, and a hart that looks in
// between comes with one or both as they were. So nothing but a0 is believed: what was prepared for
// this hart is found by its id.
// In:       a0 = hartid
// Out:      secondary_main() on the stack prepared for it
FUNC secondary_entry
    csrw    sie, zero
    fence.i                         // it may have fetched what lay here before the image did
    la      t0, boot_state
1:  lw      t1, (t0)
    andi    t1, t1, BOOT_BSS_READY
    beqz    t1, 1b
    fence   r, rw
2:  la      a1, hart_starts
    li      t2, START_SIZE * START_COUNT
    add     t2, t2, a1
3:  ld      t1, START_SATP(a1)      // written last
    beqz    t1, 4f
    fence   r, rw
    ld      t3, START_HARTID(a1)
    beq     t3, a0, 5f
4:  addi    a1, a1, START_SIZE
    bltu    a1, t2, 3b
    j       2b

5:  ld      sp, START_STACK(a1)
    ld      tp, START_PROCESSOR(a1)
    csrw    sscratch, tp
    enter_high t1, secondary_high_address
END secondary_entry

    .balign 4
secondary_high:
    la      t0, trap_entry
    csrw    stvec, t0
    mv      s0, zero
    mv      ra, zero
    tail    secondary_main

    .balign 8
boot_high_address:
    .dword  boot_high
secondary_high_address:
    .dword  secondary_high

    .section .data.boot, "aw", @progbits
    .balign 4
boot_state:
    .word   0

    .section .bss.boot, "aw", @nobits
    .balign 4096
boot_root:
    .skip   4096
boot_image:
    .skip   4096
boot_stack:
    .skip   16384
boot_stack_top:
