// SPDX-License-Identifier: MIT
// sync/lock_rank.h - the order in which spinlocks nest; docs/locking.md says who takes what when.
//
// A hart may take a lock only if its rank is above that of every lock it holds, so two locks of one
// rank never nest. Debug builds check it at every acquisition. Gaps are not needed: to add a rank,
// add a line here and one in docs/locking.md; tests/tools/test_locking.py compares the two.
#pragma once

enum lock_rank {
    RANK_PROCESSES,   // who is whose parent and child, and who is a zombie
    RANK_PROCESS,     // one process: its threads and signals
    RANK_ACTIONS,     // what a process does about signals; nothing inside
    RANK_FDTABLE,     // the descriptors of a process, or its directory; nothing inside
    RANK_DENTRY,      // names of files: one bucket of them, or who is below whom
    RANK_WAITQ,       // a wait queue and what it guards: mutex, semaphore, condition variable
    RANK_TIMER,       // one hart's timers
    RANK_RUNQ,        // one run queue; held across switch_to()
    RANK_ASIDS,       // who has which ASID
    RANK_THREAD_POOL, // slots and the free list of tids
    RANK_MORE_STACKS, // who adds to the pool below, until all harts have fenced
    RANK_STACKS,      // the pool of kernel stacks
    RANK_OBJCACHE,    // one object cache
    RANK_FRAMES,      // the frame allocator
    RANK_BENCH,       // the lock that `bench locks` and tests price; nothing but the console inside
    RANK_CONSOLE,     // console output
    RANK_COUNT
};
