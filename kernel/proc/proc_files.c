// SPDX-License-Identifier: MIT
// kernel/proc/proc_files.c - answering what files ask about processes.
#include "kernel/proc/proc_files.h"

#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "kernel/base/string.h"
#include "kernel/dispatch.h"
#include "kernel/fs/dentry.h"
#include "kernel/fs/fdtable.h"
#include "kernel/fs/fs.h"
#include "kernel/fs/processes.h"
#include "kernel/proc/cpu_time.h"
#include "kernel/proc/process.h"
#include "kernel/proc/signal.h"
#include "kernel/proc/signal_action.h"
#include "kernel/timer.h"

// ---- The calling process -----------------------------------------------------------------------

static int own_pid(void)
{
    return current()->user != NULL ? current_process()->pid : 0;
}

// Racy, as the answer's use.
static int own_group(void)
{
    return current()->user != NULL ? current_process()->pgid : 0;
}

static int own_session(void)
{
    return current()->user != NULL ? current_process()->sid : 0;
}

static bool own_signal(void)
{
    return current()->user != NULL && signal_is_pending();
}

static void signal_group(int pgid, int signo)
{
    (void)signal_send_group(pgid, signo, NULL);
}

// ---- Finding them ------------------------------------------------------------------------------

static int next(int after)
{
    struct process *p = process_next(after);
    int pid = p != NULL ? p->pid : 0;

    if (p != NULL) {
        process_put(p);
    }
    return pid;
}

// The least tid above `after` among the threads of `p`; 0: none.
static int next_tid(struct process *p, int after)
{
    struct list *node;
    int tid = 0;

    spin_lock(&p->lock);
    list_for_each(node, &p->threads)
    {
        int other = list_entry(node, struct user_thread, link)->thread->tid;

        if (other > after && (tid == 0 || other < tid)) {
            tid = other;
        }
    }
    spin_unlock(&p->lock);
    return tid;
}

// `id` is a pid, or the tid of one of its threads. Returns: the process, referenced; NULL.
static struct process *process_of(int id)
{
    struct process *p = process_find(id);

    if (p != NULL) {
        return p;
    }
    struct user_thread *user = user_thread_find(id);

    if (user != NULL) {
        p = process_get(user->process);
        user_thread_put(user);
    }
    return p;
}

static int next_thread(int pid, int after)
{
    struct process *p = process_of(pid);
    int tid = 0;

    if (p != NULL) {
        tid = next_tid(p, after);
        process_put(p);
    }
    return tid;
}

// What `p` refers to, referenced, is taken with its lock held, since it drops them as a zombie.

static struct file *executable(int pid)
{
    struct process *p = process_of(pid);
    struct file *file = NULL;

    if (p != NULL) {
        spin_lock(&p->lock);
        file = p->executable != NULL ? file_get(p->executable) : NULL;
        spin_unlock(&p->lock);
        process_put(p);
    }
    return file;
}

static struct dentry *cwd(int pid)
{
    struct process *p = process_of(pid);
    struct fs_context *fs = NULL;

    if (p == NULL) {
        return NULL;
    }
    spin_lock(&p->lock);
    fs = p->fs != NULL ? fs_context_get(p->fs) : NULL;
    spin_unlock(&p->lock);
    struct dentry *d = fs != NULL ? fs_cwd(fs) : NULL;

    if (fs != NULL) {
        fs_context_put(fs);
    }
    process_put(p);
    return d;
}

static struct aspace *aspace_of(struct process *p)
{
    spin_lock(&p->lock);
    struct aspace *as = p->aspace != NULL ? aspace_get(p->aspace) : NULL;

    spin_unlock(&p->lock);
    return as;
}

static struct aspace *aspace(int pid)
{
    struct process *p = process_of(pid);
    struct aspace *as = NULL;

    if (p != NULL) {
        as = aspace_of(p);
        process_put(p);
    }
    return as;
}

static struct fdtable *files_of(int pid)
{
    struct process *p = process_of(pid);
    struct fdtable *files = NULL;

    if (p != NULL) {
        spin_lock(&p->lock);
        files = p->files != NULL ? fdtable_get(p->files) : NULL;
        spin_unlock(&p->lock);
        process_put(p);
    }
    return files;
}

static struct file *descriptor(int pid, int fd)
{
    struct fdtable *files = files_of(pid);
    struct file *file = NULL;

    if (files != NULL) {
        file = fd_get(files, fd);
        fdtable_put(files);
    }
    return file;
}

static int next_descriptor(int pid, int from)
{
    struct fdtable *files = files_of(pid);
    int fd = -1;

    if (files != NULL) {
        fd = fd_next(files, from);
        fdtable_put(files);
    }
    return fd;
}

// `bytes` of the memory of `p`, or what is there of them, as far as they fit. Returns: how many
// there are.
static long peek(struct process *p, uint64_t at, size_t bytes, char *buffer, size_t size)
{
    size_t room = bytes < size ? bytes : size;
    struct aspace *as = aspace_of(p);
    size_t done = as != NULL ? aspace_peek(as, at, buffer, room) : 0;

    if (as != NULL) {
        aspace_put(as);
    }
    return (long)(done < room ? done : bytes);
}

static long strings(int pid, bool environment, char *buffer, size_t size)
{
    struct process *p = process_of(pid);

    if (p == NULL) {
        return -ESRCH;
    }
    spin_lock(&p->lock);
    struct program_strings at = p->strings;
    spin_unlock(&p->lock);
    long bytes = environment
                     ? peek(p, at.at + at.argument_bytes, at.environment_bytes, buffer, size)
                     : peek(p, at.at, at.argument_bytes, buffer, size);

    process_put(p);
    return bytes;
}

// ---- The last frames ---------------------------------------------------------------------------

static int oom_score_adj(int pid)
{
    struct process *p = process_of(pid);
    int value = p != NULL ? p->oom_score_adj : 0; // racy, as the answer's use

    if (p != NULL) {
        process_put(p);
    }
    return value;
}

static void set_score_locked(struct process *p, int value) REQUIRES(p->lock)
{
    struct list *node;

    p->oom_score_adj = value;
    list_for_each(node, &p->threads)
    {
        struct thread *t = list_entry(node, struct user_thread, link)->thread;

        t->spares_frames = process_spares_frames(p);
    }
}

static int set_oom_score_adj(int pid, int value)
{
    struct process *p = process_of(pid);

    if (p == NULL) {
        return -ESRCH;
    }
    spin_lock(&p->lock);
    set_score_locked(p, value);
    spin_unlock(&p->lock);
    process_put(p);
    return 0;
}

// ---- Describing them ---------------------------------------------------------------------------

// One more thread of a process.
static void add_thread(struct process_info *info, struct user_thread *user)
{
    struct thread_info thread;

    dispatch_describe(user->thread, &thread);
    info->run_ns += thread.run_ns;
    info->wait_ns += thread.wait_ns;
    info->switches += thread.switches;
    info->affinity = thread.affinity;
    info->threads++;
    if (thread.status == THREAD_RUNNING || thread.status == THREAD_READY) {
        info->state = 'R';
    }
    if (thread.status == THREAD_RUNNING || info->threads == 1) {
        info->cpu = thread.cpu;
    }
}

// What is done about signals: they are ignored, or handled.
static void add_actions(struct process_info *info, struct process *p) REQUIRES(p->lock)
{
    struct signal_actions *actions = p->actions;

    if (p->nr_threads == 0) {
        return;
    }
    spin_lock(&actions->lock);
    for (uint64_t left = actions->set; left != 0; left &= left - 1) {
        unsigned i = bit_lowest(left);
        uint64_t handler = actions->of[i].handler;

        info->ignored |= handler == SIG_IGN ? bit(i) : 0;
        info->caught |= handler != SIG_IGN && handler != SIG_DFL ? bit(i) : 0;
    }
    spin_unlock(&actions->lock);
}

static void add_scheduling(struct process_info *info, struct scheduling s)
{
    info->nice = s.nice;
    info->policy = s.policy;
    info->priority = s.priority;
}

// The threads of `p`: all, or only `tid`.
static void add_threads(struct process_info *info, struct process *p, int tid)
{
    struct list *node;

    spin_lock(&p->lock);
    list_for_each(node, &p->threads)
    {
        struct user_thread *user = list_entry(node, struct user_thread, link);

        if (tid != 0 && user->thread->tid != tid) {
            continue;
        }
        add_thread(info, user);
        add_scheduling(info, scheduling_of(user));
        info->blocked = user->blocked;
        info->pending = user->signals.pending;
    }
    info->process_pending = p->signals.pending;
    add_actions(info, p);
    spin_unlock(&p->lock);
}

static void add_memory(struct process_info *info, struct process *p)
{
    struct aspace *as = aspace_of(p);

    if (as != NULL) {
        struct aspace_usage usage = aspace_usage(as);

        info->mapped_bytes = usage.pages_mapped * PAGE_SIZE;
        info->resident_bytes = usage.pages_present * PAGE_SIZE;
        aspace_put(as);
    }
}

static int describe(int id, struct process_info *info)
{
    struct process *p = process_of(id);

    if (p == NULL) {
        return -ESRCH;
    }
    *info = (struct process_info){
        .pid = p->pid,
        .tid = id,
        .ppid = p->parent_pid,
        .pgid = p->pgid,
        .sid = p->sid,
        .state = p->zombie ? 'Z' : 'S',
        .start_ns = ticks_to_ns(p->start_ticks),
    };
    (void)str_copy(info->name, p->name, sizeof(info->name));
    add_threads(info, p, id == p->pid ? 0 : id);
    if (id == p->pid) {
        // relaxed: a sum by itself.
        info->run_ns += atomic_load_explicit(&p->threads_run_ns, memory_order_relaxed);
        info->children_run_ns = process_children_run_ns(p);
    }
    add_memory(info, p);
    process_put(p);
    return 0;
}

static const struct processes_ops ops = {
    .signal_group = signal_group,
    .own_pid = own_pid,
    .own_group = own_group,
    .own_session = own_session,
    .own_signal = own_signal,
    .next = next,
    .next_thread = next_thread,
    .describe = describe,
    .executable = executable,
    .cwd = cwd,
    .aspace = aspace,
    .descriptor = descriptor,
    .next_descriptor = next_descriptor,
    .oom_score_adj = oom_score_adj,
    .set_oom_score_adj = set_oom_score_adj,
    .strings = strings,
};

void proc_files_init(void)
{
    processes = &ops;
}
