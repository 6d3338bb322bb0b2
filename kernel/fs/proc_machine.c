// SPDX-License-Identifier: MIT
// kernel/fs/proc_machine.c - what /proc tells of the machine and of the kernel.
#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "kernel/base/compiler.h"
#include "kernel/base/string.h"
#include "kernel/bootargs.h"
#include "kernel/command.h"
#include "kernel/dispatch.h"
#include "kernel/fs/pipe.h"
#include "kernel/fs/proc_usage.h"
#include "kernel/fs/procfs.h"
#include "kernel/fs/processes.h"
#include "kernel/processor.h"
#include "kernel/runq.h"
#include "kernel/timer.h"
#include "mm/frame.h"
#include "sync/block/mutex.h"
#include "sync/spinlock.h"

enum {
    NS_PER_SECOND = 1000000000,
    NS_PER_CENTISECOND = 10000000, // USER_HZ is 100
    CENTISECONDS = 100,
    READ_ONLY = 0444,
    KIB_PER_PAGE = (int)(PAGE_SIZE / 1024),
};

// ---- Time --------------------------------------------------------------------------------------

// For how long a hart has been idle.
static uint64_t idle_ns(unsigned cpu)
{
    struct thread_info info;

    dispatch_describe(processor_of(cpu)->idle, &info);
    return info.run_ns;
}

static bool is_online(unsigned cpu)
{
    return (harts_online_mask() & bit(cpu)) != 0;
}

static uint64_t all_idle_ns(void)
{
    uint64_t sum = 0;

    for (unsigned cpu = 0; cpu < harts_present(); cpu++) {
        sum += is_online(cpu) ? idle_ns(cpu) : 0;
    }
    return sum;
}

static void print_seconds(struct sink *sink, uint64_t ns)
{
    sink_print(sink, "%lu.%02lu", ns / NS_PER_SECOND, ns / NS_PER_CENTISECOND % CENTISECONDS);
}

static void show_uptime(struct sink *sink, uint64_t id, int status)
{
    (void)id;
    (void)status;
    print_seconds(sink, time_now_ns());
    sink_print(sink, " ");
    print_seconds(sink, all_idle_ns());
    sink_print(sink, "\n");
}

// ---- Threads -----------------------------------------------------------------------------------

// Sums over all threads that there are.
struct crowd {
    unsigned nr;
    unsigned runnable;
    uint64_t switches;
    int last_tid;
};

static struct crowd count_threads(void)
{
    struct crowd crowd = {};
    struct thread_info info;

    for (unsigned slot = 0; thread_info_next(&slot, &info);) {
        crowd.nr++;
        crowd.runnable += info.status == THREAD_READY || info.status == THREAD_RUNNING;
        crowd.switches += info.switches;
        crowd.last_tid = info.tid > crowd.last_tid ? info.tid : crowd.last_tid;
    }
    return crowd;
}

// No averages are kept: what can run at this moment stands for all three.
static void show_loadavg(struct sink *sink, uint64_t id, int status)
{
    struct crowd crowd = count_threads();

    (void)id;
    (void)status;
    sink_print(sink, "%u.00 %u.00 %u.00 %u/%u %d\n", crowd.runnable, crowd.runnable, crowd.runnable,
               crowd.runnable, crowd.nr, crowd.last_tid);
}

// A line `cpuN user nice system idle iowait irq softirq steal guest guest_nice`. What is not idle
// counts as user: programs and kernel are not told apart.
static void print_cpu(struct sink *sink, uint64_t busy_ns, uint64_t rest_ns)
{
    sink_print(sink, " %lu 0 0 %lu 0 0 0 0 0 0\n", busy_ns / NS_PER_CENTISECOND,
               rest_ns / NS_PER_CENTISECOND);
}

static uint64_t busy_of(uint64_t now_ns, uint64_t rest_ns)
{
    return now_ns > rest_ns ? now_ns - rest_ns : 0;
}

static void show_stat(struct sink *sink, uint64_t id, int status)
{
    uint64_t now_ns = time_now_ns();
    uint64_t rest_ns = all_idle_ns();
    struct crowd crowd = count_threads();
    uint64_t interrupts = 0;

    (void)id;
    (void)status;
    sink_print(sink, "cpu ");
    print_cpu(sink, busy_of(now_ns * harts_online(), rest_ns), rest_ns);
    for (unsigned cpu = 0; cpu < harts_present(); cpu++) {
        if (is_online(cpu)) {
            rest_ns = idle_ns(cpu);
            sink_print(sink, "cpu%u", cpu);
            print_cpu(sink, busy_of(now_ns, rest_ns), rest_ns);
            interrupts += processor_of(cpu)->interrupts;
        }
    }
    sink_print(sink,
               "intr %lu\nctxt %lu\nbtime %lu\nprocesses %d\nprocs_running %u\n"
               "procs_blocked 0\n",
               interrupts, crowd.switches, (inode_now_ns() - now_ns) / NS_PER_SECOND,
               crowd.last_tid, crowd.runnable);
}

// ---- Machine -----------------------------------------------------------------------------------

static void show_meminfo(struct sink *sink, uint64_t id, int status)
{
    size_t total = frames_total() * KIB_PER_PAGE;
    size_t free = frames_free_count() * KIB_PER_PAGE;

    (void)id;
    (void)status;
    sink_print(sink,
               "MemTotal:       %8zu kB\nMemFree:        %8zu kB\nMemAvailable:   %8zu kB\n"
               "Buffers:               0 kB\nCached:                0 kB\n"
               "SwapTotal:             0 kB\nSwapFree:              0 kB\n",
               total, free, free);
}

static void show_cpuinfo(struct sink *sink, uint64_t id, int status)
{
    (void)id;
    (void)status;
    for (unsigned cpu = 0; cpu < harts_present(); cpu++) {
        if (is_online(cpu)) {
            sink_print(sink,
                       "processor\t: %u\nhart\t\t: %lu\nisa\t\t: rv64imafdc\nmmu\t\t: sv39\n\n",
                       cpu, processor_of(cpu)->hart.hartid.raw);
        }
    }
}

static void show_cmdline(struct sink *sink, uint64_t id, int status)
{
    (void)id;
    (void)status;
    sink_print(sink, "%s\n", bootargs_given);
}

static void show_version(struct sink *sink, uint64_t id, int status)
{
    (void)id;
    (void)status;
    sink_print(sink, "Linux version 6.1.0-hartbeat (Hartbeat, " CONFIG_BUILD " build) #1 SMP\n");
}

static void show_mounts(struct sink *sink, uint64_t id, int status)
{
    (void)id;
    (void)status;
    sink_print(sink, "tmpfs / tmpfs rw 0 0\ndevtmpfs /dev devtmpfs rw 0 0\n"
                     "proc /proc proc rw 0 0\nsysfs /sys sysfs ro 0 0\n");
}

static void show_filesystems(struct sink *sink, uint64_t id, int status)
{
    (void)id;
    (void)status;
    sink_print(sink, "nodev\ttmpfs\nnodev\tdevtmpfs\nnodev\tproc\nnodev\tsysfs\n");
}

static void show_pid_max(struct sink *sink, uint64_t id, int status)
{
    (void)id;
    (void)status;
    sink_print(sink, "1073741824\n");
}

static void show_ostype(struct sink *sink, uint64_t id, int status)
{
    (void)id;
    (void)status;
    sink_print(sink, "Linux\n");
}

static void show_osrelease(struct sink *sink, uint64_t id, int status)
{
    (void)id;
    (void)status;
    sink_print(sink, "6.1.0-hartbeat\n");
}

static void show_hostname(struct sink *sink, uint64_t id, int status)
{
    (void)id;
    (void)status;
    sink_print(sink, "hartbeat\n");
}

// ---- Hartbeat ----------------------------------------------------------------------------------

static void show_policy(struct sink *sink, uint64_t id, int status)
{
    (void)id;
    (void)status;
    sink_print(sink, "%s\n", runq_policy.name);
}

static void show_topology(struct sink *sink, uint64_t id, int status)
{
    (void)id;
    (void)status;
    sink_print(sink, "queues %s\nvictim %s\ntake %s\nlock %s\nlockwait %s\nharts %u\n",
               bootargs.queues, topology.random_victim ? "random" : "busiest",
               topology.take_half ? "half" : "one", SPIN_NAME, bootargs.lockwait, harts_online());
}

static void show_counters(struct sink *sink, uint64_t id, int status)
{
    (void)id;
    (void)status;
    sink_print(sink, "cpu hartid interrupts idle_ns waiting\n");
    for (unsigned cpu = 0; cpu < harts_present(); cpu++) {
        const struct processor *p = processor_of(cpu);

        if (is_online(cpu)) {
            sink_print(sink, "%u %lu %lu %lu %u\n", cpu, p->hart.hartid.raw, p->interrupts,
                       idle_ns(cpu), p->rq->queue.waiting);
        }
    }
}

static void show_pipe_max_size(struct sink *sink, uint64_t id, int status)
{
    (void)id;
    (void)status;
    sink_print(sink, "%lu\n", (uint64_t)PIPE_PAGES_MAX << PAGE_SHIFT);
}

// One at a time: commands were made for one prompt.
static struct mutex command_lock = MUTEX_INIT(command_lock);

static int run_command(char *line, uint64_t id)
{
    (void)id;
    if (!command_is_known(line)) {
        return -ENOENT;
    }
    mutex_lock(&command_lock);
    int status = command_run(line);

    mutex_unlock(&command_lock);
    return status >= 0 ? status : 1;
}

static void show_status(struct sink *sink, uint64_t id, int status)
{
    (void)id;
    sink_print(sink, "%d\n", status);
}

static const struct proc_node machine_nodes[] = {
    {.name = "stat", .mode = READ_ONLY, .show = show_stat},
    {.name = "meminfo", .mode = READ_ONLY, .show = show_meminfo},
    {.name = "cpuinfo", .mode = READ_ONLY, .show = show_cpuinfo},
    {.name = "uptime", .mode = READ_ONLY, .show = show_uptime},
    {.name = "loadavg", .mode = READ_ONLY, .show = show_loadavg},
    {.name = "cmdline", .mode = READ_ONLY, .show = show_cmdline},
    {.name = "version", .mode = READ_ONLY, .show = show_version},
    {.name = "mounts", .mode = READ_ONLY, .show = show_mounts},
    {.name = "filesystems", .mode = READ_ONLY, .show = show_filesystems},
    {.name = "sys/kernel/pid_max", .mode = READ_ONLY, .show = show_pid_max},
    {.name = "sys/kernel/ostype", .mode = READ_ONLY, .show = show_ostype},
    {.name = "sys/kernel/osrelease", .mode = READ_ONLY, .show = show_osrelease},
    {.name = "sys/fs/pipe-max-size", .mode = READ_ONLY, .show = show_pipe_max_size},
    {.name = "sys/kernel/hostname", .mode = READ_ONLY, .show = show_hostname},
    {.name = "hartbeat/policy", .mode = READ_ONLY, .show = show_policy},
    {.name = "hartbeat/topology", .mode = READ_ONLY, .show = show_topology},
    {.name = "hartbeat/counters", .mode = READ_ONLY, .show = show_counters},
    {.name = "hartbeat/usage", .mode = READ_ONLY, .show = show_usage},
    {.name = "kernel", .mode = 0600, .show = show_status, .write = run_command},
};
const struct proc_table proc_machine = {machine_nodes, ARRAY_SIZE(machine_nodes)};
