// SPDX-License-Identifier: MIT
// kernel/drivers/firmware_console.c - the firmware's console: the debug console extension, else the
// legacy calls, which newer firmware may lack.
#include "kernel/console.h"
#include "kernel/riscv/sbi.h"
#include "mm/layout.h"

static bool has_debug_console; // constant after boot

void firmware_console_init(void)
{
    has_debug_console = sbi_has_extension(SBI_EXT_DBCN);
}

static void put(char c)
{
    if (has_debug_console) {
        sbi_debug_console_write(c);
    } else {
        sbi_console_putchar(c);
    }
}

static int debug_console_get(void)
{
    static unsigned char received; // guarded by: the console's input lock

    return sbi_debug_console_read(va_to_pa(&received)) ? received : -1;
}

static int get(void)
{
    return has_debug_console ? debug_console_get() : sbi_console_getchar();
}

const struct console_driver firmware_console = {"sbi", put, get, NULL};
