// SPDX-License-Identifier: MIT
// kernel/proc/process.h - processes, and what a thread that runs a program has beside struct
// thread.
//
// A process is named by its pid, the tid of its first thread. It keeps a reference to that thread,
// so that the number stays taken until the process has been waited for.
// Locks:  tree_lock guards who is whose parent and child, process groups and sessions, and whether
//         a process is a zombie. process.lock guards its threads and its signals. Both are
//         spinlocks; tree_lock first (docs/locking.md).
#pragma once

#include <stdatomic.h>

#include "kernel/abi/signal.h"
#include "kernel/base/annot.h"
#include "kernel/base/list.h"
#include "kernel/base/types.h"
#include "kernel/proc/alarm.h"
#include "kernel/processor.h"
#include "kernel/realtime.h"
#include "kernel/riscv/fp.h"
#include "kernel/thread.h"
#include "kernel/waitq_type.h"
#include "mm/user/aspace.h"

struct fdtable;
struct file;
struct fs_context;
struct signal_actions; // kernel/proc/signal_action.h
struct pi_state;       // kernel/proc/pi_state.h
struct pi_waiter;      // the same
struct call_counts;    // kernel/proc/call_counts.c
struct cpu_timers;     // kernel/proc/cpu_timer.c

typedef int pid_t; // a tid

enum { PROCESS_NAME_BYTES = 16, RLIMITS = 16 };

struct rlimit {
    uint64_t soft;
    uint64_t hard;
};

// Signals that wait to be delivered, to a process or to one thread. guarded by: process.lock.
struct signal_queue {
    uint64_t pending;   // bit signo - 1
    struct list queued; // what is known of each: struct queued_signal of signal_queue.c
    unsigned nr_queued;
    struct queued_signal *spare; // memory for one more; NULL: none
};

// Where in a program's memory its arguments were put, and its environment behind them.
struct program_strings {
    uint64_t at;
    uint32_t argument_bytes;
    uint32_t environment_bytes;
};

struct process {
    pid_t pid;
    struct thread *leader; // the first thread; referenced, for its number
    atomic_uint refs;

    // guarded by: tree_lock.
    struct process *parent; // NULL: init
    pid_t parent_pid;       // the same for getppid(), which reads it racily; 0: init
    struct list children;   // of sibling
    struct list sibling;
    pid_t pgid;             // read racily by its own threads
    pid_t sid;              // all of a group have the same
    struct process *group;  // whose pid is pgid; stays while it has members, as its number does
    struct list group_node; // in members of `group`
    struct list members;    // the group with this process's number; often without itself
    bool in_tree;           // from when it is made until it has been waited for
    bool zombie;            // all threads have gone; waits to be waited for
    int exit_status;        // as wait4() has it; final once a zombie
    int exit_signal;        // what its parent gets, or 0
    struct user_thread *unlinked_user; // the leader's, between process_unlink() and _forget()
    struct waitq waiters;              // the parent's: its threads in wait4()

    struct spinlock lock;
    struct list threads; // guarded by: lock; of user_thread.link
    unsigned nr_threads; // guarded by: lock
    bool exiting;        // guarded by: lock; no new threads; those there are leave. Also exec's
    int group_code;      // guarded by: lock; exit_status to be
    struct user_thread *execing; // guarded by: lock; the thread that all others leave for
    struct waitq thread_gone;    // who waits for a thread to have left: all others, in an exec, or
                                 // the child of a vfork()
    struct signal_queue signals; // guarded by: lock; of the process as a whole

    // Referenced; changed by exec only, when there is one thread.
    struct aspace *aspace;
    struct signal_actions *actions; // the same, and guarded by: lock; valid while nr_threads > 0
    struct fdtable *files;
    struct fs_context *fs;
    struct file *executable; // NULL: none yet

    ALIGNED(8) char name[PROCESS_NAME_BYTES]; // comm; racy reads are harmless
    struct program_strings strings; // guarded by: lock; of the program that it has executed
    int oom_score_adj;              // the same: below 0 its threads may have the last frames
    struct alarm alarm;             // ITIMER_REAL; kernel/proc/itimer.c
    struct cpu_timers *cpu_timers;  // guarded by: lock; set once: kernel/proc/cpu_timer.c
    struct list timers;             // guarded by: lock; of timer_create(): kernel/proc/user_timer.c
    unsigned nr_timers;             // the same
    int next_timer;                 // the same: the number of the next
    uint64_t start_ticks;
    _Atomic(struct call_counts *) call_counts; // of kernel/proc/call_counts.c; NULL: none yet
    _Atomic(uint64_t) threads_run_ns;          // by threads that have gone
    uint64_t children_run_ns;                  // guarded by: tree_lock; of children waited for
    bool has_execed;                           // for setpgid()
    struct rlimit limits[RLIMITS];             // guarded by: lock; not cleared by process_new()
};

// How a call that was interrupted goes on: restart_syscall(), or what it waits for in absolute
// time.
struct restart {
    long (*fn)(struct restart *restart);
    uint64_t arguments[5];
};

// How a program has asked for a thread to be scheduled. One word, so that it is read as a whole.
struct scheduling {
    int8_t nice;
    uint8_t policy;     // SCHED_OTHER ...
    uint8_t priority;   // real-time: 1..99, else 0
    bool reset_on_fork; // children begin without
};

// What a thread that runs a program has. Its own, unless it says who else.
struct user_thread {
    // First, since user_thread_new() clears all that comes after it. Valid while the hart's
    // fp_owner is somebody else.
    struct fp_state fp;

    struct thread *thread;
    struct process *process; // referenced
    struct list link;        // guarded by: process->lock
    bool leaving;            // guarded by: process->lock; is on its way out
    bool has_execed;         // guarded by: the lock of process->thread_gone; has another space now
    atomic_uint refs;        // its own until it has gone, and those of user_thread_find()

    struct processor *fp_processor; // where its floating-point registers were loaded last

    uint64_t set_child_tid;   // user address where a new thread writes its tid, 0: nowhere
    uint64_t clear_child_tid; // where it writes 0 when it ends, and wakes who waits there; the same
    uint64_t robust_list;     // the same

    // Signals. guarded by: process->lock; `blocked` is written by the thread itself only.
    uint64_t blocked;
    uint64_t saved_blocked; // what sigsuspend() and ppoll() replaced
    bool restore_blocked;   // put saved_blocked back when the call is over
    uint64_t awaited;       // blocked, but for rt_sigtimedwait(), in which the thread is
    struct signal_queue signals;
    // The stack for handlers. Its own.
    uint64_t altstack_at;
    uint64_t altstack_bytes;
    unsigned altstack_flags;

    struct restart restart;

    // Futexes with priority inheritance. guarded by: pi_mutex (kernel/proc/pi_state.h).
    _Atomic(struct pi_state *) pi; // that it owns, and others wait for
    struct pi_waiter *pi_waits;    // what it waits for; NULL: nothing
    int inherited_urgency;         // 0: none
    atomic_bool pi_leaving;        // it can no longer give up what it has; its own to set

    _Atomic(struct scheduling) scheduling; // see scheduling_set()
    struct realtime_room realtime_room;
    uint64_t timer_slack_ns;
};

// Of a thread that others know: with sched_mutex (kernel/proc/sched_change.h).
// relaxed: one word, that says all. Who acts on it is told of changes by futex_pi_reconsider().
static inline void scheduling_set(struct user_thread *user, struct scheduling s)
{
    atomic_store_explicit(&user->scheduling, s, memory_order_relaxed);
}

static inline struct scheduling scheduling_of(const struct user_thread *user)
{
    return atomic_load_explicit(&user->scheduling, memory_order_relaxed);
}

// The process of the calling thread, which runs a program.
static inline struct process *current_process(void)
{
    return current()->user->process;
}

// The registers of the program that `t` runs, as they were saved on entry. Complete in calls that
// syscalls.def calls SYSCALL_FULL, and in everything that is no system call; in one that it calls
// SYSCALL_ANEW once that has set it.
static inline struct trap_frame *thread_user_frame(const struct thread *t)
{
    return (struct trap_frame *)t->stack_top - 1;
}

// Those of the calling thread.
static inline struct trap_frame *user_frame(void)
{
    return thread_user_frame(current());
}

// Returns: the process with this pid, zombies included, referenced; NULL if there is none.
NODISCARD struct process *process_find(pid_t pid);
struct process *process_get(struct process *p);
void process_put(struct process *p);

// Returns: what the thread with this tid has, it and user->thread referenced; NULL if there is none
// that runs a program, or it is leaving.
NODISCARD struct user_thread *user_thread_find(int tid);
void user_thread_put(struct user_thread *user);

extern struct process *init_process; // pid 1; constant once it runs

// Are the last frames not for the threads of `p`? See frames_reserve().
static inline bool process_spares_frames(const struct process *p) REQUIRES(p->lock)
{
    return p->oom_score_adj >= 0 && p != init_process;
}
extern struct spinlock tree_lock; // rank RANK_PROCESSES

// Visit processes in the order of their slots (kernel/pool.h), for /proc: the next after the one
// that has, or had, the pid `after`; 0: the first. Each that stays is found once, at a cost that is
// linear in slots for all together. Returns: it, referenced; NULL past the last.
NODISCARD struct process *process_next(pid_t after);

// End the calling thread's process, all its threads included, with a status as wait4() has it.
NORETURN void process_exit_group(int status);
// The calling thread leaves its process, which ends with it if it was the last.
NORETURN void process_exit_thread(int status);

// End the machine as init's end does, with an exit code, and with what its user waits for.
NORETURN void process_end_machine(int code);

// The first process: runs /init on the calling kernel thread, tid 1. Returns only if it cannot.
int process_start_init(void);
