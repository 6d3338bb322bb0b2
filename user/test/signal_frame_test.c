// SPDX-License-Identifier: MIT
// user/test/signal_frame_test.c - signals: what a handler finds on its stack.
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/ucontext.h>
#include <unistd.h>

#include "user/test/signals.h"
#include "user/test/utest.h"

// ---- What a handler finds ----------------------------------------------------------------------

#ifdef __riscv
enum { UCONTEXT_AT = 128, FRAME_BYTES = 1088, FLOAT_AT = 8, S0 = 8 };

static struct {
    uintptr_t info;
    uintptr_t context;
    uintptr_t stack;
    uint32_t code[2];
    long a7;
    double before;
} found;

static void look(int number, siginfo_t *info, void *context)
{
    ucontext_t *user = context;
    found.info = (uintptr_t)info;
    found.context = (uintptr_t)context;
    found.stack = user->uc_mcontext.__gregs[REG_SP];
    found.a7 = (long)user->uc_mcontext.__gregs[17];
    memcpy(found.code, __builtin_return_address(0), sizeof(found.code));
    memcpy(&found.before, &user->uc_mcontext.__fpregs.__d.__f[FLOAT_AT], sizeof(found.before));
    double after = 2.5;
    memcpy(&user->uc_mcontext.__fpregs.__d.__f[FLOAT_AT], &after, sizeof(after));
    signal_count(number);
}

static void use_look(void)
{
    struct sigaction action = {.sa_sigaction = look, .sa_flags = SA_SIGINFO};
    CHECK_EQUAL(sigaction(SIGUSR1, &action, NULL), 0);
}

// Raise it with fs0 = 1.5. Returns: what fs0 is afterwards.
static double raise_with_float(void)
{
    register double fs0 __asm__("fs0") = 1.5;
    register long a0 __asm__("a0") = getpid();
    register long a1 __asm__("a1") = SIGUSR1;
    register long a7 __asm__("a7") = SYS_kill;
    __asm__ volatile("ecall" : "+r"(a0), "+f"(fs0) : "r"(a1), "r"(a7) : "memory");
    return fs0;
}

// Unwinders know the layout, and the code that a handler returns to.
void test_signal_frame(void)
{
    skip_if_emulated("its frame is larger");
    use_look();
    double after = raise_with_float();
    CHECK_EQUAL(signals_seen, 1);
    CHECK_EQUAL(found.info % 16, 0);
    CHECK_EQUAL(found.context - found.info, UCONTEXT_AT);
    CHECK(found.stack - found.info >= FRAME_BYTES && found.stack - found.info < FRAME_BYTES + 16);
    CHECK_EQUAL(found.code[0], 0x08b00893); // li a7, 139
    CHECK_EQUAL(found.code[1], 0x00000073); // ecall
    CHECK_EQUAL(found.a7, SYS_kill);
    CHECK(found.before == 1.5);
    CHECK(after == 2.5);
}

// Wherever the frame lies: in one page, which may not have been there, or across two.
void test_signal_frame_places(void)
{
    static _Alignas(4096) uint8_t stack[4 * 4096];
    static const size_t over[] = {0, 16, 528, 1072, 1088, 1104, 4096 + 512};
    struct sigaction action = {.sa_sigaction = look, .sa_flags = SA_SIGINFO | SA_ONSTACK};

    skip_if_emulated("its frame is larger");
    CHECK_EQUAL(sigaction(SIGUSR1, &action, NULL), 0);
    for (size_t i = 0; i < sizeof(over) / sizeof(over[0]); i++) {
        stack_t place = {.ss_sp = stack, .ss_size = 2 * 4096 + over[i]};

        CHECK_EQUAL(sigaltstack(&place, NULL), 0);
        double after = raise_with_float();
        CHECK_EQUAL(signals_seen, (int)i + 1);
        CHECK_EQUAL(found.info + FRAME_BYTES, (uintptr_t)stack + place.ss_size);
        CHECK(found.before == 1.5);
        CHECK(after == 2.5);
    }
}

static void signal_without_stack(void)
{
    signal_handle(SIGUSR1, signal_count, 0);
    register long a0 __asm__("a0") = getpid();
    register long a1 __asm__("a1") = SIGUSR1;
    register long a7 __asm__("a7") = SYS_kill;
    __asm__ volatile("mv s1, sp\n li sp, 16\n ecall\n mv sp, s1"
                     : "+r"(a0)
                     : "r"(a1), "r"(a7)
                     : "s1", "memory");
}

static void return_from_nothing(void)
{
    __asm__ volatile("li sp, 4096\n li a7, 139\n ecall" : : : "memory");
}

static void return_to_garbage(void)
{
    static _Alignas(16) uint8_t garbage[FRAME_BYTES];
    memset(garbage, 0xff, sizeof(garbage));
    __asm__ volatile("mv sp, %0\n li a7, 139\n ecall" : : "r"(garbage) : "memory");
}

static void handler_in_kernel(void)
{
    signal_handle(SIGUSR1, (void (*)(int))(uintptr_t)0xffffffff80200000, 0); // NOLINT
    raise(SIGUSR1);
}

void test_signal_bad_frames(void)
{
    CHECK_DIES(signal_without_stack, SIGSEGV);
    CHECK_DIES(return_from_nothing, SIGSEGV);
    CHECK_DIES(return_to_garbage, SIGSEGV);
    CHECK_DIES(handler_in_kernel, SIGSEGV);
}
#else
void test_signal_frame(void)
{
    skip("it looks at registers of RISC-V");
}

void test_signal_frame_places(void)
{
    skip("it looks at registers of RISC-V");
}

void test_signal_bad_frames(void)
{
    skip("it sets registers of RISC-V");
}
#endif

// At an address of the first page, where nothing is mapped.
static void store_to_nothing(void)
{
    uintptr_t value = 8;
    __asm__("" : "+r"(value)); // the compiler is not to know
    atomic_store_explicit((_Atomic int *)value, 1, memory_order_relaxed);
}

static void fault_blocked(void)
{
    signal_handle(SIGSEGV, signal_count, 0);
    signal_block(SIGSEGV);
    store_to_nothing();
}

static void fault_ignored(void)
{
    signal(SIGSEGV, SIG_IGN);
    store_to_nothing();
}

// A fault can be neither blocked nor ignored.
void test_signal_fault_blocked(void)
{
    CHECK_DIES(fault_blocked, SIGSEGV);
    CHECK_DIES(fault_ignored, SIGSEGV);
}
