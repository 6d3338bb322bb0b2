// SPDX-License-Identifier: MIT
// kernel/proc/init.c - the first process.
#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/abi/resource.h"
#include "kernel/base/bits.h"
#include "kernel/base/string.h"
#include "kernel/bootargs.h"
#include "kernel/console.h"
#include "kernel/fs/fdtable.h"
#include "kernel/fs/fs.h"
#include "kernel/pool.h"
#include "kernel/proc/alarm.h"
#include "kernel/proc/futex.h"
#include "kernel/proc/make.h"
#include "kernel/proc/proc_files.h"
#include "kernel/proc/signal.h"
#include "kernel/proc/vdso.h"
#include "kernel/riscv/irq.h"
#include "mm/frame.h"

struct process *init_process;

// Frames for one thread more that there may be, and how much of memory programs leave for those
// that may have the last of it.
enum { FRAMES_PER_THREAD = 24, RESERVE_DIVISOR = 32, RESERVE_MAX = 1024 };

// How many threads there may be: what they take of memory by themselves leaves some for other
// things, and there are tids left.
static uint64_t threads_max(void)
{
    return min_u64(frames_total() / FRAMES_PER_THREAD, POOL_SLOTS / 2);
}

// What a process may use to begin with; others inherit it.
static void set_limits(struct process *p)
{
    uint64_t threads = threads_max();

    for (unsigned i = 0; i < RLIMITS; i++) {
        p->limits[i] = (struct rlimit){UINT64_MAX, UINT64_MAX};
    }
    p->limits[RLIMIT_STACK] = (struct rlimit){8 << 20, UINT64_MAX};
    p->limits[RLIMIT_NPROC] = (struct rlimit){threads, threads};
    p->limits[RLIMIT_NOFILE] = (struct rlimit){1024, 4096};
}

static bool thread_spares_frames(void)
{
    return current()->spares_frames;
}

// Open the console as descriptors 0, 1 and 2. Returns: 0 or -errno.
static int open_console(struct process *p)
{
    struct file *file;
    int err = fs_open(p->fs, "/dev/console", O_RDWR, 0, &file);

    for (int fd = 0; fd <= 2 && err == 0; fd++) {
        int got = fd_install(p->files, file_get(file), fd, false, 3);
        err = got < 0 ? got : 0;
    }
    if (file != NULL) {
        file_put(file);
    }
    return err;
}

static struct process *make_process(void)
{
    struct process *p = process_new();

    if (p == NULL) {
        return NULL;
    }
    p->pid = current()->tid;
    p->leader = thread_get(p->pid);
    p->files = fdtable_new();
    p->fs = fs_context_new();
    p->actions = signal_actions_new();
    p->aspace = aspace_new();
    set_limits(p);
    if (p->files == NULL || p->fs == NULL || p->actions == NULL || p->aspace == NULL) {
        return NULL; // and the machine ends
    }
    return p;
}

// The calling thread becomes the first of `p`.
static int join(struct process *p)
{
    struct user_thread *user = user_thread_new(p);

    if (user == NULL) {
        return -ENOMEM;
    }
    user->thread = current();
    current()->aspace = p->aspace;
    current()->user = user;
    list_push_back(&p->threads, &user->link);
    p->nr_threads = 1;
    init_process = p;
    (void)process_link(p, NULL, false);
    return 0;
}

int process_start_init(void)
{
    static struct trap_frame frame; // not on the stack that it is copied to the top of
    struct process *p = make_process();
    int err = p == NULL ? -ENOMEM : join(p);

    frames_reserve(min_u64(frames_total() / RESERVE_DIVISOR, RESERVE_MAX), thread_spares_frames);
    proc_files_init();

    if (err == 0) {
        futex_init();
        err = vdso_init();
    }
    if (err == 0) {
        err = alarm_init();
    }
    if (err == 0) {
        err = open_console(p);
    }
    if (err == 0) {
        err = exec_first("/init", &frame);
    }
    if (err != 0) {
        return err;
    }
    if (bootargs.command[0] != '\0') {
        printk("%%%%hartbeat begin%%%%\n");
    }
    irq_disable();
    thread_enter_user(&frame);
}
