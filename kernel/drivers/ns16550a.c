// SPDX-License-Identifier: MIT
// kernel/drivers/ns16550a.c - the 16550 serial port.
//
// Source: National Semiconductor PC16550D, "Registers".
#include "kernel/drivers/mmio.h"
#include "kernel/drivers/uart.h"

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

static void put(char c)
{
    while (!(mmio_read8(reg(LINE_STATUS)) & LINE_STATUS_CAN_SEND)) {
        // not cpu_relax(): this waits for a device, and panic prints through it
    }
    mmio_write8(reg(DATA), (uint8_t)c);
}

static int get(void)
{
    if (!(mmio_read8(reg(LINE_STATUS)) & LINE_STATUS_RECEIVED)) {
        return -1;
    }
    return mmio_read8(reg(DATA));
}

static void listen(bool on)
{
    mmio_write8(reg(INTERRUPT_ENABLE), on ? INTERRUPT_ON_RECEIVE : 0);
}

static void start(volatile void *registers, unsigned shift, bool interrupts)
{
    uart = registers;
    register_shift = shift;
    listen(interrupts);
}

const struct uart_driver ns16550a_driver = {"ns16550a", {"ns16550a", put, get, listen}, start};
