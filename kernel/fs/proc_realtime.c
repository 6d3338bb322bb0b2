// SPDX-License-Identifier: MIT
// kernel/fs/proc_realtime.c - /proc/sys/kernel/sched_rt_*: how much real-time threads may have.
#include "kernel/fs/proc_realtime.h"

#include "kernel/base/compiler.h"
#include "kernel/fs/proc_number.h"
#include "kernel/throttle.h"

static void show_period(struct sink *sink, uint64_t id, int status)
{
    (void)id;
    (void)status;
    sink_print(sink, "%ld\n", (long)throttle_settings().period_us);
}

static void show_runtime(struct sink *sink, uint64_t id, int status)
{
    (void)id;
    (void)status;
    sink_print(sink, "%ld\n", (long)throttle_settings().runtime_us);
}

// Of two that write at once, one may undo what the other wrote.
static int write_period(char *line, uint64_t id)
{
    struct throttle_settings settings = throttle_settings();
    int err = proc_number(line, INT32_MAX, &settings.period_us);

    (void)id;
    return err != 0 ? err : throttle_set(settings);
}

static int write_runtime(char *line, uint64_t id)
{
    struct throttle_settings settings = throttle_settings();
    int err = proc_number(line, INT32_MAX, &settings.runtime_us);

    (void)id;
    return err != 0 ? err : throttle_set(settings);
}

static const struct proc_node nodes[] = {
    {.name = "sys/kernel/sched_rt_period_us",
     .mode = 0644,
     .show = show_period,
     .write = write_period},
    {.name = "sys/kernel/sched_rt_runtime_us",
     .mode = 0644,
     .show = show_runtime,
     .write = write_runtime},
};
const struct proc_table proc_realtime = {nodes, ARRAY_SIZE(nodes)};
