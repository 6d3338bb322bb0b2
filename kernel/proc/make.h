// SPDX-License-Identifier: MIT
// kernel/proc/make.h - making processes and threads that run programs, and taking them apart: for
// fork, exec, exit and wait only.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/proc/process.h"

// Returns: a process without anything, and any limits, one reference; NULL if memory is short.
NODISCARD struct process *process_new(void);

// Returns: what a thread of `p` needs, with any floating-point registers, one reference; NULL if
// memory is short.
NODISCARD struct user_thread *user_thread_new(struct process *p);
void user_thread_drop(struct user_thread *user); // that reference

// Let `p`, whose pid is set, be found, as a child of `from`, or, if it is to be a `sibling`, of the
// parent of that. NULL: it is init. Returns: 0; -ERESTARTNOINTR if the calling thread, whose child
// it is, has been notified: nobody has seen `p` then.
int process_link(struct process *p, struct process *from, bool sibling);

// The process with this pid, not yet waited for. It stays as long as the lock is held.
struct process *process_find_locked(pid_t pid) REQUIRES(tree_lock);

// Returns: the process whose number the group `pgid` has, waited for or not, with members, zombies
// included; NULL if there is no such group.
struct process *process_group_find(pid_t pgid) REQUIRES(tree_lock);

// Move `p` to the group with the number of `group`.
void process_join_group(struct process *p, struct process *group) REQUIRES(tree_lock);

// Give up what `p` refers to: address space, files, signal actions, directory. Some may be NULL.
// Context: thread, interrupts on; no hart needs the address space for `p` any more.
void process_release(struct process *p);

// The calling thread runs in `as` from now on, and not in what it had. NULL: none.
void user_thread_set_aspace(struct aspace *as);

// The hart that had the registers of `user`, which is the calling thread's, has them no longer:
// they are loaded on the way back to user mode. Not the hart that this is, perhaps: the thread may
// have come from there and go back.
void user_thread_lose_hart(struct user_thread *user);

// Every thread of `p` is to leave, with a status as wait4() has it, unless that was so before.
void process_end_locked(struct process *p, int status) REQUIRES(p->lock);

// Call visit(p, context) for every process, zombies included. Linear in slots: for kill(-1).
void process_each(void (*visit)(struct process *p, void *context), void *context)
    EXCLUDES(tree_lock);

// Let a parent that waits in vfork() for `p` go on.
void process_release_vfork(struct process *p);

// Wake the threads of `p` that wait for children.
void process_wake_waiters(struct process *p);

// Take the zombie `p` out of the tree: nobody finds it any more. Returns: whether the caller is to
// forget it, its number too; if not, a group still has that number, and the last of it does so.
NODISCARD bool process_unlink(struct process *p) REQUIRES(tree_lock);
void process_forget(struct process *p);

// Wait until the calling thread is the only one of its process, telling all others to leave.
// Returns: 0; -EAGAIN if the process is to end, or another thread asks for the same.
NODISCARD int process_become_single(void);

// Run `path` with itself as its only argument, on the first thread of the first process, which has
// no program yet. Returns: 0 and the registers to begin with; -errno.
struct trap_frame;
NODISCARD int exec_first(const char *path, struct trap_frame *frame);
