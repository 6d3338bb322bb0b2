// SPDX-License-Identifier: MIT
// kernel/riscv/sbi.c - calls to the firmware.
#include "kernel/riscv/sbi.h"

#include "kernel/abi/errno.h"

enum {
    EXT_BASE = 0x10,
    EXT_IPI = 0x735049,
    EXT_RFENCE = 0x52464E43,
    LEGACY_PUTCHAR = 1,
    LEGACY_GETCHAR = 2,
    BASE_PROBE_EXTENSION = 3,
    RFENCE_FENCE_I = 0,
    RFENCE_SFENCE_VMA = 1,
    DBCN_READ = 1,
    DBCN_WRITE_BYTE = 2,
};

struct sbi_ret {
    long error;
    long value;
};

static struct sbi_ret sbi_call(unsigned long eid, unsigned long fid, const unsigned long args[4])
{
    register unsigned long a0 __asm__("a0") = args[0];
    register unsigned long a1 __asm__("a1") = args[1];
    register unsigned long a2 __asm__("a2") = args[2];
    register unsigned long a3 __asm__("a3") = args[3];
    register unsigned long a6 __asm__("a6") = fid;
    register unsigned long a7 __asm__("a7") = eid;

    __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a3), "r"(a6), "r"(a7) : "memory");
    return (struct sbi_ret){(long)a0, (long)a1};
}

static int sbi_errno(long error)
{
    static const int map[] = {
        [0] = 0,       [1] = -EIO,      [2] = -ENOTSUP,  [3] = -EINVAL,   [4] = -EPERM,
        [5] = -EFAULT, [6] = -EALREADY, [7] = -EALREADY, [8] = -EALREADY,
    };

    return error > 0 || error < -8 ? -EIO : map[-error];
}

bool sbi_has_extension(unsigned long eid)
{
    struct sbi_ret ret = sbi_call(EXT_BASE, BASE_PROBE_EXTENSION, (const unsigned long[4]){eid});

    return ret.error == 0 && ret.value != 0;
}

int sbi_hart_start(hartid_t id, pa_t entry, unsigned long opaque)
{
    return sbi_errno(
        sbi_call(SBI_EXT_HSM, 0, (const unsigned long[4]){id.raw, entry.raw, opaque}).error);
}

int sbi_send_ipi(unsigned long mask, unsigned long base)
{
    return sbi_errno(sbi_call(EXT_IPI, 0, (const unsigned long[4]){mask, base}).error);
}

int sbi_remote_sfence_vma(unsigned long mask, unsigned long base, const void *va, size_t bytes)
{
    const unsigned long args[4] = {mask, base, (unsigned long)va, bytes};

    return sbi_errno(sbi_call(EXT_RFENCE, RFENCE_SFENCE_VMA, args).error);
}

int sbi_remote_fence_i(unsigned long mask, unsigned long base)
{
    return sbi_errno(
        sbi_call(EXT_RFENCE, RFENCE_FENCE_I, (const unsigned long[4]){mask, base}).error);
}

void sbi_set_timer(uint64_t ticks)
{
    (void)sbi_call(SBI_EXT_TIME, 0, (const unsigned long[4]){ticks});
}

void sbi_console_putchar(char c)
{
    (void)sbi_call(LEGACY_PUTCHAR, 0, (const unsigned long[4]){(unsigned char)c});
}

int sbi_console_getchar(void)
{
    return (int)sbi_call(LEGACY_GETCHAR, 0, (const unsigned long[4]){0}).error;
}

void sbi_debug_console_write(char c)
{
    (void)sbi_call(SBI_EXT_DBCN, DBCN_WRITE_BYTE, (const unsigned long[4]){(unsigned char)c});
}

bool sbi_debug_console_read(pa_t to)
{
    struct sbi_ret ret = sbi_call(SBI_EXT_DBCN, DBCN_READ, (const unsigned long[4]){1, to.raw, 0});

    return ret.error == 0 && ret.value == 1;
}

int sbi_system_reset(enum sbi_reset_type type, enum sbi_reset_reason reason)
{
    return sbi_errno(sbi_call(SBI_EXT_SRST, 0, (const unsigned long[4]){type, reason}).error);
}
