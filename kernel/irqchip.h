// SPDX-License-Identifier: MIT
// kernel/irqchip.h - the interrupt controller: routes device interrupts to the boot hart.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/types.h"

struct fdt;

// Find a controller that has a driver. Returns: 0; -ENODEV if there is none. Context: boot.
NODISCARD int irqchip_init(const struct fdt *fdt);

// Call `handler` on each interrupt `source`. Returns: 0; -ENODEV without a controller; -EINVAL.
// Context: boot.
NODISCARD int irqchip_enable(uint32_t source, void (*handler)(void));

// The external interrupt of this hart. Context: interrupts off.
void irqchip_interrupt(void);
