// SPDX-License-Identifier: MIT
// kernel/proc/fork.c - clone(): a new thread of the calling process, or a new process.
//
// Everything that may fail comes first, and is undone in reverse; the child is linked in and starts
// only when it has all it needs.
#include "kernel/abi/clone.h"
#include "kernel/abi/errno.h"
#include "kernel/abi/resource.h"
#include "kernel/base/string.h"
#include "kernel/fs/fdtable.h"
#include "kernel/fs/file.h"
#include "kernel/fs/fs.h"
#include "kernel/pool.h"
#include "kernel/proc/make.h"
#include "kernel/proc/signal.h"
#include "kernel/proc/spawn.h"
#include "kernel/proc/sys.h"
#include "kernel/proc/urgency.h"
#include "kernel/riscv/irq.h"
#include "kernel/waitq.h"
#include "mm/user/copy.h"

enum { VFORK_POLL_NS = 10000000 };

struct clone_request {
    uint64_t flags;
    uint64_t stack;
    uint64_t parent_tid; // user address
    uint64_t tls;
    uint64_t child_tid;  // the same
    struct spawn *spawn; // what the child runs instead of the caller's program; NULL
};

// As Linux combines them. Returns: 0; -EINVAL.
static int check(uint64_t flags)
{
    if ((flags & ~(uint64_t)CLONE_KNOWN) != 0 || (flags & CLONE_SIGNAL_MASK) > SIGRTMAX) {
        return -EINVAL;
    }
    if (((flags & CLONE_THREAD) && !(flags & CLONE_SIGHAND)) ||
        ((flags & CLONE_SIGHAND) && !(flags & CLONE_VM))) {
        return -EINVAL;
    }
    return 0;
}

// ---- The process -------------------------------------------------------------------------------

// `p`, a copy of the caller's process but for its memory, runs another program.
static void take_program(struct process *p, struct spawn *spawn)
{
    signal_actions_exec(p, spawn->actions);
    spawn->actions = NULL;
    fdtable_exec(p->files);
    p->executable = spawn->executable;
    spawn->executable = NULL;
    p->strings = spawn->strings;
    p->has_execed = true;
    str_copy(p->name, spawn->name, sizeof(p->name));
}

// Returns: NULL if memory is short.
static struct aspace *aspace_of_child(struct process *from, const struct clone_request *request)
{
    if (request->spawn != NULL) {
        return aspace_get(request->spawn->as);
    }
    return request->flags & CLONE_VM ? aspace_get(from->aspace) : aspace_fork(from->aspace);
}

// Give `p` what it shares with the caller's process, or has a copy of. Returns: 0; -ENOMEM.
static int inherit(struct process *p, struct process *from, const struct clone_request *request)
{
    uint64_t flags = request->flags;

    p->aspace = aspace_of_child(from, request);
    p->files = flags & CLONE_FILES ? fdtable_get(from->files) : fdtable_fork(from->files);
    p->fs = flags & CLONE_FS ? fs_context_get(from->fs) : fs_context_fork(from->fs);
    p->actions = flags & CLONE_SIGHAND ? signal_actions_get(from->actions)
                                       : signal_actions_fork(from->actions);
    if (p->aspace == NULL || p->files == NULL || p->fs == NULL || p->actions == NULL) {
        return -ENOMEM;
    }
    p->exit_signal = (int)(flags & CLONE_SIGNAL_MASK);
    spin_lock(&from->lock);
    __builtin_memcpy_inline(&p->limits[0], &from->limits[0],
                            sizeof(p->limits)); // half of what a call takes
    p->oom_score_adj = from->oom_score_adj;
    p->strings = from->strings;
    spin_unlock(&from->lock);
    if (request->spawn != NULL) {
        take_program(p, request->spawn);
        return 0;
    }
    p->executable = from->executable != NULL ? file_get(from->executable) : NULL;
    __builtin_memcpy_inline(&p->name[0], &from->name[0], sizeof(p->name));
    return 0;
}

// Returns: the process that the child is to be of, referenced; NULL: no memory.
static struct process *process_of_child(const struct clone_request *request)
{
    struct process *from = current_process();

    if (request->flags & CLONE_THREAD) {
        return process_get(from);
    }
    struct process *p = process_new();
    if (p != NULL && inherit(p, from, request) != 0) {
        process_release(p);
        process_put(p);
        p = NULL;
    }
    return p;
}

// ---- The thread --------------------------------------------------------------------------------

static void fill_in(struct user_thread *user, const struct clone_request *request)
{
    const struct user_thread *from = current()->user;

    if (request->spawn == NULL) {
        user->fp = from->fp;
    } else {
        memset(&user->fp, 0, sizeof(user->fp));
    }
    user->blocked = from->blocked;
    urgency_fork(user, from);
    user->timer_slack_ns = from->timer_slack_ns;
    if (request->spawn == NULL && (!(request->flags & CLONE_VM) ||
                                   (request->flags & CLONE_VFORK))) { // it has a stack of its own
        user->altstack_at = from->altstack_at;
        user->altstack_bytes = from->altstack_bytes;
        user->altstack_flags = from->altstack_flags;
    }
    user->clear_child_tid = request->flags & CLONE_CHILD_CLEARTID ? request->child_tid : 0;
    user->set_child_tid = request->flags & CLONE_CHILD_SETTID ? request->child_tid : 0;
}

// `frame` has the caller's registers, and is the child's.
static void set_registers(struct trap_frame *frame, const struct clone_request *request)
{
    frame->x[REG_A0] = 0;
    if (request->stack != 0) {
        frame->x[REG_SP] = request->stack;
    }
    if (request->flags & CLONE_SETTLS) {
        frame->x[REG_TP] = request->tls;
    }
}

// Returns: 0, with user->thread made and not started; -errno.
static int make_thread(struct user_thread *user, const struct clone_request *request)
{
    const struct spawn *spawn = request->spawn;
    struct thread *parent = current();
    struct thread_attr attr = {.name = spawn != NULL ? spawn->name : parent->name,
                               .priority = parent->sched.params.priority,
                               .affinity = parent->affinity,
                               .detached = true};
    int err =
        thread_make_user(&attr, spawn != NULL ? &spawn->frame : user_frame(), user, &user->thread);

    if (err == 0) {
        if (spawn == NULL) {
            set_registers(thread_user_frame(user->thread), request);
        }
        user->thread->aspace = user->process->aspace;
    }
    return err;
}

// Link `user` into its process, if that is not ending. Returns: 0; -EAGAIN.
static ALWAYS_INLINE int join_process(struct user_thread *user)
{
    struct process *p = user->process;

    spin_lock(&p->lock);
    bool refused = p->exiting;
    if (!refused) {
        list_push_back(&p->threads, &user->link);
        user->thread->spares_frames = process_spares_frames(p);
        if (p->nr_threads++ > 0) { // each thread has one reference: see fd_borrow()
            (void)fdtable_get(p->files);
        }
    }
    spin_unlock(&p->lock);
    return refused ? -EAGAIN : 0;
}

// Undo make_thread() and join_process(). Somebody may have found `user` by its number, and send it
// signals even now: so nothing is left that those would use.
static void withdraw(struct user_thread *user)
{
    struct process *p = user->process;
    struct thread *t = user->thread;

    spin_lock(&p->lock);
    user->leaving = true;
    if (list_is_linked(&user->link)) { // the first of a new process
        list_remove(&user->link);
        p->nr_threads--;
    }
    spin_unlock(&p->lock);
    spin_lock(&tree_lock); // see user_thread_find()
    t->user = NULL;
    t->aspace = NULL;
    spin_unlock(&tree_lock);
    thread_put(t); // which never started
}

// Let the new process be found, if the child is the first thread of one. Returns: 0;
// -ERESTARTNOINTR if the caller has a signal first, which may have been for its whole group.
static ALWAYS_INLINE int be_found(struct user_thread *user, const struct clone_request *request)
{
    struct process *p = user->process;

    if (request->flags & CLONE_THREAD) {
        return 0;
    }
    p->pid = user->thread->tid;
    p->leader = thread_hold(user->thread);
    p->start_ticks = time_now_ticks();
    int err = process_link(p, current_process(), (request->flags & CLONE_PARENT) != 0);
    if (err != 0) {
        thread_put(p->leader);
        return err;
    }
    (void)process_get(p); // one for the tree, one for us
    return 0;
}

// ---- vfork -------------------------------------------------------------------------------------

// Has `child` left the address space, or has the caller's process to end? Context: the lock of the
// child's thread_gone, which both the child and its exec take once they have said so.
static bool vfork_is_over(const struct user_thread *child)
{
    return child->leaving || child->has_execed || current_process()->exiting;
}

// Wait until the thread `child` has left the address space, with an exec or as it ends. Only the
// end of the caller's process makes it return earlier.
static void wait_for_vfork(struct user_thread *child)
{
    struct waitq *gone = &child->process->thread_gone;
    enum wait_mode mode = WAIT_INTERRUPTIBLE;
    unsigned long saved = spin_lock_irqsave(&gone->lock);

    while (!vfork_is_over(child)) {
        uint64_t deadline =
            mode == WAIT_INTERRUPTIBLE ? TIME_NEVER : deadline_after_ns(VFORK_POLL_NS);
        int err = waitq_sleep(gone, mode, deadline);

        spin_lock_irqoff(&gone->lock);
        if (err == -EINTR) { // a signal that does not end us must wait
            mode = WAIT_UNINTERRUPTIBLE;
        }
    }
    spin_unlock_irqrestore(&gone->lock, saved);
}

// ---- The call ----------------------------------------------------------------------------------

// Each step is part of clone(), in line, which the compiler no longer sees to in a function of this
// length: 30 instructions a thread.

// Are there more threads than the caller's process may see? All processes have one user, whose
// threads the limit counts, zombies too, and the few of the kernel. racy: a limit that is set
// meanwhile holds for the next.
static bool are_too_many(unsigned threads)
{
    return threads > current_process()->limits[RLIMIT_NPROC].soft;
}

// The child is there and can no longer fail. Returns: its tid.
static ALWAYS_INLINE long start(struct user_thread *user, const struct clone_request *request)
{
    struct process *p = user->process;
    int tid = user->thread->tid; // before it may be gone

    if (request->flags & CLONE_PARENT_SETTID) {
        (void)put_user_u32(request->parent_tid, (uint32_t)tid); // Linux ignores a bad address, too
    }
    urgency_apply(user);
    if (request->flags & CLONE_VFORK) {
        // relaxed: it is ours until it is launched.
        (void)atomic_fetch_add_explicit(&user->refs, 1, memory_order_relaxed);
        thread_launch(user->thread);
        wait_for_vfork(user);
        user_thread_drop(user);
    } else {
        thread_launch(user->thread);
    }
    process_put(p);
    return tid;
}

static long clone(const struct clone_request *request)
{
    int err = check(request->flags);
    if (err != 0) {
        return err;
    }
    if (are_too_many(pool_count() + 1)) {
        return -EAGAIN;
    }
    struct process *p = process_of_child(request);
    if (p == NULL) {
        return -ENOMEM;
    }
    struct user_thread *user = user_thread_new(p);
    if (user == NULL) {
        err = -ENOMEM;
        goto out_process;
    }
    fill_in(user, request);
    err = make_thread(user, request);
    if (err != 0) {
        goto out_user;
    }
    // Counted once more, since many may have passed the first check at once.
    err = are_too_many(pool_count()) ? -EAGAIN : join_process(user);
    err = err != 0 ? err : be_found(user, request);
    if (err == 0) {
        return start(user, request);
    }
    withdraw(user);
out_user:
    user_thread_drop(user);
out_process:
    if (!(request->flags & CLONE_THREAD)) {
        process_release(p);
        signal_queue_flush(&p->signals);
    }
    process_put(p);
    return err;
}

// riscv64 has the arguments in the order that Linux calls CLONE_BACKWARDS.
long sys_clone(uint64_t flags, uint64_t stack, uint64_t parent_tid, uint64_t tls,
               uint64_t child_tid)
{
    struct clone_request request = {flags & 0xffffffff, stack, parent_tid, tls, child_tid, NULL};

    return clone(&request);
}

long spawn_child(struct spawn *spawn)
{
    struct clone_request request = {.flags = SIGCHLD, .spawn = spawn};

    return clone(&request);
}
