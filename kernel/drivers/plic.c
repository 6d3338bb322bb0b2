// SPDX-License-Identifier: MIT
// kernel/drivers/plic.c - the platform-level interrupt controller.
//
// Every source in use goes to the S-mode context of the boot hart; so its claims need no lock.
// Source: RISC-V Platform-Level Interrupt Controller Specification 1.0, "Memory Map".
#include "kernel/abi/errno.h"
#include "kernel/base/fdt.h"
#include "kernel/irqchip.h"
#include "kernel/drivers/mmio.h"
#include "kernel/processor.h"
#include "kernel/riscv/csr.h"
#include "mm/kmap.h"

enum {
    SOURCES = 128, // the driver's limit
    PRIORITY = 0x0,
    ENABLE = 0x2000,
    ENABLE_STRIDE = 0x80,
    CONTEXT = 0x200000,
    CONTEXT_STRIDE = 0x1000,
    CONTEXT_THRESHOLD = 0,
    CONTEXT_CLAIM = 4,
};

static volatile void *plic;             // constant after boot; NULL: none
static uint64_t context;                // constant after boot: the boot hart's S-mode context
static uint32_t plic_phandle;           // constant after boot: how devices refer to it
static void (*handlers[SOURCES])(void); // constant after boot

static volatile void *context_register(uint64_t offset)
{
    return mmio_at(plic, CONTEXT + context * CONTEXT_STRIDE + offset);
}

// Is the interrupt controller `phandle` that of the hart that booted?
static bool is_boot_hart(const struct fdt *fdt, uint32_t phandle)
{
    uint64_t id;
    uint64_t unused;
    fdt_node_t cpu = fdt_parent(fdt, fdt_find_phandle(fdt, phandle));

    return fdt_reg_on_bus(fdt, cpu, 0, &id, &unused) == 0 && id == boot_processor.hart.hartid.raw;
}

// A context is one (hart, privilege) pair in `interrupts-extended`.
static int find_context(const struct fdt *fdt, fdt_node_t node)
{
    uint32_t phandle;
    uint32_t irq;

    for (unsigned i = 0; fdt_prop_cell(fdt, node, "interrupts-extended", 2 * i, &phandle) == 0 &&
                         fdt_prop_cell(fdt, node, "interrupts-extended", 2 * i + 1, &irq) == 0;
         i++) {
        if (irq == IRQ_EXTERNAL && is_boot_hart(fdt, phandle)) {
            context = i;
            return 0;
        }
    }
    return -ENODEV;
}

// The first controller called `compatible` that has a context of the boot hart, which is then set.
static fdt_node_t find_plic(const struct fdt *fdt, const char *compatible)
{
    fdt_node_t node = fdt_find_compatible(fdt, FDT_NONE, compatible);

    while (fdt_exists(node) && find_context(fdt, node) != 0) {
        node = fdt_find_compatible(fdt, node, compatible);
    }
    return node;
}

int irqchip_init(const struct fdt *fdt)
{
    fdt_node_t node = find_plic(fdt, "riscv,plic0");
    uint64_t base;
    uint64_t bytes;

    if (!fdt_exists(node)) {
        node = find_plic(fdt, "sifive,plic-1.0.0");
    }
    if (fdt_reg(fdt, node, 0, &base, &bytes) != 0 ||
        fdt_prop_u32(fdt, node, "phandle", &plic_phandle) != 0) {
        return -ENODEV;
    }
    plic = mmio_map(pa(base), bytes);
    if (plic == NULL) {
        return -ENODEV;
    }
    mmio_write32(context_register(CONTEXT_THRESHOLD), 0);
    return 0;
}

// Does the device `node` interrupt through the controller in use? Its parent in that is inherited.
static bool is_wired_here(const struct fdt *fdt, fdt_node_t node)
{
    uint32_t parent;

    while (fdt_exists(node) && fdt_prop_u32(fdt, node, "interrupt-parent", &parent) != 0) {
        node = fdt_parent(fdt, node);
    }
    return fdt_exists(node) && parent == plic_phandle;
}

int irqchip_enable(const struct fdt *fdt, fdt_node_t node, void (*handler)(void))
{
    uint32_t source;

    if (plic == NULL || !is_wired_here(fdt, node) ||
        fdt_prop_cell(fdt, node, "interrupts", 0, &source) != 0) {
        return -ENODEV;
    }
    if (source == 0 || source >= SOURCES) {
        return -EINVAL;
    }
    handlers[source] = handler;
    mmio_write32(mmio_at(plic, PRIORITY + 4 * source), 1);
    volatile void *word = mmio_at(plic, ENABLE + context * ENABLE_STRIDE + source / 32 * 4);
    mmio_write32(word, mmio_read32(word) | 1U << source % 32);
    return 0;
}

void irqchip_interrupt(void)
{
    uint32_t source;

    while ((source = mmio_read32(context_register(CONTEXT_CLAIM))) != 0) {
        if (source < SOURCES && handlers[source] != NULL) {
            handlers[source]();
        }
        mmio_write32(context_register(CONTEXT_CLAIM), source);
    }
}
