// SPDX-License-Identifier: MIT
// kernel/backtrace.c - who called whom.
#include "kernel/backtrace.h"

#include "kernel/console.h"
#include "kernel/riscv/context.h"
#include "mm/kmap.h"
#include "mm/layout.h"

enum { DEPTH_MAX = 24 };

// Made by tools/ksyms.py.
extern const uint32_t ksyms_count;
extern const uint32_t ksyms_addresses[];
extern const uint32_t ksyms_names[];
extern const char ksyms_strings[];

const char *symbol_find(uint64_t address, uint64_t *offset)
{
    uint64_t at = address - (uint64_t)__text_start;
    uint32_t low = 0;
    uint32_t high = ksyms_count;

    if (address < (uint64_t)__text_start || address >= (uint64_t)__rodata_start || high == 0) {
        return NULL;
    }
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;

        if (ksyms_addresses[middle] <= at) {
            low = middle;
        } else {
            high = middle;
        }
    }
    *offset = at - ksyms_addresses[low];
    return ksyms_strings + ksyms_names[low];
}

// `inside`: an address in the function to name, at or just before `address`.
static void print_address(unsigned depth, uint64_t address, uint64_t inside)
{
    uint64_t offset = 0;
    const char *name = symbol_find(inside, &offset);

    printk("  #%-2u %016lx  %s+0x%lx\n", depth, address, name != NULL ? name : "?",
           offset + (address - inside));
}

// May the frame record below `fp` be read? The walk must not fault while it explains a fault.
static bool readable(uint64_t fp)
{
    struct pt_leaf leaf;

    return fp % 16 == 0 && kernel_root != NULL && pt_lookup(kernel_root, fp - 16, &leaf) == 0;
}

static void walk(unsigned depth, uint64_t fp)
{
    while (depth < DEPTH_MAX && readable(fp)) {
        const uint64_t *record = (const uint64_t *)fp - 2; // the psABI's: caller's fp, then ra
        uint64_t caller_fp = record[0];

        if (record[1] == 0) {
            return;
        }
        print_address(depth++, record[1], record[1] - 1); // a call may be a function's last
        if (caller_fp <= fp) {
            return; // stacks grow down, so callers are above
        }
        fp = caller_fp;
    }
}

void backtrace_print(uint64_t fp)
{
    walk(0, fp);
}

void backtrace_print_call(uint64_t pc, uint64_t fp)
{
    print_address(0, pc, pc - 1);
    walk(1, fp);
}

void backtrace_print_trap(const struct trap_frame *frame)
{
    print_address(0, frame->sepc, frame->sepc);
    walk(1, frame->x[REG_S0]);
}
