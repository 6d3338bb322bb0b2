// SPDX-License-Identifier: MIT
// kernel/proc/exec.c - execve(): the calling process becomes another program.
//
// Until the other threads have left, everything can fail, and the caller goes on as it was. The new
// address space is complete by then; only what has to be written into it, which may find memory
// short, comes after it has been loaded, and costs the process its life if it fails.
#include "kernel/abi/errno.h"
#include "kernel/base/string.h"
#include "kernel/fs/fdtable.h"
#include "kernel/fs/fs.h"
#include "kernel/pool.h"
#include "kernel/proc/exec.h"
#include "kernel/proc/futex.h"
#include "kernel/proc/futex_pi.h"
#include "kernel/proc/make.h"
#include "kernel/proc/signal.h"
#include "kernel/proc/signal_action.h"
#include "kernel/proc/spawn.h"
#include "kernel/proc/user_timer.h"
#include "kernel/proc/sys.h"
#include "kernel/proc/wait_status.h"
#include "kernel/riscv/csr.h"
#include "kernel/riscv/irq.h"
#include "mm/user/copy.h"

// ---- Becoming it -------------------------------------------------------------------------------

// What the program does not share with another process, since it changes.
struct own {
    struct fdtable *files;          // NULL: it has its own
    struct signal_actions *actions; // NULL: the same
};

static void own_drop(const struct own *own)
{
    if (own->files != NULL) {
        fdtable_put(own->files);
    }
    if (own->actions != NULL) {
        signal_actions_put(own->actions);
    }
}

// Returns: 0; -ENOMEM. It may yet be dropped.
static int own_make(struct process *p, struct own *own)
{
    bool shared = fdtable_is_shared(p->files);
    bool own_actions = signal_actions_are_own(p);

    own->files = shared ? fdtable_fork(p->files) : NULL;
    own->actions = own_actions ? NULL : signal_actions_new();
    if ((shared && own->files == NULL) || (!own_actions && own->actions == NULL)) {
        own_drop(own);
        return -ENOMEM;
    }
    return 0;
}

// Context: `p` has one thread.
static void own_take(struct process *p, const struct own *own)
{
    struct fdtable *old = p->files;

    if (own->files != NULL && !fdtable_is_shared(old)) {
        fdtable_put(own->files); // it was with threads that have left
    } else if (own->files != NULL) {
        spin_lock(&p->lock); // /proc looks
        p->files = own->files;
        spin_unlock(&p->lock);
        fdtable_put(old);
    }
    user_timers_drop(p);
    signal_actions_exec(p, own->actions);
}

static const char *last_part(const char *path)
{
    const char *name = path;

    for (; *path != '\0'; path++) {
        name = *path == '/' && path[1] != '\0' ? path + 1 : name;
    }
    return name;
}

// The calling thread's process has the number of its first thread; if that is another one, which
// has left by now, the two exchange their numbers.
static void become_leader(struct process *p)
{
    struct thread *t = current();
    struct thread *old = p->leader;

    if (old == t) {
        return;
    }
    spin_lock(&tree_lock);
    struct user_thread *old_user = old->user;
    pool_exchange(old, t);
    old->user = NULL;
    p->leader = thread_get(t->tid);
    spin_unlock(&tree_lock);
    user_thread_drop(old_user);
    thread_put(old);
}

static void forget_fp(struct user_thread *user)
{
    memset(&user->fp, 0, sizeof(user->fp));
    user_thread_lose_hart(user); // loads the zeros on the way back
}

// Leave the old address space for the new one. Nobody else runs in this process.
static void enter_aspace(struct exec *exec)
{
    struct process *p = current_process();
    struct user_thread *user = current()->user;
    struct aspace *old = p->aspace;

    futex_exit_robust(user);
    if (user->clear_child_tid != 0 && put_user_u32(user->clear_child_tid, 0) == 0) {
        futex_wake_user(user->clear_child_tid, 1);
    }
    user->clear_child_tid = 0;
    user->robust_list = 0;
    futex_begin_pi(user);
    spin_lock(&p->lock); // /proc looks
    p->aspace = exec->as;
    spin_unlock(&p->lock);
    exec->as = NULL;
    user_thread_set_aspace(p->aspace);
    aspace_put(old);
    process_release_vfork(p);
}

// What /proc shows of the arguments.
static struct program_strings strings_of(const struct exec *exec)
{
    size_t argv_bytes = exec->args.argv_bytes;

    return (struct program_strings){
        .at = program_strings_at(&exec->args, exec->path),
        .argument_bytes = (uint32_t)argv_bytes,
        .environment_bytes = (uint32_t)(exec->args.bytes - argv_bytes),
    };
}

static void reset(struct exec *exec)
{
    struct process *p = current_process();
    struct user_thread *user = current()->user;
    struct file *old = p->executable;

    p->has_execed = true;
    spin_lock(&tree_lock);
    p->exit_signal = SIGCHLD; // whatever clone() was asked for
    spin_unlock(&tree_lock);
    fdtable_exec(p->files); // by which the parent may know that it has executed
    user->altstack_at = 0;
    user->altstack_bytes = 0;
    user->altstack_flags = 0;
    user->restart.fn = NULL;
    forget_fp(user);
    struct program_strings strings = strings_of(exec);

    spin_lock(&p->lock); // /proc looks
    p->executable = exec->program.file;
    p->strings = strings;
    spin_unlock(&p->lock);
    exec->program.file = NULL;
    if (old != NULL) {
        file_put(old);
    }
    (void)str_copy(p->name, last_part(exec->path), sizeof(p->name));
    _Static_assert(sizeof(current()->name) >= sizeof(p->name), "it fits");
    __builtin_memcpy_inline(&current()->name[0], &p->name[0], sizeof(p->name));
}

static void set_registers(struct trap_frame *frame, const struct program *program, uint64_t sp)
{
    uint64_t status = csr_read(sstatus) & ~(uint64_t)(SSTATUS_SPP | SSTATUS_SIE | SSTATUS_FS);

    memset(frame, 0, sizeof(*frame));
    frame->sstatus = status | SSTATUS_SPIE | SSTATUS_FS_CLEAN;
    frame->sepc = program->elf.entry + program->bias;
    frame->x[REG_SP] = sp;
}

// Returns: 0, with the registers to begin with in *frame; -errno, if nothing has changed.
static int commit(struct exec *exec, struct trap_frame *frame)
{
    uint64_t sp;
    struct own own;
    int err = own_make(current_process(), &own);

    if (err != 0) {
        return err;
    }
    err = process_become_single();
    if (err != 0) {
        own_drop(&own);
        return err;
    }
    own_take(current_process(), &own);
    become_leader(current_process());
    enter_aspace(exec);
    reset(exec);
    if (program_fill(&exec->program, &exec->args, exec->path, &sp) != 0) {
        exec_free(exec);
        process_exit_group(wait_status_signal(SIGKILL));
    }
    set_registers(frame, &exec->program, sp);
    return 0;
}

long sys_execve(uint64_t path, uint64_t argv, uint64_t envp)
{
    struct exec *exec = exec_new();

    if (exec == NULL) {
        return -ENOMEM;
    }
    long err = copy_string_from_user(exec->path, path, EXEC_PATH_BYTES);
    err = err < 0 ? err : exec_args_copy(&exec->args, argv, envp);
    err = err < 0 ? err : exec_prepare(exec);
    err = err < 0 ? err : commit(exec, user_frame()); // and a0 = 0 is the result
    exec_free(exec);
    return err;
}

int exec_first(const char *path, struct trap_frame *frame)
{
    struct exec *exec = exec_new();

    if (exec == NULL) {
        return -ENOMEM;
    }
    (void)str_copy(exec->path, path, EXEC_PATH_BYTES);
    int err = exec_args_add(&exec->args, path);
    err = err != 0 ? err : exec_prepare(exec);
    err = err != 0 ? err : commit(exec, frame);
    exec_free(exec);
    return err;
}

// ---- spawn() ------------------------------------------------------------------------------------

// Fill in the arguments of `exec`: its address space stands in for the caller's meanwhile.
static int fill(struct exec *exec, uint64_t *sp)
{
    struct aspace *own = current()->aspace;

    user_thread_set_aspace(exec->as);
    int err = program_fill(&exec->program, &exec->args, exec->path, sp);
    user_thread_set_aspace(own);
    return err;
}

// Returns: the pid; -errno.
static long spawn_prepared(struct exec *exec)
{
    struct spawn spawn = {.as = exec->as,
                          .executable = exec->program.file,
                          .strings = strings_of(exec),
                          .actions = signal_actions_new()};
    uint64_t sp;
    long pid = spawn.actions != NULL ? fill(exec, &sp) : -ENOMEM;

    if (pid == 0) {
        (void)str_copy(spawn.name, last_part(exec->path), sizeof(spawn.name));
        set_registers(&spawn.frame, &exec->program, sp);
        pid = spawn_child(&spawn);
    }
    exec->program.file = spawn.executable;
    if (spawn.actions != NULL) {
        signal_actions_put(spawn.actions);
    }
    return pid;
}

// A program in a child of its own, with its path for its only argument, no environment, and the
// descriptors of the caller.
long sys_spawn(uint64_t path)
{
    struct exec *exec = exec_new();

    if (exec == NULL) {
        return -ENOMEM;
    }
    long err = copy_string_from_user(exec->path, path, EXEC_PATH_BYTES);
    err = err < 0 ? err : exec_args_add(&exec->args, exec->path);
    err = err < 0 ? err : exec_prepare(exec);
    err = err < 0 ? err : spawn_prepared(exec);
    exec_free(exec);
    return err;
}
