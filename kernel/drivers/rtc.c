// SPDX-License-Identifier: MIT
// kernel/drivers/rtc.c - the Goldfish real-time clock, which QEMU's virt machine has: read once.
//
// Source: Android, "Goldfish Virtual Hardware", "Goldfish real-time clock".
#include "kernel/base/fdt.h"
#include "kernel/drivers/mmio.h"
#include "kernel/timer.h"
#include "kernel/wallclock.h"
#include "mm/kmap.h"

enum { TIME_LOW = 0, TIME_HIGH = 4 }; // reading the low half latches the high one

static uint64_t offset_ns;

void wallclock_init(const struct fdt *fdt)
{
    fdt_node_t node = fdt_find_compatible(fdt, FDT_NONE, "google,goldfish-rtc");
    uint64_t base;
    uint64_t bytes;

    if (fdt_reg(fdt, node, 0, &base, &bytes) != 0) {
        return;
    }
    volatile void *device = mmio_map(pa(base), bytes);
    if (device == NULL) {
        return;
    }
    uint64_t low = mmio_read32(mmio_at(device, TIME_LOW));
    uint64_t date_ns = (uint64_t)mmio_read32(mmio_at(device, TIME_HIGH)) << 32 | low;
    uint64_t now_ns = time_now_ns();

    offset_ns = date_ns > now_ns ? date_ns - now_ns : 0;
}

uint64_t wallclock_offset_ns(void)
{
    return offset_ns;
}
