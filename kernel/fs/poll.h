// SPDX-License-Identifier: MIT
// kernel/fs/poll.h - waiting for any of several files.
//
// A file has a list of whom to tell when its state may have changed. Both sides:
//
//   poller                                    whoever changes a file's state
//   put entries into the lists; full fence    change it, under the file's lock; release that
//   look at the files, under their locks      full fence; is anybody in the list?
//   nothing: thread_park()                    lock the list; unpark all in it
//
// One of the two sees what the other stored, and an unpark before the park counts, so no wake-up
// is lost. Entries stay until the poller takes them out, under the lists' locks, so whoever tells
// finds threads that live. An unpark too many only makes the poller look again.
#pragma once

#include <stdatomic.h>

#include "kernel/base/annot.h"
#include "kernel/base/list.h"
#include "kernel/base/types.h"
#include "kernel/riscv/fence.h"
#include "sync/spinlock.h"

struct file;
struct thread;

struct poll_list {
    struct spinlock lock; // rank RANK_WAITQ
    struct list entries;  // guarded by: lock; of poll_entry.node
    atomic_uint nr;       // of entries; relaxed: see above
};

#define POLL_LIST_INIT(name)                                                                       \
    {                                                                                              \
        .lock = SPINLOCK_INIT("poll", RANK_WAITQ), .entries = LIST_INIT((name).entries)            \
    }

struct poll_entry {
    struct list node;
    struct poll_list *list;
    struct thread *thread;
};

enum { POLL_ENTRIES_INLINE = 8 };
struct poll_page;

// Of a thread that polls.
struct poll_table {
    unsigned nr;
    bool no_memory; // an entry could not be made
    struct poll_page *pages;
    struct poll_entry entries[POLL_ENTRIES_INLINE];
};

void poll_list_init(struct poll_list *list);

// For file_ops.poll: be told of changes through `list`; `table` may be NULL. Call it before
// looking at the state.
void poll_table_add(struct poll_table *table, struct poll_list *list);

void poll_notify_slow(struct poll_list *list); // for poll_notify() only

// The state that pollers in `list` look at has changed. Context: no spinlock held.
static inline void poll_notify(struct poll_list *list)
{
    fence_full(); // pairs with the one in poll_table_add()
    // relaxed: the fence orders it.
    if (unlikely(atomic_load_explicit(&list->nr, memory_order_relaxed) != 0)) {
        poll_notify_slow(list);
    }
}

void poll_table_init(struct poll_table *table);
void poll_table_clear(struct poll_table *table); // takes all entries out

// The POLL* bits of `file` that hold now.
unsigned poll_file(struct file *file, struct poll_table *table);

struct poll_item {
    struct file *file; // NULL: none; it is passed over
    unsigned events;   // POLL* that are waited for; POLLERR, POLLHUP and POLLNVAL always are
    unsigned found;    // those that hold
};

// Wait until something that is waited for holds, or the deadline has come (0: only look).
// Returns: how many items have something found; 0: the time is up; -EINTR; -ENOMEM.
NODISCARD int poll_wait(struct poll_item *items, size_t nr, uint64_t deadline_ticks);
