// SPDX-License-Identifier: MIT
// user/test/fault_test.c - what a program may not do, and what it dies of.
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "user/test/utest.h"

// An address that the compiler knows nothing of.
static void *address(uintptr_t value)
{
    __asm__("" : "+r"(value));
    return (void *)value;
}

// Addresses of the upper half belong to the kernel; the middle ones are none at all.
static const uintptr_t kernel_address = 0xffffffff80200000;
static const uintptr_t middle_address = 0x8000000000000000;

static void store_to(uintptr_t value)
{
    atomic_store_explicit((_Atomic char *)address(value), 1, memory_order_relaxed);
}

static void load_from(uintptr_t value)
{
    _Atomic char *place = (_Atomic char *)address(value);
    (void)atomic_load_explicit(place, memory_order_relaxed);
}

static void jump_to(uintptr_t value)
{
    void (*function)(void) = address(value);
    function();
}

static void store_null(void)
{
    store_to(0);
}

static void load_null(void)
{
    load_from(0);
}

static void jump_null(void)
{
    jump_to(0);
}

static void store_kernel(void)
{
    store_to(kernel_address);
}

static void load_kernel(void)
{
    load_from(kernel_address);
}

static void jump_kernel(void)
{
    jump_to(kernel_address);
}

static void load_middle(void)
{
    load_from(middle_address);
}

void test_fault_null(void)
{
    CHECK_DIES(store_null, SIGSEGV);
    CHECK_DIES(load_null, SIGSEGV);
    CHECK_DIES(jump_null, SIGSEGV);
}

void test_fault_kernel(void)
{
    CHECK_DIES(store_kernel, SIGSEGV);
    CHECK_DIES(load_kernel, SIGSEGV);
    CHECK_DIES(jump_kernel, SIGSEGV);
    CHECK_DIES(load_middle, SIGSEGV);
}

static void store_text(void)
{
    store_to((uintptr_t)store_text);
}

void test_fault_text_is_read_only(void)
{
    CHECK_DIES(store_text, SIGSEGV);
}

static void run_data(void)
{
    static uint32_t code[] = {0x00008067}; // ret
    jump_to((uintptr_t)code);
}

void test_fault_data_is_not_executable(void)
{
    skip_if_emulated("an emulator may execute data");
    CHECK_DIES(run_data, SIGSEGV);
}

static unsigned recurse(unsigned depth)
{
    char frame[256];
    memset(frame, (int)depth, sizeof(frame));
    __asm__("" : : "r"(frame) : "memory");
    if (depth == UINT_MAX) {
        return 0;
    }
    return recurse(depth + 1) + (unsigned char)frame[depth % sizeof(frame)];
}

static void overflow_stack(void)
{
    _exit((int)recurse(0));
}

void test_fault_stack_overflow(void)
{
    CHECK_DIES(overflow_stack, SIGSEGV);
}

#ifdef __riscv
static void return_from_trap(void)
{
    __asm__ volatile("sret");
}

static void read_supervisor_csr(void)
{
    __asm__ volatile("csrr t0, sstatus" ::: "t0");
}

static void write_supervisor_csr(void)
{
    __asm__ volatile("csrw satp, zero");
}

static void fence_translations(void)
{
    __asm__ volatile("sfence.vma");
}

static void call_breakpoint(void)
{
    __asm__ volatile("ebreak");
}

static void run_zeros(void)
{
    __asm__ volatile(".4byte 0");
}

void test_fault_privileged(void)
{
    CHECK_DIES(return_from_trap, SIGILL);
    CHECK_DIES(read_supervisor_csr, SIGILL);
    CHECK_DIES(write_supervisor_csr, SIGILL);
    CHECK_DIES(fence_translations, SIGILL);
    CHECK_DIES(run_zeros, SIGILL);
    CHECK_DIES(call_breakpoint, SIGTRAP);
}
#else
void test_fault_privileged(void)
{
    skip("these are instructions of RISC-V");
}
#endif

// ---- Handlers of faults ------------------------------------------------------------------------

static sigjmp_buf after_fault;
static _Atomic(void *) fault_address;
static atomic_int fault_code;

static void note_fault(int number, siginfo_t *info, void *context)
{
    (void)context;
    atomic_store_explicit(&fault_address, info->si_addr, memory_order_relaxed);
    atomic_store_explicit(&fault_code, info->si_code, memory_order_relaxed);
    siglongjmp(after_fault, number);
}

void test_fault_handler(void)
{
    struct sigaction action = {.sa_sigaction = note_fault, .sa_flags = SA_SIGINFO};
    char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(page != MAP_FAILED);
    CHECK_EQUAL(sigaction(SIGSEGV, &action, NULL), 0);
    if (sigsetjmp(after_fault, 1) == 0) {
        store_to((uintptr_t)page + 123);
        CHECK(false);
    }
    CHECK(fault_address == page + 123);
    CHECK_EQUAL(fault_code, SEGV_ACCERR);
    CHECK_EQUAL(munmap(page, 4096), 0);
    if (sigsetjmp(after_fault, 1) == 0) {
        store_to((uintptr_t)page + 7);
        CHECK(false);
    }
    CHECK(fault_address == page + 7);
    CHECK_EQUAL(fault_code, SEGV_MAPERR);
}

// A fault that is blocked or ignored kills all the same.
static void fault_while_blocked(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGSEGV);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGSEGV, SIG_IGN);
    store_null();
}

void test_fault_while_blocked(void)
{
    skip_if_emulated("an emulator handles its own faults");
    CHECK_DIES(fault_while_blocked, SIGSEGV);
}

// ---- Bad pointers to system calls --------------------------------------------------------------

void test_fault_bad_pointers(void)
{
    const uintptr_t bad[] = {8, kernel_address, middle_address, UINTPTR_MAX - 7};
    int ends[2];
    CHECK_EQUAL(pipe(ends), 0);
    CHECK_EQUAL(write(ends[1], "12345678", 8), 8);
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        void *pointer = address(bad[i]);
        CHECK_ERROR(write(ends[1], pointer, 8), EFAULT);
        CHECK_ERROR(read(ends[0], pointer, 8), EFAULT);
        CHECK_ERROR(open(pointer, O_RDONLY), EFAULT);
        CHECK_ERROR(pipe(pointer), EFAULT);
        CHECK_ERROR(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, pointer), EFAULT);
        CHECK_ERROR(syscall(SYS_clock_gettime, CLOCK_REALTIME, pointer), EFAULT);
        CHECK_ERROR(syscall(SYS_rt_sigprocmask, SIG_BLOCK, pointer, NULL, 8L), EFAULT);
        CHECK_ERROR(syscall(SYS_execve, pointer, NULL, NULL), EFAULT);
    }
}

// A buffer whose second page is not there: what is there is used.
void test_fault_half_a_buffer(void)
{
    char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char path[] = "/tmp/utest-half-XXXXXX";
    CHECK(pages != MAP_FAILED);
    CHECK_EQUAL(munmap(pages + 4096, 4096), 0);
    int fd = mkstemp(path);
    CHECK(fd >= 0);
    unlink(path);
    long written = write(fd, pages + 4090, 12);
    CHECK(written == 6 || (written == -1 && errno == EFAULT));
    // The text of a name must end before the hole.
    memset(pages, 'x', 4096);
    CHECK_ERROR(open(pages + 4092, O_RDONLY), EFAULT);
}

void test_fault_no_such_call(void)
{
    CHECK_ERROR(syscall(900), ENOSYS);
    CHECK_ERROR(syscall(5000), ENOSYS);
    CHECK_ERROR(syscall(-1), ENOSYS);
    CHECK_ERROR(syscall(0x7fffffff), ENOSYS);
}
