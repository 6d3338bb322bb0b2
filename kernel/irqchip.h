// SPDX-License-Identifier: MIT
// kernel/irqchip.h - the interrupt controller: routes device interrupts to the boot hart.
//
// A machine may have several, each for some of the harts and some of the devices. The one in use is
// the first that serves the hart that booted.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/fdt.h"

// Find a controller that has a driver and serves this hart. Returns: 0; -ENODEV if there is none.
// Context: boot.
NODISCARD int irqchip_init(const struct fdt *fdt);

// Call `handler` on each interrupt of the device `node`, which has one.
// Returns: 0; -ENODEV if the device interrupts through no controller, or another; -EINVAL if the
// source's number is out of range. Context: boot.
NODISCARD int irqchip_enable(const struct fdt *fdt, fdt_node_t node, void (*handler)(void));

// The external interrupt of this hart. Context: interrupts off.
void irqchip_interrupt(void);
