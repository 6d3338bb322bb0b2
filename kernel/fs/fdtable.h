// SPDX-License-Identifier: MIT
// kernel/fs/fdtable.h - the descriptors of a process, or of several that share them (CLONE_FILES).
//
// An entry is a file's address, and bit 0 for FD_CLOEXEC; a bitmap says which are taken, so that
// the lowest free one is found a word at a time, from the first word that may have one.
// Locks:  table->lock, RANK_FDTABLE; nothing is allocated or closed under it.
#pragma once

#include <stdatomic.h>

#include "kernel/base/annot.h"
#include "kernel/base/compiler.h"
#include "kernel/base/types.h"
#include "kernel/fs/file.h"
#include "sync/spinlock.h"

#define FD_CLOEXEC_BIT ((uintptr_t)1)

enum { FD_WORD_BITS = 64, FD_FIRST = FD_WORD_BITS };

// Entries and bitmap; in the table itself first, then in a block of frames.
struct fd_slots {
    uintptr_t *entries; // [capacity]; 0: free
    uint64_t *taken;    // [capacity / FD_WORD_BITS]
    unsigned capacity;  // a multiple of FD_WORD_BITS
    unsigned order;     // of the block
};

// For fdtable.c, and the functions below.
struct fdtable {
    struct spinlock lock;  // rank RANK_FDTABLE
    struct fd_slots slots; // guarded by: lock
    unsigned first_word;   // guarded by: lock; no word before it has a free bit
    atomic_uint refs;
    atomic_bool has_locks; // a lock on a file has been taken through it; relaxed: never taken back
    uintptr_t own_entries[FD_FIRST]; // of slots, until they grow
    uint64_t own_taken;              // the same
};

static inline struct file *fd_file_of(uintptr_t entry)
{
    return (struct file *)(entry & ~FD_CLOEXEC_BIT);
}

enum { FD_MAX = 1 << 19 }; // one past the highest descriptor there can be, whatever the limit

NODISCARD struct fdtable *fdtable_new(void);                  // empty; NULL: no memory
NODISCARD struct fdtable *fdtable_fork(struct fdtable *from); // a copy, same files
struct fdtable *fdtable_get(struct fdtable *table);
void fdtable_put(struct fdtable *table); // the last one closes all
// Close those with FD_CLOEXEC. Context: nobody else has the table, or only looks at it.
void fdtable_exec(struct fdtable *table);

// Racy: others may come, by the caller only.
static inline bool fdtable_is_shared(struct fdtable *table)
{
    // Only the caller, who has a reference, can make more. acquire: pairs with the release in
    // fdtable_put(); what others did to the table, whose lock is not taken then, is seen.
    return atomic_load_explicit(&table->refs, memory_order_acquire) != 1;
}

// Returns: a reference to the file of `fd`; NULL: EBADF.
NODISCARD struct file *fd_get(struct fdtable *table, int fd);

// For the length of one call of the caller's own: the file of `fd`, NULL: EBADF, without a
// reference if nobody else can close it meanwhile, which *borrowed says. Only for the table of the
// calling thread's process. Give it back with fd_return().
//
// Each thread of a process has a reference, so a table with one is that of one thread, which is in
// this call: nobody else can make another that could close anything. /proc may hold one for a
// moment, and only looks.
NODISCARD static ALWAYS_INLINE struct file *fd_borrow(struct fdtable *table, int fd, bool *borrowed)
{
    *borrowed = !fdtable_is_shared(table);
    if (unlikely(!*borrowed)) {
        return fd_get(table, fd);
    }
    return likely((unsigned)fd < table->slots.capacity) ? fd_file_of(table->slots.entries[fd])
                                                        : NULL;
}
static inline void fd_return(struct file *file, bool borrowed)
{
    if (unlikely(!borrowed)) {
        file_put(file);
    }
}

// Put `file`, whose reference is handed over on success, at the lowest free descriptor >= least.
// Returns: it; -EMFILE, also if `least` is not below `limit`; -ENOMEM.
NODISCARD int fd_install(struct fdtable *table, struct file *file, int least, bool cloexec,
                         int limit);

// The same at `fd`, closing what is there. Returns: fd; -EBADF if it is not below `limit`; -ENOMEM.
NODISCARD int fd_install_at(struct fdtable *table, struct file *file, int fd, bool cloexec,
                            int limit);
NODISCARD int fd_close(struct fdtable *table, int fd);

// Racy: would fd_install() find a descriptor below `limit`?
bool fd_has_room(struct fdtable *table, int limit);

// A record lock is about to be taken whose owner is the table: closing looks for it from now on.
void fdtable_mark_locks(struct fdtable *table);

// Close what there is in first..last.
void fd_close_range(struct fdtable *table, unsigned first, unsigned last);

// FD_CLOEXEC. Returns: whether it is set, or 0; -EBADF.
NODISCARD int fd_cloexec(struct fdtable *table, int fd);
NODISCARD int fd_set_cloexec(struct fdtable *table, int fd, bool cloexec);

// One past the highest descriptor that there is a place for; it never becomes less.
unsigned fd_capacity(struct fdtable *table);

// Returns: the lowest descriptor >= `from` that is open; -1: none.
int fd_next(struct fdtable *table, int from);
