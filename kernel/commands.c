// SPDX-License-Identifier: MIT
// kernel/commands.c - help, ps, harts: what there is and what it does.
#include "kernel/abi/errno.h"
#include "kernel/base/format.h"
#include "kernel/base/string.h"
#include "kernel/command.h"
#include "kernel/console.h"
#include "kernel/dispatch.h"
#include "kernel/processor.h"
#include "kernel/thread.h"

static int help_run(int argc, char **argv)
{
    const struct command *c;

    (void)argv;
    if (argc != 1) {
        return -EINVAL;
    }
    for (unsigned i = 0; (c = command_at(i)) != NULL; i++) {
        printk("%s%s%s\n    %s\n", c->name, c->usage[0] != '\0' ? " " : "", c->usage, c->help);
    }
    return 0;
}
COMMAND(help, "help", "", "list the commands", help_run);

static void describe_state(const struct thread_info *info, char *text, size_t size)
{
    switch (info->status) {
    case THREAD_MOVING:
    case THREAD_READY:
        (void)str_copy(text, "Ready", size);
        break;
    case THREAD_RUNNING:
        (void)format(text, size, "Running(%u)", info->cpu);
        break;
    case THREAD_SLEEPING:
        (void)str_copy(text, "Sleeping", size);
        break;
    case THREAD_EXITED:
        (void)str_copy(text, "Exited", size);
        break;
    }
}

static int ps_run(int argc, char **argv)
{
    struct thread_info info;
    unsigned slot = 0;
    char state[16];
    char ms[24];

    (void)argv;
    if (argc != 1) {
        return -EINVAL;
    }
    printk("%10s  %-23s %-12s %4s %4s %10s %12s %16s\n", "TID", "NAME", "STATE", "HART", "PRIO",
           "SWITCHES", "RUN ms", "AFFINITY");
    while (thread_info_next(&slot, &info)) {
        describe_state(&info, state, sizeof(state));
        (void)format_fixed(ms, sizeof(ms), info.run_ns / 1000, 3);
        printk("%10d  %-23s %-12s %4u %4d %10lu %12s %16lx\n", info.tid, info.name, state, info.cpu,
               info.priority, info.switches, ms, info.affinity);
    }
    return 0;
}
COMMAND(ps, "ps", "", "list the threads", ps_run);

static void print_hart(unsigned cpu)
{
    const struct processor *p = processor_of(cpu);
    bool online = harts_online_mask() >> cpu & 1;
    struct thread_info idle = {.run_ns = 0};
    char idle_ms[24];

    if (online) {
        dispatch_describe(p->idle, &idle);
    }
    (void)format_fixed(idle_ms, sizeof(idle_ms), idle.run_ns / 1000, 3);
    printk("%4u %8lu %-8s %4u %12lu %14s\n", cpu, p->hart.hartid.raw, online ? "online" : "missing",
           p->numa_node, p->interrupts, idle_ms);
}

static int harts_run(int argc, char **argv)
{
    (void)argv;
    if (argc != 1) {
        return -EINVAL;
    }
    printk("%4s %8s %-8s %4s %12s %14s\n", "CPU", "HARTID", "STATE", "NODE", "INTERRUPTS",
           "IDLE ms");
    for (unsigned cpu = 0; cpu < harts_present(); cpu++) {
        print_hart(cpu);
    }
    return 0;
}
COMMAND(harts, "harts", "", "list the harts", harts_run);
