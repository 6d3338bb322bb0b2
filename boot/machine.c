// SPDX-License-Identifier: MIT
// boot/machine.c - what boot needs of the device tree and of the command line.
#include "boot/machine.h"

#include "kernel/abi/errno.h"
#include "kernel/base/fdt_cpu.h"
#include "kernel/base/panic.h"
#include "kernel/base/string.h"
#include "kernel/console.h"
#include "kernel/processor.h"
#include "kernel/riscv/probe.h"
#include "kernel/runq.h"
#include "kernel/topology.h"
#include "kernel/timer.h"
#include "sync/spinlock.h"

// ---- Memory ------------------------------------------------------------------------------------

static void add_range(struct memory_range *ranges, unsigned *nr, uint64_t base, uint64_t bytes)
{
    if (bytes == 0) {
        return;
    }
    if (*nr == MEMORY_RANGES_MAX) {
        panic("the device tree has more than %d memory ranges", MEMORY_RANGES_MAX);
    }
    ranges[(*nr)++] = (struct memory_range){pa(base), bytes};
}

static void add_regs(const struct fdt *fdt, fdt_node_t node, struct memory_range *ranges,
                     unsigned *nr)
{
    uint64_t base;
    uint64_t bytes;

    for (unsigned i = 0; fdt_reg(fdt, node, i, &base, &bytes) == 0; i++) {
        add_range(ranges, nr, base, bytes);
    }
}

static void add_ram(const struct fdt *fdt, struct memory_map *map)
{
    fdt_node_t node = FDT_NONE;

    while (fdt_exists(node = fdt_find_type(fdt, node, "memory"))) {
        if (fdt_status_okay(fdt, node)) {
            add_regs(fdt, node, map->ram, &map->nr_ram);
        }
    }
}

static void add_reserved(const struct fdt *fdt, struct memory_map *map)
{
    fdt_node_t node = fdt_first_child(fdt, fdt_find_path(fdt, "/reserved-memory"));
    uint64_t base;
    uint64_t bytes;

    for (; fdt_exists(node); node = fdt_next_sibling(fdt, node)) {
        add_regs(fdt, node, map->reserved, &map->nr_reserved);
    }
    for (unsigned i = 0; fdt_reserve_map(fdt, i, &base, &bytes) == 0; i++) {
        add_range(map->reserved, &map->nr_reserved, base, bytes);
    }
}

struct memory_range machine_initrd(const struct fdt *fdt)
{
    fdt_node_t chosen = fdt_find_path(fdt, "/chosen");
    uint64_t start;
    uint64_t end;

    if (fdt_prop_u64(fdt, chosen, "linux,initrd-start", &start) == 0 &&
        fdt_prop_u64(fdt, chosen, "linux,initrd-end", &end) == 0 && end > start) {
        return (struct memory_range){pa(start), end - start};
    }
    return (struct memory_range){};
}

static void add_initrd(const struct fdt *fdt, struct memory_map *map)
{
    struct memory_range initrd = machine_initrd(fdt);

    add_range(map->reserved, &map->nr_reserved, initrd.base.raw, initrd.bytes);
}

void machine_memory(const struct fdt *fdt, pa_t image, pa_t dtb, struct memory_map *map)
{
    *map = (struct memory_map){.image = image};
    add_ram(fdt, map);
    add_reserved(fdt, map);
    add_initrd(fdt, map);
    add_range(map->reserved, &map->nr_reserved, dtb.raw, fdt->bytes);
    if (map->nr_ram == 0) {
        panic("the device tree names no memory");
    }
}

// ---- Time --------------------------------------------------------------------------------------

// Is `extension` one of the parts, between underscores, of an ISA string?
static bool isa_has(const char *isa, const char *extension)
{
    size_t length = strlen(extension);

    for (const char *part = strchr(isa, '_'); part != NULL; part = strchr(part + 1, '_')) {
        char end = part[1 + length < strlen(part) ? 1 + length : strlen(part)];

        if (strncmp(part + 1, extension, length) == 0 && (end == '_' || end == '\0')) {
            return true;
        }
    }
    return false;
}

static bool hart_has(const struct fdt *fdt, fdt_node_t cpu, const char *extension)
{
    size_t bytes = 0;
    const void *list = fdt_prop(fdt, cpu, "riscv,isa-extensions", &bytes);
    const char *isa = fdt_prop_string(fdt, cpu, "riscv,isa");

    return (list != NULL && fdt_list_contains(list, bytes, extension)) ||
           (isa != NULL && isa_has(isa, extension));
}

// Do all harts below the node `cpus` that can run the kernel announce the extension?
static bool all_harts_have(const struct fdt *fdt, fdt_node_t cpus, const char *extension)
{
    fdt_node_t node = fdt_first_child(fdt, cpus);

    while (fdt_exists(node) && (!fdt_cpu_usable(fdt, node) || hart_has(fdt, node, extension))) {
        node = fdt_next_sibling(fdt, node);
    }
    return !fdt_exists(node);
}

void machine_time(const struct fdt *fdt)
{
    fdt_node_t cpus = fdt_find_path(fdt, "/cpus");
    fdt_node_t cpu = fdt_find_type(fdt, FDT_NONE, "cpu");
    uint64_t frequency;

    if (fdt_prop_u64(fdt, cpus, "timebase-frequency", &frequency) != 0 &&
        fdt_prop_u64(fdt, cpu, "timebase-frequency", &frequency) != 0) {
        panic("the device tree has no timebase-frequency");
    }
    if (time_init(frequency, all_harts_have(fdt, cpus, "sstc") && stimecmp_works()) != 0) {
        panic("a timebase of %lu Hz is out of range", frequency);
    }
}

// ---- Options -----------------------------------------------------------------------------------

int machine_lockwait(const char *name)
{
    static const char *const names[] = {[SPIN_WAIT_QUEUE] = "queue", [SPIN_WAIT_TRY] = "try"};

    for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
        if (strcmp(name, names[i]) == 0) {
            spin_wait_mode = (enum spin_wait)i;
            return 0;
        }
    }
    printk("bootargs: lockwait=%s is not one of: queue try\n", name);
    return -EINVAL;
}

int machine_policy(const struct bootargs *args)
{
    const struct sched_policy *policy;

    if (topology_init(args) != 0) {
        return -EINVAL;
    }
    if (runq_init(args->sched, ns_to_ticks(args->quantum_ns)) == 0) {
        return 0;
    }
    printk("bootargs: sched=%s is not one of:", args->sched);
    for (unsigned i = 0; (policy = sched_policy_at(i)) != NULL; i++) {
        printk(" %s", policy->name);
    }
    printk("\n");
    return -EINVAL;
}

int machine_lock(void)
{
    if (strcmp(SPIN_NAME, "null") == 0 && harts_present() > 1) {
        printk("this build's lock, null, is safe with one hart only; there are %u\n",
               harts_present());
        return -EINVAL;
    }
    return 0;
}
