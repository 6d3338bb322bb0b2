// SPDX-License-Identifier: MIT
// kernel/drivers/poweroff.c - ending the machine through QEMU's test device, else the firmware.
//
// Where there is the device, the firmware is not asked: QEMU exits with 0 whatever reason SBI is
// given, and newer ones than 7.2 do so even if the device was written just before. Without it some
// machines do not end at all, and the firmware may not return to say so: hence the line
// printed before it is asked, by which whoever started the machine knows that it has nothing more
// to do.
#include "kernel/base/fdt.h"
#include "kernel/console.h"
#include "kernel/drivers/mmio.h"
#include "kernel/poweroff.h"
#include "kernel/riscv/irq.h"
#include "kernel/riscv/sbi.h"
#include "mm/kmap.h"

enum { TEST_PASS = 0x5555, TEST_FAIL = 0x3333, STATUS_MAX = 0xffff };

static volatile void *device; // constant after boot; NULL: none

void poweroff_init(const struct fdt *fdt)
{
    fdt_node_t node = fdt_find_compatible(fdt, FDT_NONE, "sifive,test0");
    uint64_t base;
    uint64_t bytes;

    if (fdt_reg(fdt, node, 0, &base, &bytes) == 0) {
        device = mmio_map(pa(base), bytes);
    }
}

void poweroff(int status)
{
    uint32_t code = status > 0 && status <= STATUS_MAX ? (uint32_t)status : 1;

    irq_disable();
    if (device != NULL) {
        mmio_write32(device, status == 0 ? TEST_PASS : code << 16 | TEST_FAIL);
    } else {
        printk("%%%%hartbeat off %d%%%%\n", status);
        (void)sbi_system_reset(SBI_RESET_SHUTDOWN,
                               status == 0 ? SBI_RESET_NO_REASON : SBI_RESET_SYSTEM_FAILURE);
    }
    for (;;) {
        wait_for_interrupt();
    }
}
