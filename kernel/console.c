// SPDX-License-Identifier: MIT
// kernel/console.c - text in and out.
#include "kernel/console.h"

#include <stdarg.h>

#include "kernel/abi/errno.h"
#include "kernel/base/format.h"
#include "kernel/base/string.h"
#include "kernel/riscv/irq.h"
#include "kernel/timer.h"
#include "kernel/waitq.h"
#include "sync/spinlock.h"

enum {
    LINE_BYTES = 1024,
    INPUT_BYTES = 256,
    POLL_NS = 20000000, // how often to look where no interrupt tells
};

static struct spinlock output_lock = SPINLOCK_INIT("console", RANK_CONSOLE);
static char line[LINE_BYTES];                                    // guarded by: output_lock
static const struct console_driver *console = &firmware_console; // constant after boot
static bool input_interrupts;                                    // constant after boot

static struct waitq readers = WAITQ_INIT(readers, "console input");
// guarded by: readers.lock. A ring: [taken, filled) modulo its size.
static char input[INPUT_BYTES];
static unsigned taken;
static unsigned filled;
static bool deaf; // the ring is full, and the device was told not to interrupt for what it has

void console_use(const struct console_driver *driver, bool interrupts)
{
    console = driver;
    input_interrupts = interrupts;
}

const char *console_name(void)
{
    return console->name;
}

static void write_locked(const char *text, size_t bytes) REQUIRES(output_lock)
{
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] == '\n') {
            console->put('\r');
        }
        console->put(text[i]);
    }
}

void console_write(const char *text, size_t bytes)
{
    spin_lock(&output_lock);
    write_locked(text, bytes);
    spin_unlock(&output_lock);
}

void console_write_raw(const char *text, size_t bytes)
{
    spin_lock(&output_lock);
    for (size_t i = 0; i < bytes; i++) {
        console->put(text[i]);
    }
    spin_unlock(&output_lock);
}

void printk(const char *text, ...)
{
    va_list arguments;

    va_start(arguments, text);
    spin_lock(&output_lock);
    size_t length = vformat(line, sizeof(line), text, arguments);
    write_locked(line, length < sizeof(line) ? length : sizeof(line) - 1);
    spin_unlock(&output_lock);
    va_end(arguments);
}

void console_break_lock(void)
{
    spin_break(&output_lock);
}

// Move what has arrived into the ring; what finds no room waits in the device, and whoever sends
// there waits for it.
static void fill_locked(void) REQUIRES(readers.lock)
{
    int c = 0;

    while (filled - taken < INPUT_BYTES && (c = console->get()) >= 0) {
        input[filled++ % INPUT_BYTES] = (char)c;
    }
    if (input_interrupts && deaf != (c >= 0)) {
        deaf = c >= 0;
        console->listen(!deaf);
    }
}

void console_input(void)
{
    spin_lock_irqoff(&readers.lock);
    fill_locked();
    (void)waitq_wake(&readers, 1);
    spin_unlock_irqoff(&readers.lock);
}

int console_getchar(void)
{
    unsigned long saved = spin_lock_irqsave(&readers.lock);
    int result = 0;

    fill_locked();
    while (filled == taken && result != -EINTR) {
        uint64_t deadline = input_interrupts ? TIME_NEVER : deadline_after_ns(POLL_NS);

        result = waitq_sleep(&readers, WAIT_INTERRUPTIBLE, deadline);
        spin_lock_irqoff(&readers.lock);
        fill_locked();
    }
    if (filled != taken) {
        result = (unsigned char)input[taken++ % INPUT_BYTES];
    }
    spin_unlock_irqrestore(&readers.lock, saved);
    return result;
}
