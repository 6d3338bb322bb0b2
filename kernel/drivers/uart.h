// SPDX-License-Identifier: MIT
// kernel/drivers/uart.h - serial ports: what a driver of one is, and which port is the console.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/types.h"
#include "kernel/console.h"

struct fdt;

// The firmware has set the line up; a driver moves bytes.
struct uart_driver {
    const char *compatible; // of the device tree's nodes that it drives
    struct console_driver console;

    // Take the port with its registers at `registers`, each 1 << `shift` bytes apart where the
    // device leaves that open. `interrupts`: have it raise its interrupt when a byte has arrived.
    void (*start)(volatile void *registers, unsigned shift, bool interrupts);
};

extern const struct uart_driver ns16550a_driver;
extern const struct uart_driver sifive_uart_driver;

// Use the port that the device tree names as stdout, or if it names none the first one with a
// driver, as the console. Returns: 0; -ENODEV if there is none, or none with a driver.
// Context: boot, after irqchip_init().
NODISCARD int uart_init(const struct fdt *fdt);
