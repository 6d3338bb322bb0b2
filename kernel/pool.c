// SPDX-License-Identifier: MIT
// kernel/pool.c - the thread pool: which thread has which tid.
#include "kernel/pool.h"

#include <stdatomic.h>

#include "kernel/abi/errno.h"
#include "kernel/base/list.h"
#include "mm/failpoint.h"
#include "mm/frame.h"
#include "mm/memory.h"
#include "sync/spinlock.h"

struct slot {
    _Alignas(32) struct thread *thread; // NULL: free
    struct slot *next_free;             // free: the slot freed after this one; NULL ends the list
    tid_t tid;                          // of the thread, or of the next one
};

enum { PAGE_SLOTS = PAGE_SIZE / sizeof(struct slot) };

static struct spinlock pool_lock = SPINLOCK_INIT("thread pool", RANK_THREAD_POOL);

// guarded by: pool_lock.
static struct slot *pages[POOL_SLOTS / PAGE_SLOTS]; // allocated in order
static unsigned pages_used;
static struct slot *free_first;                  // FIFO of free slots
static struct slot *free_last;                   // undefined if that is empty
static struct list retired = LIST_INIT(retired); // of thread.wait_node, the last one first
static atomic_uint count;                        // relaxed: written under the lock, read without

// Wraps to subtract.
static void count_add(unsigned more)
{
    // relaxed: serialised by the lock.
    unsigned now = atomic_load_explicit(&count, memory_order_relaxed);

    atomic_store_explicit(&count, now + more, memory_order_relaxed);
}

static struct slot *slot_at(unsigned index)
{
    return &pages[index / PAGE_SLOTS][index % PAGE_SLOTS];
}

static void free_list_append(struct slot *slot)
{
    slot->thread = NULL;
    slot->next_free = NULL;
    if (free_first == NULL) {
        free_first = slot;
    } else {
        free_last->next_free = slot;
    }
    free_last = slot;
}

static void add_page_locked(struct slot *page)
{
    unsigned first = pages_used * (unsigned)PAGE_SLOTS;

    pages[pages_used++] = page;
    for (unsigned i = 0; i < PAGE_SLOTS; i++) {
        page[i].thread = NULL;
        page[i].tid = (tid_t)(first + i);
        if (first + i != 0) { // slot 0 is nobody's
            free_list_append(&page[i]);
        }
    }
}

// Add a page of slots, unless somebody else just did. Returns: 0 or -ENOMEM.
static int grow(void)
{
    struct slot *page = frames_alloc_or_reclaim(0);

    if (page == NULL) {
        return -ENOMEM;
    }
    unsigned long saved = spin_lock_irqsave(&pool_lock);
    bool wanted = free_first == NULL && pages_used < ARRAY_SIZE(pages);
    if (wanted) {
        add_page_locked(page);
    }
    spin_unlock_irqrestore(&pool_lock, saved);
    if (!wanted) {
        frames_free(page, 0);
    }
    return 0;
}

// Take the slot that has been free the longest. Returns: whether there was one.
static bool take_slot_locked(struct thread *t)
{
    struct slot *slot = free_first;

    if (slot == NULL) {
        return false;
    }
    free_first = slot->next_free;
    slot->thread = t;
    t->tid = slot->tid;
    count_add(1);
    return true;
}

int pool_insert(struct thread *t)
{
    if (failpoint(FAILPOINT_TID)) {
        return -EAGAIN;
    }
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

void pool_retire(struct thread *t)
{
    unsigned long saved = spin_lock_irqsave(&pool_lock);
    struct slot *slot = slot_at((unsigned)t->tid % POOL_SLOTS);

    slot->tid = (slot->tid + POOL_SLOTS) % (1 << POOL_TID_BITS); // the next generation
    free_list_append(slot);
    list_push_front(&retired, &t->wait_node);
    count_add(-1U);
    spin_unlock_irqrestore(&pool_lock, saved);
}

struct thread *pool_reuse(void)
{
    unsigned long saved = spin_lock_irqsave(&pool_lock);
    struct list *node = list_pop_front(&retired);

    spin_unlock_irqrestore(&pool_lock, saved);
    return node != NULL ? list_entry(node, struct thread, wait_node) : NULL;
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

void pool_exchange(struct thread *a, struct thread *b)
{
    unsigned long saved = spin_lock_irqsave(&pool_lock);
    tid_t tid = a->tid;

    slot_at((unsigned)a->tid % POOL_SLOTS)->thread = b;
    slot_at((unsigned)b->tid % POOL_SLOTS)->thread = a;
    a->tid = b->tid;
    b->tid = tid;
    spin_unlock_irqrestore(&pool_lock, saved);
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
    return atomic_load_explicit(&count, memory_order_relaxed);
}

size_t pool_frames(void)
{
    unsigned long saved = spin_lock_irqsave(&pool_lock);
    size_t now = pages_used;

    spin_unlock_irqrestore(&pool_lock, saved);
    return now;
}
