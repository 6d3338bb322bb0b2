// SPDX-License-Identifier: MIT
// kernel/base/compiler.h - compiler-only helpers; the one asm statement allowed outside riscv/.
#pragma once

#include <stddef.h>

#define ALIGNED(bytes) __attribute__((aligned(bytes)))
#define ALWAYS_INLINE  inline __attribute__((always_inline))
#define COLD           __attribute__((cold)) // unlikely to run; kept away from hot code
#define NOINLINE       __attribute__((noinline))
#define NORETURN       __attribute__((noreturn))
#define PACKED         __attribute__((packed))
#define PRINTF(text, arguments)                                                                    \
    __attribute__((format(printf, text, arguments))) // parameters, from 1
#define SECTION(name) __attribute__((section(name)))
#define UNUSED        __attribute__((unused))
#define USED          __attribute__((used)) // reached through its section only
#define WEAK          __attribute__((weak))

#define likely(condition)   __builtin_expect(!!(condition), 1)
#define unlikely(condition) __builtin_expect(!!(condition), 0)

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

// The structure whose `member` is at `pointer`. The conditional's untaken arm makes the compiler
// compare the type of `pointer` with the member's.
#define container_of(pointer, type, member)                                                        \
    ((type *)(void *)((char *)(1 ? (pointer) : &((type *)0)->member) - offsetof(type, member)))

// Stop the compiler, not the hart, from moving memory accesses across this point. An empty asm
// rather than atomic_signal_fence(): clang 14 lowers that to a real `fence rw, rw` on RISC-V.
static inline void compiler_barrier(void)
{
    __asm__ volatile("" ::: "memory");
}
