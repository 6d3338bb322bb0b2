// SPDX-License-Identifier: MIT
// kernel/pool.c - the thread pool: which thread has which tid.
#include "kernel/pool.h"

#include "kernel/abi/errno.h"
#include "kernel/base/string.h"
#include "mm/frame.h"
#include "sync/spinlock.h"

struct slot {
    struct thread *thread; // NULL: free
    unsigned generation;   // of the thread, or of the next one
    unsigned next_free;    // free: the slot freed after this one; 0 ends the list
};

enum {
    PAGE_SLOTS = PAGE_SIZE / sizeof(struct slot),
    GENERATIONS = 1 << (POOL_TID_BITS - POOL_SLOT_BITS),
};

static struct spinlock pool_lock = SPINLOCK_INIT("thread pool", RANK_THREAD_POOL);

// guarded by: pool_lock.
static struct slot *pages[POOL_SLOTS / PAGE_SLOTS]; // allocated in order
static unsigned pages_used;
static unsigned free_first; // FIFO of free slots; 0: empty, for slot 0 is nobody's
static unsigned free_last;
static unsigned count;

static struct slot *slot_at(unsigned index)
{
    return &pages[index / PAGE_SLOTS][index % PAGE_SLOTS];
}

static void free_list_append(unsigned index)
{
    slot_at(index)->next_free = 0;
    if (free_first == 0) {
        free_first = index;
    } else {
        slot_at(free_last)->next_free = index;
    }
    free_last = index;
}

// Add a page of slots, unless somebody else just did. Returns: 0 or -ENOMEM.
static int grow(void)
{
    struct slot *page = frames_alloc(0);

    if (page == NULL) {
        return -ENOMEM;
    }
    memset(page, 0, PAGE_SIZE);
    unsigned long saved = spin_lock_irqsave(&pool_lock);
    if (free_first == 0 && pages_used < ARRAY_SIZE(pages)) {
        unsigned first = pages_used * (unsigned)PAGE_SLOTS;

        pages[pages_used++] = page;
        page = NULL;
        for (unsigned i = first == 0; i < PAGE_SLOTS; i++) {
            free_list_append(first + i);
        }
    }
    spin_unlock_irqrestore(&pool_lock, saved);
    if (page != NULL) {
        frames_free(page, 0);
    }
    return 0;
}

// Take the slot that has been free the longest. Returns: whether there was one.
static bool take_slot_locked(struct thread *t)
{
    unsigned index = free_first;

    if (index == 0) {
        return false;
    }
    struct slot *slot = slot_at(index);
    free_first = slot->next_free;
    slot->thread = t;
    t->tid = (tid_t)(slot->generation << POOL_SLOT_BITS | index);
    count++;
    return true;
}

int pool_insert(struct thread *t)
{
    for (;;) {
        unsigned long saved = spin_lock_irqsave(&pool_lock);
        bool done = take_slot_locked(t);
        bool full = pages_used == ARRAY_SIZE(pages);
        spin_unlock_irqrestore(&pool_lock, saved);

        if (done) {
            return 0;
        }
        if (full) {
            return -EAGAIN;
        }
        int err = grow();
        if (err != 0) {
            return err;
        }
    }
}

void pool_remove(struct thread *t)
{
    unsigned index = (unsigned)t->tid % POOL_SLOTS;
    unsigned long saved = spin_lock_irqsave(&pool_lock);
    struct slot *slot = slot_at(index);

    slot->thread = NULL;
    slot->generation = (slot->generation + 1) % GENERATIONS;
    free_list_append(index);
    count--;
    spin_unlock_irqrestore(&pool_lock, saved);
}

// Add a reference to `t`. Returns: NULL if its last one has been dropped: it is on its way out, and
// whoever dropped it does not look at the count again.
static struct thread *get_locked(struct thread *t)
{
    // relaxed: the lock orders us after the thread's creation.
    if (atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed) != 0) {
        return t;
    }
    // relaxed: still under the lock that whoever frees it has to take first.
    atomic_store_explicit(&t->refs, 0, memory_order_relaxed);
    return NULL;
}

struct thread *pool_get(tid_t tid)
{
    unsigned index = (unsigned)tid % POOL_SLOTS;
    struct thread *t = NULL;
    unsigned long saved = spin_lock_irqsave(&pool_lock);

    if (index / PAGE_SLOTS < pages_used) {
        t = slot_at(index)->thread;
        t = t != NULL && t->tid == tid ? get_locked(t) : NULL;
    }
    spin_unlock_irqrestore(&pool_lock, saved);
    return t;
}

struct thread *pool_next(unsigned *slot)
{
    struct thread *t = NULL;
    unsigned long saved = spin_lock_irqsave(&pool_lock);

    for (; t == NULL && *slot / PAGE_SLOTS < pages_used; (*slot)++) {
        t = slot_at(*slot)->thread;
        t = t != NULL ? get_locked(t) : NULL;
    }
    spin_unlock_irqrestore(&pool_lock, saved);
    return t;
}

void pool_visit(void (*visit)(struct thread *t, void *arg), void *arg)
{
    unsigned long saved = spin_lock_irqsave(&pool_lock);

    for (unsigned i = 0; i / PAGE_SLOTS < pages_used; i++) {
        if (slot_at(i)->thread != NULL) {
            visit(slot_at(i)->thread, arg);
        }
    }
    spin_unlock_irqrestore(&pool_lock, saved);
}

unsigned pool_count(void)
{
    unsigned long saved = spin_lock_irqsave(&pool_lock);
    unsigned now = count;

    spin_unlock_irqrestore(&pool_lock, saved);
    return now;
}
