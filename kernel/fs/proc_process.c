// SPDX-License-Identifier: MIT
// kernel/fs/proc_process.c - what /proc/PID tells of a process, and of each of its threads.
#include "kernel/abi/errno.h"
#include "kernel/base/format.h"
#include "kernel/base/string.h"
#include "kernel/fs/proc_number.h"
#include "kernel/fs/processes.h"
#include "kernel/fs/procfs.h"
#include "kernel/fs/proc_dirs.h"
#include "kernel/fs/dentry.h"
#include "kernel/fs/fs.h"
#include "kernel/fs/tty.h"
#include "kernel/processor.h"
#include "mm/frame.h"
#include "mm/memory.h"
#include "mm/user/aspace.h"

enum {
    NS_PER_CENTISECOND = 10000000,
    BYTES_PER_KIB = 1024,
    NICE_BASE = 20,
    PROT_READ_BIT = 1,
    PROT_WRITE_BIT = 2,
    PROT_EXEC_BIT = 4,
    NAME_COLUMN = 73,
    OOM_SCORE_ADJ_MAX = 1000,
    CONSOLE_NUMBER = 5 << 8 | 1, // of the device, as stat has it
};

// What stat has room for; status shows all.
#define SIGNALS_SHOWN UINT64_C(0x7fffffff)

// Returns: whether there is such a process; what is known of it in *info.
static bool describe(uint64_t id, struct process_info *info)
{
    memset(info, 0, sizeof(*info));
    return processes->describe((int)id, info) == 0;
}

// As Linux counts them: 20 + nice, or below 0 for the real-time class.
static int priority_of(const struct process_info *info)
{
    return info->priority > 0 ? -1 - info->priority : NICE_BASE + info->nice;
}

static void show_stat(struct sink *sink, uint64_t id, int status)
{
    struct process_info i;

    (void)status;
    if (!describe(id, &i)) {
        return;
    }
    int group = tty_foreground_of(i.sid);

    sink_print(sink, "%d (%s) %c %d %d %d %d %d 0 0 0 0 0 %lu 0 %lu 0 %d %d %u 0 %lu %lu %lu ",
               (int)id, i.name, i.state, i.ppid, i.pgid, i.sid, group < 0 ? 0 : CONSOLE_NUMBER,
               group, i.run_ns / NS_PER_CENTISECOND, i.children_run_ns / NS_PER_CENTISECOND,
               priority_of(&i), i.nice, i.threads, i.start_ns / NS_PER_CENTISECOND, i.mapped_bytes,
               i.resident_bytes / PAGE_SIZE);
    sink_print(sink, "18446744073709551615 0 0 0 0 0 %lu %lu %lu %lu 0 0 0 17 %u %d %d ",
               i.pending & SIGNALS_SHOWN, i.blocked & SIGNALS_SHOWN, i.ignored & SIGNALS_SHOWN,
               i.caught & SIGNALS_SHOWN, i.cpu, i.priority, i.policy);
    sink_print(sink, "0 0 0 0 0 0 0 0 0 0 0\n");
}

static const char *state_name(char state)
{
    switch (state) {
    case 'R':
        return "R (running)";
    case 'Z':
        return "Z (zombie)";
    default:
        return "S (sleeping)";
    }
}

static void show_status(struct sink *sink, uint64_t id, int status)
{
    struct process_info i;

    (void)status;
    if (!describe(id, &i)) {
        return;
    }
    sink_print(sink, "Name:\t%s\nState:\t%s\nTgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\n", i.name,
               state_name(i.state), i.pid, (int)id, i.ppid);
    sink_print(sink, "TracerPid:\t0\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\n");
    sink_print(sink, "VmSize:\t%8lu kB\nVmRSS:\t%8lu kB\nThreads:\t%u\n",
               i.mapped_bytes / BYTES_PER_KIB, i.resident_bytes / BYTES_PER_KIB, i.threads);
    sink_print(sink, "SigPnd:\t%016lx\nShdPnd:\t%016lx\nSigBlk:\t%016lx\n", i.pending,
               i.process_pending, i.blocked);
    sink_print(sink, "SigIgn:\t%016lx\nSigCgt:\t%016lx\n", i.ignored, i.caught);
    sink_print(sink, "Cpus_allowed:\t%lx\nCpus_allowed_list:\t", i.affinity & harts_present_mask);
    sink_print_bits(sink, i.affinity & harts_present_mask);
    sink_print(sink, "\nvoluntary_ctxt_switches:\t%lu\nnonvoluntary_ctxt_switches:\t0\n",
               i.switches);
}

static void show_statm(struct sink *sink, uint64_t id, int status)
{
    struct process_info i;

    (void)status;
    if (describe(id, &i)) {
        sink_print(sink, "%lu %lu 0 0 0 0 0\n", i.mapped_bytes / PAGE_SIZE,
                   i.resident_bytes / PAGE_SIZE);
    }
}

static void show_schedstat(struct sink *sink, uint64_t id, int status)
{
    struct process_info i;

    (void)status;
    if (describe(id, &i)) {
        sink_print(sink, "%lu %lu %lu\n", i.run_ns, i.wait_ns, i.switches);
    }
}

static void show_comm(struct sink *sink, uint64_t id, int status)
{
    struct process_info i;

    (void)status;
    if (describe(id, &i)) {
        sink_print(sink, "%s\n", i.name);
    }
}

// Words, each with a 0 behind it: not for format().
static void show_strings(struct sink *sink, uint64_t id, bool environment)
{
    long n = processes->strings((int)id, environment, sink->text, sink->size);

    if (n > 0) {
        sink->length += (size_t)n;
    }
}

static void show_cmdline(struct sink *sink, uint64_t id, int status)
{
    (void)status;
    show_strings(sink, id, false);
}

static void show_environ(struct sink *sink, uint64_t id, int status)
{
    (void)status;
    show_strings(sink, id, true);
}

static void print_area(struct sink *sink, const struct area_info *area)
{
    size_t before = sink->length;

    sink_print(sink, "%08lx-%08lx %c%c%c%c %08lx 00:00 0 ", area->start, area->end,
               (area->prot & PROT_READ_BIT) != 0 ? 'r' : '-',
               (area->prot & PROT_WRITE_BIT) != 0 ? 'w' : '-',
               (area->prot & PROT_EXEC_BIT) != 0 ? 'x' : '-', area->shared ? 's' : 'p',
               area->offset);
    if (area->name != NULL) {
        int column = (int)(sink->length - before);

        sink_print(sink, "%*s%s", column < NAME_COLUMN ? NAME_COLUMN - column : 0, "", area->name);
    }
    sink_print(sink, "\n");
}

static void show_maps(struct sink *sink, uint64_t id, int status)
{
    struct aspace *as = processes->aspace((int)id);
    struct area_info area;
    uint64_t position = 0;

    (void)status;
    if (as == NULL) {
        return;
    }
    while (aspace_next_area(as, &position, &area)) {
        print_area(sink, &area);
    }
    aspace_put(as);
}

static int write_comm(char *line, uint64_t id)
{
    (void)line;
    (void)id;
    return -EPERM; // prctl(PR_SET_NAME) does it
}

static void show_oom_score_adj(struct sink *sink, uint64_t id, int status)
{
    (void)status;
    sink_print(sink, "%d\n", processes->oom_score_adj((int)id));
}

static int write_oom_score_adj(char *line, uint64_t id)
{
    int64_t value;
    int err = proc_number(line, OOM_SCORE_ADJ_MAX, &value);

    return err != 0 ? err : processes->set_oom_score_adj((int)id, (int)value);
}

// ---- Links -------------------------------------------------------------------------------------

long proc_path_text(struct dentry *d, char *text, size_t size)
{
    if (d == NULL) {
        return -ENOENT;
    }
    char *path = frames_alloc_or_reclaim(0);
    long length = path != NULL ? dentry_path(d, path, PAGE_SIZE) : -ENOMEM;

    if (length > 0) {
        length = (size_t)length < size ? length : (long)size;
        memcpy(text, path, (size_t)length);
    }
    if (path != NULL) {
        frames_free(path, 0);
    }
    dentry_put(d);
    return length;
}

static int go_to(struct dentry *d, struct dentry **target)
{
    *target = d;
    return d != NULL ? 0 : -ENOENT;
}

// The name that `file`, taken over, was opened by. NULL: there is none.
static struct dentry *dentry_of(struct file *file)
{
    struct dentry *d = file != NULL && file->dentry != NULL ? dentry_get(file->dentry) : NULL;

    if (file != NULL) {
        file_put(file);
    }
    return d;
}

static long read_exe(uint64_t id, char *text, size_t size)
{
    return proc_path_text(dentry_of(processes->executable((int)id)), text, size);
}

static int follow_exe(uint64_t id, struct dentry **target)
{
    return go_to(dentry_of(processes->executable((int)id)), target);
}

static long read_cwd(uint64_t id, char *text, size_t size)
{
    return proc_path_text(processes->cwd((int)id), text, size);
}

static int follow_cwd(uint64_t id, struct dentry **target)
{
    return go_to(processes->cwd((int)id), target);
}

static long read_root(uint64_t id, char *text, size_t size)
{
    (void)id;
    return proc_path_text(dentry_get(fs_root), text, size);
}

static int follow_root(uint64_t id, struct dentry **target)
{
    (void)id;
    return go_to(dentry_get(fs_root), target);
}

// ---- self --------------------------------------------------------------------------------------

static long read_self(uint64_t id, char *text, size_t size)
{
    char number[16];
    int pid = processes->own_pid();

    (void)id;
    if (pid == 0) {
        return -ENOENT;
    }
    size_t length = format(number, sizeof(number), "%d", pid);

    length = length < size ? length : size;
    memcpy(text, number, length);
    return (long)length;
}

static const struct proc_node links[] = {
    {.name = "self", .mode = 0777, .read_link = read_self},
};
const struct proc_table proc_links = {links, sizeof(links) / sizeof(links[0])};

// ---- Tables ------------------------------------------------------------------------------------

#define FILES                                                                                      \
    {.name = "stat", .mode = 0444, .show = show_stat},                                             \
        {.name = "status", .mode = 0444, .show = show_status},                                     \
        {.name = "statm", .mode = 0444, .show = show_statm},                                       \
        {.name = "schedstat", .mode = 0444, .show = show_schedstat},                               \
        {.name = "comm", .mode = 0644, .show = show_comm, .write = write_comm},                    \
        {.name = "oom_score_adj",                                                                  \
         .mode = 0644,                                                                             \
         .show = show_oom_score_adj,                                                               \
         .write = write_oom_score_adj},                                                            \
        {.name = "cmdline", .mode = 0444, .show = show_cmdline},                                   \
        {.name = "environ", .mode = 0400, .show = show_environ},                                   \
        {.name = "maps", .mode = 0444, .show = show_maps},                                         \
        {.name = "exe", .mode = 0777, .read_link = read_exe, .follow = follow_exe},                \
        {.name = "cwd", .mode = 0777, .read_link = read_cwd, .follow = follow_cwd},                \
        {.name = "root", .mode = 0777, .read_link = read_root, .follow = follow_root},             \
    {                                                                                              \
        .name = "fd", .mode = 0500, .directory = &proc_descriptors_ops                             \
    }

static const struct proc_node process_nodes[] = {
    FILES,
    {.name = "task", .mode = 0555, .directory = &proc_threads_ops},
};
static const struct proc_node thread_nodes[] = {FILES};

const struct proc_table proc_of_process = {process_nodes, ARRAY_SIZE(process_nodes)};
const struct proc_table proc_of_thread = {thread_nodes, ARRAY_SIZE(thread_nodes)};
