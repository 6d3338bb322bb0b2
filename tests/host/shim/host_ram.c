// SPDX-License-Identifier: MIT
// tests/host/shim/host_ram.c - RAM for host tests of mm/, and the firmware's fence.
#include "tests/host/shim/mm/host_ram.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "kernel/base/bits.h"
#include "kernel/riscv/hart.h"
#include "kernel/riscv/irq.h"
#include "kernel/riscv/sbi.h"
#include "mm/frame.h"
#include "mm/layout.h"

char *host_ram;
uint64_t host_ram_bytes;
struct host_image host_image;

unsigned host_fences;
void (*host_on_fence)(void);

static void *map_or_die(void *at, uint64_t bytes, int flags)
{
    void *got = mmap(at, bytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | flags, -1, 0);

    if (got == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
    return got;
}

void host_ram_make(uint64_t bytes)
{
    uint64_t align = PAGE_SIZE << FRAME_ORDER_MAX;

    if (host_ram != NULL) {
        munmap(host_ram, host_ram_bytes);
    }
    char *raw = map_or_die(NULL, bytes + align, 0);

    host_ram = (char *)round_up((uint64_t)raw, align);
    if (host_ram != raw) {
        munmap(raw, (size_t)(host_ram - raw));
    }
    munmap(host_ram + bytes, (size_t)(raw + align - host_ram));
    host_ram_bytes = bytes;
    (void)map_or_die((void *)KSTACK_BASE, KSTACK_BYTES, MAP_FIXED);

    host_image.start = host_ram + MIB(2);
    host_image.rodata = host_image.start + KIB(64);
    host_image.data = host_image.start + KIB(96);
    host_image.end = host_image.start + KIB(200);
}

void host_frames_make(uint64_t bytes)
{
    uint64_t nframes = bytes >> PAGE_SHIFT;
    uint64_t states = round_up(nframes, PAGE_SIZE) >> PAGE_SHIFT;

    host_ram_make(bytes);
    *this_hart() = (struct hart_state){.cpu = 0};
    irq_enable();
    frames_init();
    frames_add_zone(pa(HOST_RAM_PA), nframes, (uint8_t *)host_ram);
    frames_add_free(pa(HOST_RAM_PA + states * PAGE_SIZE), nframes - states);
}

int sbi_remote_sfence_vma(unsigned long mask, unsigned long base, const void *va, size_t bytes)
{
    // What the memory code may ask for: everything, everywhere.
    assert(mask == 0 && base == -1UL && va == NULL && bytes == 0);
    host_fences++;
    if (host_on_fence != NULL) {
        host_on_fence();
    }
    return 0;
}
