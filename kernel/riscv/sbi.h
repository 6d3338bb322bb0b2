// SPDX-License-Identifier: MIT
// kernel/riscv/sbi.h - calls to the firmware. Source: RISC-V SBI Specification 1.0; each function
// names its extension. All may be called from any context; the firmware blocks nothing for long,
// but sbi_remote_sfence_vma() waits, in the firmware, until every hart named has fenced.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/types.h"

enum sbi_reset_type { SBI_RESET_SHUTDOWN = 0 };
enum sbi_reset_reason { SBI_RESET_NO_REASON = 0, SBI_RESET_SYSTEM_FAILURE = 1 };

// Does the firmware have extension `eid`? "Base Extension".
bool sbi_has_extension(unsigned long eid);
enum {
    SBI_EXT_TIME = 0x54494D45,
    SBI_EXT_SRST = 0x53525354,
    SBI_EXT_HSM = 0x48534D,
    SBI_EXT_DBCN = 0x4442434E,
};

// Start hart `id` at physical address `entry` with `opaque` in a1. Returns: 0 or -errno (-EALREADY
// is not an SBI-specific value here: a started hart gives -EINVAL). "Hart State Management".
NODISCARD int sbi_hart_start(hartid_t id, pa_t entry, unsigned long opaque);

// Interrupt (software, S-mode) the harts whose ids are `base` + the set bits of `mask`. "IPI".
int sbi_send_ipi(unsigned long mask, unsigned long base);

// sfence.vma for [va, va + bytes) on the harts `base` + bits of `mask`. "RFENCE Extension".
int sbi_remote_sfence_vma(unsigned long mask, unsigned long base, const void *va, size_t bytes);

// fence.i on the same harts. "RFENCE Extension".
int sbi_remote_fence_i(unsigned long mask, unsigned long base);

// One timer interrupt on this hart once the time reaches `ticks`. "Timer Extension".
void sbi_set_timer(uint64_t ticks);

// Console bytes. getchar returns -1 when there is none. "Legacy Extensions".
void sbi_console_putchar(char c);
int sbi_console_getchar(void);

// The same, of newer firmware; read stores the byte at `to`, and returns whether there was one.
// SBI Specification 2.0, "Debug Console Extension".
void sbi_debug_console_write(char c);
bool sbi_debug_console_read(pa_t to);

// Reset or power off; returns only if the firmware cannot. "System Reset Extension".
int sbi_system_reset(enum sbi_reset_type type, enum sbi_reset_reason reason);
