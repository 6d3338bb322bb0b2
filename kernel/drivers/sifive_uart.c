// SPDX-License-Identifier: MIT
// kernel/drivers/sifive_uart.c - the serial port of SiFive's chips.
//
// The port has queues of eight bytes; the receiver's interrupt comes while more bytes wait than its
// watermark, which is set to 0. Source: SiFive FU540-C000 Manual v1p0, "UART".
#include "kernel/drivers/mmio.h"
#include "kernel/drivers/uart.h"

enum {
    TRANSMIT_DATA = 0x00,
    RECEIVE_DATA = 0x04,
    TRANSMIT_CONTROL = 0x08,
    RECEIVE_CONTROL = 0x0c,
    INTERRUPT_ENABLE = 0x10,
    CONTROL_ENABLE = 1,
    CONTROL_WATERMARK = 7 << 16,
    INTERRUPT_ON_RECEIVE = 2,
};
#define QUEUE_FLAG 0x80000000U // of TRANSMIT_DATA: full; of RECEIVE_DATA: empty

static volatile void *uart; // constant after boot

static void put(char c)
{
    while (mmio_read32(mmio_at(uart, TRANSMIT_DATA)) & QUEUE_FLAG) {
        // not cpu_relax(): this waits for a device, and panic prints through it
    }
    mmio_write32(mmio_at(uart, TRANSMIT_DATA), (uint8_t)c);
}

// A read takes the byte, so it is the only one.
static int get(void)
{
    uint32_t data = mmio_read32(mmio_at(uart, RECEIVE_DATA));

    return data & QUEUE_FLAG ? -1 : (int)(data & 0xff);
}

static void listen(bool on)
{
    mmio_write32(mmio_at(uart, INTERRUPT_ENABLE), on ? INTERRUPT_ON_RECEIVE : 0);
}

static void start(volatile void *registers, unsigned shift, bool interrupts)
{
    (void)shift; // the manual leaves nothing open
    uart = registers;
    volatile void *transmit = mmio_at(uart, TRANSMIT_CONTROL);
    volatile void *receive = mmio_at(uart, RECEIVE_CONTROL);

    mmio_write32(transmit, mmio_read32(transmit) | CONTROL_ENABLE);
    mmio_write32(receive, (mmio_read32(receive) | CONTROL_ENABLE) & ~(uint32_t)CONTROL_WATERMARK);
    listen(interrupts);
}

const struct uart_driver sifive_uart_driver = {
    "sifive,uart0", {"sifive,uart0", put, get, listen}, start};
