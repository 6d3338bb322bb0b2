// SPDX-License-Identifier: MIT
// kernel/drivers/ns16550a.c - the 16550 serial port: polled output, interrupts for input.
//
// The firmware has set the line up. Source: National Semiconductor PC16550D, "Registers".
#include "kernel/abi/errno.h"
#include "kernel/base/fdt.h"
#include "kernel/console.h"
#include "kernel/drivers/mmio.h"
#include "kernel/drivers/uart.h"
#include "kernel/irqchip.h"
#include "mm/kmap.h"

enum {
    DATA = 0,
    INTERRUPT_ENABLE = 1,
    INTERRUPT_ON_RECEIVE = 1,
    LINE_STATUS = 5,
    LINE_STATUS_RECEIVED = 0x01,
    LINE_STATUS_CAN_SEND = 0x20,
};

static volatile void *uart;     // constant after boot
static unsigned register_shift; // the same

static volatile void *reg(unsigned index)
{
    return mmio_at(uart, (uint64_t)index << register_shift);
}

static void uart_put(char c)
{
    while (!(mmio_read8(reg(LINE_STATUS)) & LINE_STATUS_CAN_SEND)) {
        // not cpu_relax(): this waits for a device, and panic prints through it
    }
    mmio_write8(reg(DATA), (uint8_t)c);
}

static int uart_get(void)
{
    if (!(mmio_read8(reg(LINE_STATUS)) & LINE_STATUS_RECEIVED)) {
        return -1;
    }
    return mmio_read8(reg(DATA));
}

static const struct console_driver driver = {"ns16550a", uart_put, uart_get};

static fdt_node_t find(const struct fdt *fdt)
{
    const char *path = fdt_prop_string(fdt, fdt_find_path(fdt, "/chosen"), "stdout-path");
    fdt_node_t node = path != NULL ? fdt_find_path(fdt, path) : FDT_NONE;

    if (fdt_exists(node) && fdt_is_compatible(fdt, node, "ns16550a")) {
        return node;
    }
    return fdt_find_compatible(fdt, FDT_NONE, "ns16550a");
}

int uart_init(const struct fdt *fdt)
{
    fdt_node_t node = find(fdt);
    uint64_t base;
    uint64_t bytes;
    uint32_t cell;

    if (fdt_reg(fdt, node, 0, &base, &bytes) != 0) {
        return -ENODEV;
    }
    uart = mmio_map(pa(base), bytes);
    if (uart == NULL) {
        return -ENODEV;
    }
    register_shift = fdt_prop_u32(fdt, node, "reg-shift", &cell) == 0 ? cell : 0;
    bool interrupts = fdt_prop_cell(fdt, node, "interrupts", 0, &cell) == 0 &&
                      irqchip_enable(cell, console_input) == 0;
    mmio_write8(reg(INTERRUPT_ENABLE), interrupts ? INTERRUPT_ON_RECEIVE : 0);
    console_use(&driver, interrupts);
    return 0;
}
