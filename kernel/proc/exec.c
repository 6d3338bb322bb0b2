// SPDX-License-Identifier: MIT
// kernel/proc/exec.c - execve(): the calling process becomes another program.
//
// Until the other threads have left, everything can fail, and the caller goes on as it was. The new
// address space is complete by then; only what has to be written into it, which may find memory
// short, comes after it has been loaded, and costs the process its life if it fails.
#include "kernel/abi/errno.h"
#include "kernel/abi/resource.h"
#include "kernel/base/string.h"
#include "kernel/console.h"
#include "kernel/fs/fdtable.h"
#include "kernel/fs/fs.h"
#include "kernel/pool.h"
#include "kernel/proc/futex.h"
#include "kernel/proc/futex_pi.h"
#include "kernel/proc/make.h"
#include "kernel/proc/program.h"
#include "kernel/proc/signal.h"
#include "kernel/proc/spawn.h"
#include "kernel/proc/user_timer.h"
#include "kernel/proc/sys.h"
#include "kernel/proc/wait_status.h"
#include "kernel/riscv/csr.h"
#include "kernel/riscv/irq.h"
#include "mm/frame.h"
#include "mm/memory.h"
#include "mm/user/copy.h"

enum { SCRIPTS_MAX = 4, PATH_MAX_BYTES = 4096, EXEC_ORDER = 2 };

// All that an exec collects before it commits itself; too large for a stack.
struct exec {
    struct program program;
    struct exec_args args;
    struct aspace *as;
    char path[PATH_MAX_BYTES];
};

_Static_assert(sizeof(struct exec) <= PAGE_SIZE << EXEC_ORDER, "it has that many frames");

// ---- Finding out what to run -------------------------------------------------------------------

static char *skip_blanks(char *at)
{
    while (*at == ' ' || *at == '\t') {
        at++;
    }
    return at;
}

// End the word that begins at `at`. Returns: what follows it.
static char *cut_word(char *at)
{
    while (*at != '\0' && *at != ' ' && *at != '\t') {
        at++;
    }
    if (*at != '\0') {
        *at++ = '\0';
    }
    return at;
}

// Split the first line of a script. Returns: whether it names an interpreter; *argument, all that
// follows its name, may be NULL.
static bool interpreter_of(char *head, size_t bytes, char **interpreter, char **argument)
{
    head[bytes] = '\0';
    char *end = strchr(head, '\n');

    if (bytes < 3 || head[0] != '#' || head[1] != '!' || end == NULL) {
        return false;
    }
    *end = '\0';
    *interpreter = skip_blanks(head + 2);
    char *rest = skip_blanks(cut_word(*interpreter));
    *argument = *rest != '\0' ? rest : NULL;
    return **interpreter != '\0';
}

// The file that has been opened is a script: open what it names instead. Returns: 0 or -errno.
static int open_interpreter(struct exec *exec)
{
    char *interpreter;
    char *argument;

    if (!interpreter_of(exec->program.head, exec->program.head_bytes, &interpreter, &argument)) {
        return -ENOEXEC;
    }
    int err = exec_args_interpret(&exec->args, interpreter, argument, exec->path);
    if (err != 0) {
        return err;
    }
    (void)str_copy(exec->path, interpreter, sizeof(exec->path));
    program_close(&exec->program);
    return program_open(&exec->program, current_process()->fs, exec->path);
}

static int open_program(struct exec *exec)
{
    int err = program_open(&exec->program, current_process()->fs, exec->path);

    for (unsigned depth = 0; err == 0; depth++) {
        err = program_read(&exec->program);
        if (err != -ENOEXEC || exec->program.head_bytes < 2 ||
            memcmp(exec->program.head, "#!", 2) != 0) {
            break;
        }
        err = depth < SCRIPTS_MAX ? open_interpreter(exec) : -ELOOP;
    }
    if (err == -ELIBBAD) {
        printk("%s: it wants a dynamic loader; link it with -static\n", exec->path);
        err = -ENOEXEC;
    }
    return err;
}

static uint64_t stack_bytes(struct process *p)
{
    spin_lock(&p->lock);
    uint64_t limit = p->limits[RLIMIT_STACK].soft;
    spin_unlock(&p->lock);
    limit = limit < STACK_MAX_BYTES ? limit : STACK_MAX_BYTES;
    return limit < 16 * PAGE_SIZE ? 16 * PAGE_SIZE : limit / PAGE_SIZE * PAGE_SIZE;
}

// Returns: NULL if memory is short.
static struct aspace *new_aspace(const struct rlimit *limits)
{
    struct aspace *as = aspace_new();

    if (as != NULL) { // racy: another thread of the process may set them just now
        aspace_set_limits(as, limits[RLIMIT_AS].soft, limits[RLIMIT_DATA].soft);
    }
    return as;
}

// Returns: 0, with a new address space that has the program; -errno.
static int prepare(struct exec *exec)
{
    int err = open_program(exec);

    if (err == 0) {
        exec->as = new_aspace(current_process()->limits);
        err = exec->as != NULL
                  ? program_map(&exec->program, exec->as, stack_bytes(current_process()))
                  : -ENOMEM;
    }
    return err;
}

static void discard(struct exec *exec)
{
    if (exec->as != NULL) {
        aspace_put(exec->as);
    }
    program_close(&exec->program);
    exec_args_free(&exec->args);
}

// ---- Becoming it -------------------------------------------------------------------------------

// What the program does not share with another process, since it changes.
struct own {
    struct fdtable *files; // NULL: it has its own
    struct signal_actions *actions;
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

    own->files = shared ? fdtable_fork(p->files) : NULL;
    own->actions = signal_actions_new();
    if ((shared && own->files == NULL) || own->actions == NULL) {
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
    spin_lock(&p->lock); // /proc looks
    p->executable = exec->program.file;
    spin_unlock(&p->lock);
    exec->program.file = NULL;
    if (old != NULL) {
        file_put(old);
    }
    (void)str_copy(p->name, last_part(exec->path), sizeof(p->name));
    (void)str_copy(current()->name, p->name, sizeof(current()->name));
}

// What /proc shows of the arguments.
static struct program_strings strings_of(const struct exec *exec)
{
    size_t argv_bytes = exec_args_argv_bytes(&exec->args);

    return (struct program_strings){
        .at = program_strings_at(&exec->args, exec->path),
        .argument_bytes = (uint32_t)argv_bytes,
        .environment_bytes = (uint32_t)(exec->args.bytes - argv_bytes),
    };
}

static void note_strings(struct process *p, const struct exec *exec)
{
    struct program_strings strings = strings_of(exec);

    spin_lock(&p->lock);
    p->strings = strings;
    spin_unlock(&p->lock);
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
    note_strings(current_process(), exec);
    if (program_fill(&exec->program, &exec->args, exec->path, &sp) != 0) {
        discard(exec);
        frames_free(exec, EXEC_ORDER);
        process_exit_group(wait_status_signal(SIGKILL));
    }
    set_registers(frame, &exec->program, sp);
    return 0;
}

static struct exec *exec_new(void)
{
    struct exec *exec = frames_alloc_or_reclaim(EXEC_ORDER);

    if (exec != NULL) {
        memset(exec, 0, offsetof(struct exec, path)); // that one is a string, which comes next
        if (exec_args_init(&exec->args) != 0) {
            frames_free(exec, EXEC_ORDER);
            exec = NULL;
        }
    }
    return exec;
}

long sys_execve(uint64_t path, uint64_t argv, uint64_t envp)
{
    struct exec *exec = exec_new();
    struct trap_frame frame;

    if (exec == NULL) {
        return -ENOMEM;
    }
    long err = copy_string_from_user(exec->path, path, sizeof(exec->path));
    err = err < 0 ? err : exec_args_copy(&exec->args, argv, envp);
    err = err < 0 ? err : prepare(exec);
    err = err < 0 ? err : commit(exec, &frame);
    discard(exec);
    frames_free(exec, EXEC_ORDER);
    if (err == 0) {
        *user_frame() = frame; // and a0 = 0 is the result
    }
    return err;
}

int exec_first(const char *path, struct trap_frame *frame)
{
    struct exec *exec = exec_new();

    if (exec == NULL) {
        return -ENOMEM;
    }
    (void)str_copy(exec->path, path, sizeof(exec->path));
    int err = exec_args_add(&exec->args, path);
    err = err != 0 ? err : prepare(exec);
    err = err != 0 ? err : commit(exec, frame);
    discard(exec);
    frames_free(exec, EXEC_ORDER);
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
    long err = copy_string_from_user(exec->path, path, sizeof(exec->path));
    err = err < 0 ? err : exec_args_add(&exec->args, exec->path);
    err = err < 0 ? err : prepare(exec);
    err = err < 0 ? err : spawn_prepared(exec);
    discard(exec);
    frames_free(exec, EXEC_ORDER);
    return err;
}
