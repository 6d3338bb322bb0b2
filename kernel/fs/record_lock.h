// SPDX-License-Identifier: MIT
// kernel/fs/record_lock.h - locks on ranges of files: fcntl(), and on whole files: flock().
//
// A lock keeps out those of other owners, and nothing else: who does not ask for it may read and
// write. The owner is a table of descriptors with F_SETLK, and an open file with F_OFD_SETLK and
// flock(). Locks of fcntl() and of flock() do not know of each other.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/types.h"
#include "kernel/fs/fdtable.h"
#include "kernel/fs/file.h"

#define RECORD_LOCK_END UINT64_MAX // the last byte of a range that has no end

struct record_lock {
    const void *owner;
    uint64_t first; // byte of the file, as the next, which is in the range, too
    uint64_t last;
    int pid;        // for F_GETLK; -1: owned by an open file
    bool exclusive; // nobody else may have any lock on it; else: none that is exclusive
    bool whole;     // of flock()
};

// Take `wanted` on `file`, in place of what its owner has of that range; wait for others, if `wait`
// is set, as long as no signal comes. Returns: 0; -EAGAIN; -EDEADLK who
// keeps it out waits for its owner; -ERESTARTSYS; -ENOLCK memory is short.
// Context: thread, no locks; the file's or the table's mark is set for record_lock_forget_*().
NODISCARD long record_lock_take(struct file *file, const struct record_lock *wanted, bool wait);

// Give up what `range->owner` has of that range. Returns: 0; -ENOLCK.
NODISCARD long record_lock_drop(struct file *file, const struct record_lock *range);

// Returns: whether another owner's lock keeps out `wanted`; it is in *found.
bool record_lock_find(struct file *file, const struct record_lock *wanted,
                      struct record_lock *found);

// An owner gives up all that it has on `file`: a descriptor of the table is closed, or nobody has
// the file open any more. Context: thread, no locks.
void record_lock_forget(struct file *file, const void *owner);

// Context: boot.
void record_locks_init(void);
