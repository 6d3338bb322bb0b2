// SPDX-License-Identifier: MIT
// mm/kmap.c - the kernel's page table.
#include "mm/kmap.h"

#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "kernel/base/panic.h"
#include "kernel/riscv/fence.h"
#include "kernel/riscv/sbi.h"
#include "mm/layout.h"
#include "mm/memory.h"

#define PROT_TEXT   (PTE_G | PTE_R | PTE_X)
#define PROT_RODATA (PTE_G | PTE_R)
#define PROT_DATA   (PTE_G | PTE_R | PTE_W)

struct page_table *kernel_root;
static uint64_t mmio_next = MMIO_BASE; // boot only; the first address that mmio_map() has not used

// ---- Building it --------------------------------------------------------------------------------

// Map [first, end), which may be empty, at the same offset from `base`.
static void map_range(uint64_t base, uint64_t first, uint64_t end, unsigned prot)
{
    if (first >= end) {
        return;
    }
    int error = pt_map(kernel_root, base + first, pa(first), (end - first) >> PAGE_SHIFT, prot);

    if (error != 0) {
        panic("cannot map memory %lx to %lx: error %d", (unsigned long)first, (unsigned long)end,
              -error);
    }
}

static void map_linear(const struct memory_range *ram)
{
    uint64_t first = ram->base.raw;
    uint64_t end = first + ram->bytes;
    uint64_t constant = va_to_pa(__text_start).raw;
    uint64_t data = va_to_pa(__data_start).raw;

    map_range(LINEAR_BASE, first, min_u64(end, constant), PROT_DATA);
    map_range(LINEAR_BASE, max_u64(first, constant), min_u64(end, data), PROT_RODATA);
    map_range(LINEAR_BASE, max_u64(first, data), end, PROT_DATA);
}

static void map_image(void)
{
    uint64_t base = KERNEL_BASE - image_pa.raw;
    uint64_t rodata = va_to_pa(__rodata_start).raw;
    uint64_t data = va_to_pa(__data_start).raw;

    map_range(base, va_to_pa(__text_start).raw, rodata, PROT_TEXT);
    map_range(base, rodata, data, PROT_RODATA);
    map_range(base, data, va_to_pa(__image_end).raw, PROT_DATA);
}

uint64_t kernel_map_init(void)
{
    const struct memory_map *map = memory_map();

    kernel_root = pt_create();
    if (kernel_root == NULL || pt_reserve(kernel_root, KSTACK_BASE, KSTACK_BYTES) != 0 ||
        pt_reserve(kernel_root, MMIO_BASE, MMIO_BYTES) != 0) {
        panic("no memory for the kernel's page table");
    }
    for (unsigned i = 0; i < map->nr_ram; i++) {
        map_linear(&map->ram[i]);
    }
    map_image();
    return SATP_MODE_SV39 | va_to_pa(kernel_root).raw >> PAGE_SHIFT;
}

void *mmio_map(pa_t registers, uint64_t bytes)
{
    uint64_t offset = registers.raw & (PAGE_SIZE - 1);
    uint64_t size = round_up(offset + bytes, PAGE_SIZE);
    uint64_t va = mmio_next;

    if (bytes > MMIO_BYTES || size > MMIO_BASE + MMIO_BYTES - va ||
        pt_map(kernel_root, va, pa(registers.raw - offset), size >> PAGE_SHIFT, PROT_DATA) != 0) {
        return NULL;
    }
    mmio_next = va + size;
    sfence_vma_all();
    return (void *)(va + offset);
}

// ---- Fencing ------------------------------------------------------------------------------------

void kernel_map_fence(void)
{
    fence_io(); // the table's stores come before the device store that interrupts the other harts
    sfence_vma_all();
    // All harts (base -1), all addresses (0, 0): a fence of a range need not reach upper levels.
    int error = sbi_remote_sfence_vma(0, -1UL, NULL, 0);

    if (error != 0) {
        panic("the firmware cannot fence the harts: error %d", -error);
    }
}

// ---- Checking it --------------------------------------------------------------------------------

static bool linear_is_writable(pa_t page)
{
    struct pt_leaf leaf;

    return page.raw < LINEAR_BYTES && pt_lookup(kernel_root, LINEAR_BASE + page.raw, &leaf) == 0 &&
           (leaf.prot & PTE_W) != 0;
}

static bool leaf_is_sound(const struct pt_leaf *leaf)
{
    if ((int64_t)leaf->va >= 0 || (leaf->prot & (PTE_G | PTE_U)) != PTE_G) {
        return false;
    }
    if ((leaf->prot & PTE_X) == 0) {
        return true;
    }
    for (uint64_t done = 0; done < leaf->bytes; done += PAGE_SIZE) {
        if ((leaf->prot & PTE_W) != 0 || linear_is_writable(pa(leaf->pa.raw + done))) {
            return false;
        }
    }
    return true;
}

int kernel_map_check(void)
{
    struct pt_leaf leaf;

    for (uint64_t position = 0; pt_next(kernel_root, &position, &leaf);) {
        if (!leaf_is_sound(&leaf)) {
            return -EFAULT;
        }
    }
    return 0;
}
