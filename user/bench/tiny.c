// SPDX-License-Identifier: MIT
// user/bench/tiny.c - the smallest program there is to execute.
//
// Build: clang --target=riscv64-linux-gnu -O2 -static -nostdlib
__attribute__((noreturn)) void _start(void)
{
	register long a0 asm("a0") = 0;
	register long a7 asm("a7") = 93;
	asm volatile("ecall" ::"r"(a0), "r"(a7));
	__builtin_unreachable();
}
