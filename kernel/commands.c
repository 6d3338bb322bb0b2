// SPDX-License-Identifier: MIT
// kernel/commands.c - help, ps, harts: what there is and what it does.
#include "kernel/abi/errno.h"
#include "kernel/account.h"
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

enum { NUMBER_BYTES = 24 };

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

// What only test and debug builds know is `-` in others.
static const char *known(char text[NUMBER_BYTES], uint64_t value, unsigned decimals)
{
    if (CONFIG_TEST) {
        (void)format_fixed(text, NUMBER_BYTES, value, decimals);
    }
    return CONFIG_TEST ? text : "-";
}

static void print_thread(const struct thread_info *info)
{
    char state[16];
    char run[NUMBER_BYTES];
    char wait[NUMBER_BYTES];
    char migrations[NUMBER_BYTES];
    char stack[NUMBER_BYTES];

    describe_state(info, state, sizeof(state));
    (void)format_fixed(run, sizeof(run), info->run_ns / 1000, 3);
    printk("%10d  %-23s %-12s %4u %4d %10lu %12s %12s %10s %6s %16lx\n", info->tid, info->name,
           state, info->cpu, info->priority, info->switches, run,
           known(wait, info->wait_ns / 1000, 3), known(migrations, info->migrations, 0),
           known(stack, info->stack_bytes, 0), info->affinity);
}

static int ps_run(int argc, char **argv)
{
    struct thread_info info;
    unsigned slot = 0;

    (void)argv;
    if (argc != 1) {
        return -EINVAL;
    }
    printk("%10s  %-23s %-12s %4s %4s %10s %12s %12s %10s %6s %16s\n", "TID", "NAME", "STATE",
           "HART", "PRIO", "SWITCHES", "RUN ms", "WAIT ms", "MIGRATIONS", "STACK", "AFFINITY");
    while (thread_info_next(&slot, &info)) {
        print_thread(&info);
    }
    return 0;
}
COMMAND(ps, "ps", "", "list the threads", ps_run);

static const char *hart_state(const struct processor *p, bool online)
{
    if (!online) {
        return "missing";
    }
    return p->current == p->idle ? "idle" : "busy"; // read racily
}

// While a hart runs another thread its idle thread is Ready: so that one's wait is the hart's work.
static void print_hart(unsigned cpu)
{
    const struct processor *p = processor_of(cpu);
    const struct hart_account *account = &hart_accounts[cpu];
    bool online = harts_online_mask() >> cpu & 1;
    struct thread_info idle = {.run_ns = 0};
    char idle_ms[NUMBER_BYTES];
    char busy_ms[NUMBER_BYTES];
    char switches[NUMBER_BYTES];
    char migrations[NUMBER_BYTES];

    if (online) {
        dispatch_describe(p->idle, &idle);
    }
    (void)format_fixed(idle_ms, sizeof(idle_ms), idle.run_ns / 1000, 3);
    printk("%4u %8lu %-8s %4u %12lu %14s %14s %10s %10s\n", cpu, p->hart.hartid.raw,
           hart_state(p, online), p->numa_node, p->interrupts, idle_ms,
           known(busy_ms, idle.wait_ns / 1000, 3), known(switches, account->switches, 0),
           known(migrations, account->migrations, 0));
}

static int harts_run(int argc, char **argv)
{
    (void)argv;
    if (argc != 1) {
        return -EINVAL;
    }
    printk("%4s %8s %-8s %4s %12s %14s %14s %10s %10s\n", "CPU", "HARTID", "STATE", "NODE",
           "INTERRUPTS", "IDLE ms", "BUSY ms", "SWITCHES", "MIGRATIONS");
    for (unsigned cpu = 0; cpu < harts_present(); cpu++) {
        print_hart(cpu);
    }
    return 0;
}
COMMAND(harts, "harts", "", "list the harts", harts_run);
