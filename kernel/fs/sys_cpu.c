// SPDX-License-Identifier: MIT
// kernel/fs/sys_cpu.c - what /sys/devices/system/cpu tells: of all harts, and of each.
//
// A hart is a core with one thread, and all cores are in one package.
#include "kernel/base/bits.h"
#include "kernel/base/format.h"
#include "kernel/fs/procfs.h"
#include "kernel/processor.h"

enum { READ_ONLY = 0444, WORD_BITS = 32, PATH_BYTES = 64 };

#define CPUS "devices/system/cpu"

static void print_list(struct sink *sink, uint64_t cpus)
{
    sink_print_bits(sink, cpus);
    sink_print(sink, "\n");
}

// In hexadecimal, 32 at a time with commas between.
static void print_mask(struct sink *sink, uint64_t cpus)
{
    if (harts_present() > WORD_BITS) {
        sink_print(sink, "%08lx,%08lx\n", cpus >> WORD_BITS, cpus & UINT32_MAX);
    } else {
        sink_print(sink, "%lx\n", cpus);
    }
}

static void show_online(struct sink *sink, uint64_t id, int status)
{
    (void)id;
    (void)status;
    print_list(sink, harts_online_mask());
}

static void show_present(struct sink *sink, uint64_t id, int status)
{
    (void)id;
    (void)status;
    print_list(sink, harts_present_mask);
}

static void show_core(struct sink *sink, uint64_t cpu, int status)
{
    (void)status;
    sink_print(sink, "%lu\n", cpu);
}

static void show_package(struct sink *sink, uint64_t cpu, int status)
{
    (void)cpu;
    (void)status;
    sink_print(sink, "0\n");
}

static void show_core_mask(struct sink *sink, uint64_t cpu, int status)
{
    (void)status;
    print_mask(sink, bit((unsigned)cpu));
}

static void show_core_list(struct sink *sink, uint64_t cpu, int status)
{
    (void)status;
    print_list(sink, bit((unsigned)cpu));
}

static void show_package_mask(struct sink *sink, uint64_t cpu, int status)
{
    (void)cpu;
    (void)status;
    print_mask(sink, harts_online_mask());
}

static const struct proc_node all_nodes[] = {
    {.name = "online", .mode = READ_ONLY, .show = show_online},
    {.name = "present", .mode = READ_ONLY, .show = show_present},
    {.name = "possible", .mode = READ_ONLY, .show = show_present},
};

// By their names of today and by those of old.
static const struct proc_node topology_nodes[] = {
    {.name = "core_id", .mode = READ_ONLY, .show = show_core},
    {.name = "physical_package_id", .mode = READ_ONLY, .show = show_package},
    {.name = "core_cpus", .mode = READ_ONLY, .show = show_core_mask},
    {.name = "core_cpus_list", .mode = READ_ONLY, .show = show_core_list},
    {.name = "thread_siblings", .mode = READ_ONLY, .show = show_core_mask},
    {.name = "thread_siblings_list", .mode = READ_ONLY, .show = show_core_list},
    {.name = "package_cpus", .mode = READ_ONLY, .show = show_package_mask},
    {.name = "package_cpus_list", .mode = READ_ONLY, .show = show_online},
    {.name = "core_siblings", .mode = READ_ONLY, .show = show_package_mask},
    {.name = "core_siblings_list", .mode = READ_ONLY, .show = show_online},
};

int sys_cpu_fix(struct dentry *sys)
{
    const struct proc_table all = {all_nodes, ARRAY_SIZE(all_nodes)};
    const struct proc_table topology = {topology_nodes, ARRAY_SIZE(topology_nodes)};
    int err = proc_fix(sys, CPUS, &all, 0);

    for (unsigned cpu = 0; err == 0 && cpu < harts_present(); cpu++) {
        char path[PATH_BYTES];

        (void)format(path, sizeof(path), CPUS "/cpu%u/topology", cpu);
        err = proc_fix(sys, path, &topology, cpu);
    }
    return err;
}
