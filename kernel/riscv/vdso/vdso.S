// SPDX-License-Identifier: MIT
// kernel/riscv/vdso/vdso.S - code of the kernel's that programs run: reading clocks without a call.
//
// Linked by itself to a small shared object, mapped into every program right after the page with
// struct vdso_data. Names and version are Linux's; C libraries look them up.
// Source: vdso(7); System V ABI, "Symbol Versioning" for vdso.ld.
#include "kernel/abi/time.h"
#include "kernel/riscv/asm.inc"
#include "kernel/riscv/vdso/data.h"

#define SYS_RT_SIGRETURN  139
#define SYS_CLOCK_GETTIME 113
#define SYS_CLOCK_GETRES  114
#define SYS_GETCPU        168
#define SYS_FLUSH_ICACHE  259

#define NS_PER_SECOND 1000000000
#define NS_PER_US     1000

// Read the time, t3 ns later than that since the start, as seconds in t5 and nanoseconds in t2.
// In: t1 = the data. Clobbers: t4, t6.
.macro read_clock
    rdtime  t2
    ld      t4, VDSO_NS_PER_TICK(t1)
    mulhu   t5, t2, t4
    mul     t2, t2, t4
    slli    t5, t5, 32
    srli    t2, t2, 32
    or      t2, t2, t5
    add     t2, t2, t3
    li      t4, NS_PER_SECOND
    divu    t5, t2, t4
    mul     t6, t5, t4
    sub     t2, t2, t6
.endm

// The call that a function stands for, with the arguments that it has.
.macro call_kernel number
    li      a7, \number
    ecall
    ret
.endm

    .text

// int __vdso_clock_gettime(int clock, struct timespec *at)
FUNC __vdso_clock_gettime
    lla     t1, vdso_data
    li      t0, CLOCK_MONOTONIC
    li      t3, 0
    bne     a0, t0, 2f
1:  read_clock
    sd      t5, TIMESPEC_SEC(a1)
    sd      t2, TIMESPEC_NSEC(a1)
    li      a0, 0
    ret
2:  li      t0, CLOCK_BOOTTIME
    bgtu    a0, t0, 3f
    li      t0, VDSO_START_CLOCKS
    srl     t0, t0, a0
    andi    t0, t0, 1
    bnez    t0, 1b
    li      t0, VDSO_WALL_CLOCKS
    srl     t0, t0, a0
    andi    t0, t0, 1
    beqz    t0, 3f
    ld      t3, VDSO_WALL_OFFSET_NS(t1)
    j       1b
3:  call_kernel SYS_CLOCK_GETTIME
END __vdso_clock_gettime

// int __vdso_gettimeofday(struct timeval *at, struct timezone *zone): either may be NULL
FUNC __vdso_gettimeofday
    beqz    a0, 1f
    lla     t1, vdso_data
    ld      t3, VDSO_WALL_OFFSET_NS(t1)
    read_clock
    li      t4, NS_PER_US
    divu    t2, t2, t4
    sd      t5, TIMEVAL_SEC(a0)
    sd      t2, TIMEVAL_USEC(a0)
1:  beqz    a1, 2f
    sw      zero, TIMEZONE_WEST(a1)
    sw      zero, TIMEZONE_DST(a1)
2:  li      a0, 0
    ret
END __vdso_gettimeofday

// int __vdso_clock_getres(int clock, struct timespec *resolution), which may be NULL
FUNC __vdso_clock_getres
    li      t0, CLOCK_BOOTTIME
    bgtu    a0, t0, 2f
    li      t0, VDSO_START_CLOCKS | VDSO_WALL_CLOCKS
    srl     t0, t0, a0
    andi    t0, t0, 1
    beqz    t0, 2f
    beqz    a1, 1f
    li      t0, 1
    sd      zero, TIMESPEC_SEC(a1)
    sd      t0, TIMESPEC_NSEC(a1)
1:  li      a0, 0
    ret
2:  call_kernel SYS_CLOCK_GETRES
END __vdso_clock_getres

// Where a handler returns to. Unwinders know it by these two instructions, each four bytes long.
FUNC __vdso_rt_sigreturn
    li      a7, SYS_RT_SIGRETURN
    ecall
END __vdso_rt_sigreturn

FUNC __vdso_getcpu
    call_kernel SYS_GETCPU
END __vdso_getcpu

FUNC __vdso_flush_icache
    call_kernel SYS_FLUSH_ICACHE
END __vdso_flush_icache
