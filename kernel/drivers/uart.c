// SPDX-License-Identifier: MIT
// kernel/drivers/uart.c - which serial port is the console, and which driver it gets.
#include "kernel/drivers/uart.h"

#include "kernel/abi/errno.h"
#include "kernel/base/fdt.h"
#include "kernel/irqchip.h"
#include "mm/kmap.h"

static const struct uart_driver *const drivers[] = {&ns16550a_driver, &sifive_uart_driver};

static const struct uart_driver *driver_of(const struct fdt *fdt, fdt_node_t node)
{
    for (unsigned i = 0; i < ARRAY_SIZE(drivers); i++) {
        if (fdt_is_compatible(fdt, node, drivers[i]->compatible)) {
            return drivers[i];
        }
    }
    return NULL;
}

// A tree that names the console means it: another port may have nobody at its other end.
static fdt_node_t find(const struct fdt *fdt)
{
    const char *path = fdt_prop_string(fdt, fdt_find_path(fdt, "/chosen"), "stdout-path");
    fdt_node_t node = FDT_NONE;

    if (path != NULL) {
        return fdt_find_path(fdt, path);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(drivers) && !fdt_exists(node); i++) {
        node = fdt_find_compatible(fdt, FDT_NONE, drivers[i]->compatible);
    }
    return node;
}

int uart_init(const struct fdt *fdt)
{
    fdt_node_t node = find(fdt);
    const struct uart_driver *driver = driver_of(fdt, node);
    uint32_t shift = 0;
    uint64_t base;
    uint64_t bytes;

    if (driver == NULL || fdt_reg(fdt, node, 0, &base, &bytes) != 0) {
        return -ENODEV;
    }
    volatile void *registers = mmio_map(pa(base), bytes);
    if (registers == NULL) {
        return -ENODEV;
    }
    (void)fdt_prop_u32(fdt, node, "reg-shift", &shift); // else it stays 0
    bool interrupts = irqchip_enable(fdt, node, console_input) == 0;
    driver->start(registers, shift, interrupts);
    console_use(&driver->console, interrupts);
    return 0;
}
