// SPDX-License-Identifier: MIT
// kernel/drivers/uart.h - serial port as the console.
#pragma once

#include "kernel/base/annot.h"

struct fdt;

// Use the ns16550a that the device tree names as stdout, or the first one, as the console.
// Returns: 0; -ENODEV if there is none that can be used. Context: boot, after irqchip_init().
NODISCARD int uart_init(const struct fdt *fdt);
