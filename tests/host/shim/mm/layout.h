// SPDX-License-Identifier: MIT
// tests/host/shim/mm/layout.h - host twin: RAM and the image are parts of one arena.
#pragma once

#include "kernel/base/panic.h"
#include "kernel/base/types.h"
#include "mm/regions.h"

// The machine's RAM: `host_ram_bytes` from this physical address on are at host_ram.
#define HOST_RAM_PA 0x80000000UL
extern char *host_ram;
extern uint64_t host_ram_bytes;

// The image, 2 MiB into RAM. Its symbols get other names: the host's linker has one like them.
extern struct host_image {
    char *start;
    char *rodata;
    char *data;
    char *end;
} host_image;
#define __image_start  host_image.start
#define __text_start   host_image.start
#define __rodata_start host_image.rodata
#define __data_start   host_image.data
#define __image_end    host_image.end
extern pa_t image_pa;

static inline void *pa_to_va(pa_t p)
{
    assert(p.raw - HOST_RAM_PA < host_ram_bytes);
    return host_ram + (p.raw - HOST_RAM_PA);
}

static inline pa_t va_to_pa(const void *va)
{
    return pa((uint64_t)((const char *)va - host_ram) + HOST_RAM_PA);
}
