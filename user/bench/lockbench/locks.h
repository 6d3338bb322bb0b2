// SPDX-License-Identifier: MIT
// user/bench/lockbench/locks.h - the locks that lockbench compares.
#pragma once

#include <pthread.h>
#include <stdatomic.h>

struct mcs_node {
    struct mcs_node *_Atomic next;
    atomic_bool waits;
};

// Room for any of them, in lines of its own.
union lock {
    _Alignas(128) pthread_mutex_t mutex;
    pthread_spinlock_t spin;
    atomic_uint word;
    struct {
        atomic_uint next;
        atomic_uint owner;
    } ticket;
    struct mcs_node *_Atomic tail;
};

struct lock_type {
    const char *name;
    void (*init)(union lock *lock);
    void (*acquire)(union lock *lock, struct mcs_node *node); // `node`: this thread's own
    void (*release)(union lock *lock, struct mcs_node *node);
};

// Ends with one whose name is NULL.
extern const struct lock_type lock_types[];
