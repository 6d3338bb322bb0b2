// SPDX-License-Identifier: MIT
// kernel/proc/futex.c - futexes: who waits for which word.
#include "kernel/proc/futex.h"

#include "kernel/abi/errno.h"
#include "kernel/dispatch.h"
#include "kernel/omit.h"
#include "kernel/riscv/fence.h"
#include "kernel/riscv/irq.h"
#include "kernel/riscv/relax.h"
#include "mm/user/copy.h"

enum { BUCKETS_SHIFT = 8, BUCKETS = 1 << BUCKETS_SHIFT };

struct bucket {
    ALIGNED(64) struct spinlock lock; // rank RANK_WAITQ
    struct list queue;                // guarded by: lock; of waiter.node, first to arrive first
    atomic_uint waiters;              // in queue; written under lock. Relaxed: see futex.h
};

// On the stack of a thread that waits.
struct waiter {
    struct list node;                // guarded by: bucket->lock
    struct thread *thread;           // constant
    struct futex_key key;            // guarded by: bucket->lock
    uint32_t bits;                   // constant
    _Atomic(struct bucket *) bucket; // where it waits; changes with the locks of both held
};

static struct bucket buckets[BUCKETS];

void futex_init(void)
{
    for (unsigned i = 0; i < BUCKETS; i++) {
        spin_init(&buckets[i].lock, "futex", RANK_WAITQ);
        list_init(&buckets[i].queue);
    }
}

// ---- Words and their buckets --------------------------------------------------------------------

static NOINLINE int key_of_shared(uva_t at, struct futex_key *key)
{
    return aspace_futex_key(current_aspace(), at, true, key);
}

static ALWAYS_INLINE int key_of(struct futex_word word, struct futex_key *key)
{
    if (unlikely((word.at & (sizeof(uint32_t) - 1)) != 0)) {
        return -EINVAL;
    }
    if (unlikely(word.at >= USER_END)) {
        return -EFAULT;
    }
    if (unlikely(word.shared)) {
        return key_of_shared(word.at, key);
    }
    *key = (struct futex_key){current()->aspace, word.at};
    return 0;
}

int futex_key_of(struct futex_word word, struct futex_key *key)
{
    return key_of(word, key);
}

// Source: Knuth, TAOCP 3, section 6.4, "multiplicative hashing".
static struct bucket *bucket_of(const struct futex_key *key)
{
    uint64_t mixed = ((uint64_t)key->object ^ key->offset) * 0x9e3779b97f4a7c15;

    return &buckets[mixed >> (64 - BUCKETS_SHIFT)];
}

// May the words that a caller has changed have waiters? See the table in futex.h.
static bool may_have_waiters(struct bucket *bucket)
{
    fence_full();
    return atomic_load_explicit(&bucket->waiters, memory_order_relaxed) != 0;
}

static void count(struct bucket *bucket, unsigned change)
{
    unsigned now = atomic_load_explicit(&bucket->waiters, memory_order_relaxed) + change;

    // relaxed: see the table in futex.h; only who has the lock writes.
    atomic_store_explicit(&bucket->waiters, now, memory_order_relaxed);
}

// ---- The queue of a bucket ----------------------------------------------------------------------

// Threads of the real-time class are woken before others, the most urgent first.
static void enter(struct bucket *bucket, struct waiter *waiter) REQUIRES(bucket->lock)
{
    struct list *place = &bucket->queue;

    if (unlikely(waiter->thread->rt_priority != 0)) {
        place = bucket->queue.next;
        while (place != &bucket->queue &&
               list_entry(place, struct waiter, node)->thread->rt_priority >=
                   waiter->thread->rt_priority) {
            place = place->next;
        }
    }
    list_insert_before(place, &waiter->node);
    // relaxed: the lock orders it.
    atomic_store_explicit(&waiter->bucket, bucket, memory_order_relaxed);
}

static void leave(struct bucket *bucket, struct waiter *waiter) REQUIRES(bucket->lock)
{
    list_remove(&waiter->node);
    count(bucket, -1u);
}

// The wait ended without a waker, unless one has taken `waiter` out already: take it out.
static void give_up(struct waiter *waiter) NO_TSA
{
    struct bucket *bucket;

    for (;;) { // it may be moved meanwhile
        bucket = atomic_load_explicit(&waiter->bucket, memory_order_relaxed);
        spin_lock_irqoff(&bucket->lock);
        if (bucket == atomic_load_explicit(&waiter->bucket, memory_order_relaxed)) {
            break;
        }
        spin_unlock_irqoff(&bucket->lock);
    }
    if (list_is_linked(&waiter->node)) {
        leave(bucket, waiter);
    }
    spin_unlock_irqoff(&bucket->lock);
}

// ---- Waiting ------------------------------------------------------------------------------------

// Queue `waiter` if *word is `expected`. Returns: 0; -EAGAIN. Context: interrupts off.
static int enter_if(struct waiter *waiter, const _Atomic(uint32_t) *word, uint32_t expected)
{
    struct bucket *bucket = bucket_of(&waiter->key);
    int err = 0;

    spin_lock_irqoff(&bucket->lock);
    count(bucket, 1);
    fence_full(); // pairs with the one in may_have_waiters()
    // relaxed: the fence orders it.
    if (likely(is_omitted(OMIT_FUTEX_CHECK) ||
               atomic_load_explicit(word, memory_order_relaxed) == expected)) {
        dispatch_prepare_wait(waiter->thread);
        enter(bucket, waiter);
    } else {
        count(bucket, -1u);
        err = -EAGAIN;
    }
    spin_unlock_irqoff(&bucket->lock);
    return err;
}

int futex_wait(struct futex_word word, uint32_t expected, uint32_t bits, uint64_t deadline_ticks)
{
    struct waiter waiter; // the rest is filled in when it enters a queue
    _Atomic(uint32_t) *at;
    int err = key_of(word, &waiter.key);

    if (likely(err == 0)) {
        err = hold_user_u32(&at, word.at);
    }
    if (unlikely(err != 0)) {
        return err;
    }
    waiter.thread = current();
    waiter.bits = bits;
    unsigned long saved = irq_save();
    err = enter_if(&waiter, at, expected);
    release_user_word();
    if (err == 0) {
        err = dispatch_wait(WAIT_INTERRUPTIBLE, deadline_ticks);
        if (err != 0) {
            give_up(&waiter);
        }
    }
    irq_restore(saved);
    return err;
}

// ---- Waking -------------------------------------------------------------------------------------

// Take `waiter` out and wake it. Returns: whether it still waited; it may be gone then.
static bool wake(struct bucket *bucket, struct waiter *waiter) REQUIRES(bucket->lock)
{
    struct thread *t = waiter->thread;

    leave(bucket, waiter);
    return dispatch_wake(t, 0);
}

static bool matches(const struct waiter *waiter, const struct futex_key *key, uint32_t bits)
{
    return futex_key_equal(&waiter->key, key) && (waiter->bits & bits) != 0;
}

static unsigned wake_locked(struct bucket *bucket, const struct futex_key *key, unsigned n,
                            uint32_t bits) REQUIRES(bucket->lock)
{
    struct list *node;
    struct list *after;
    unsigned woken = 0;

    spin_assert_held(&bucket->lock);
    list_for_each_removable(node, after, &bucket->queue)
    {
        struct waiter *waiter = list_entry(node, struct waiter, node);

        if (woken == n) {
            break;
        }
        if (matches(waiter, key, bits)) {
            woken += wake(bucket, waiter);
        }
    }
    return woken;
}

static NOINLINE unsigned wake_in(struct bucket *bucket, const struct futex_key *key, unsigned n,
                                 uint32_t bits)
{
    unsigned long saved = spin_lock_irqsave(&bucket->lock);
    unsigned woken = wake_locked(bucket, key, n, bits);

    spin_unlock_irqrestore(&bucket->lock, saved);
    return woken;
}

long futex_wake(struct futex_word word, unsigned n, uint32_t bits)
{
    struct futex_key key;
    int err = key_of(word, &key);

    if (unlikely(err != 0)) {
        return err;
    }
    struct bucket *bucket = bucket_of(&key);
    return may_have_waiters(bucket) ? wake_in(bucket, &key, n, bits) : 0;
}

void futex_wake_user(uint64_t at, unsigned n)
{
    (void)futex_wake((struct futex_word){at, true}, n, FUTEX_BITSET_MATCH_ANY);
}

// ---- Moving waiters -----------------------------------------------------------------------------

// There is no order among buckets: so try the second, and begin again if that fails.
static void lock_both(struct bucket *first, struct bucket *second) NO_TSA
{
    for (;;) {
        spin_lock(&first->lock);
        if (first == second || spin_trylock_irqoff(&second->lock)) {
            return;
        }
        spin_unlock(&first->lock);
        cpu_relax();
    }
}

static void unlock_both(struct bucket *first, struct bucket *second) NO_TSA
{
    if (first != second) {
        spin_unlock_irqoff(&second->lock);
    }
    spin_unlock(&first->lock);
}

// What one requeue does, both buckets locked.
struct requeue {
    struct bucket *from;
    struct bucket *to;
    struct futex_key from_key;
    struct futex_key to_key;
    unsigned wake; // how many are still to be woken, and moved
    unsigned move;
};

static void move(struct requeue *requeue, struct waiter *waiter) NO_TSA
{
    leave(requeue->from, waiter);
    waiter->key = requeue->to_key;
    count(requeue->to, 1);
    enter(requeue->to, waiter);
}

// Returns: how many were woken or moved.
static long requeue_locked(struct requeue *requeue) NO_TSA
{
    unsigned woken =
        wake_locked(requeue->from, &requeue->from_key, requeue->wake, FUTEX_BITSET_MATCH_ANY);
    struct list *last = requeue->from->queue.prev; // moved within one bucket, they come after it
    struct list *node = requeue->from->queue.next;
    unsigned moved = 0;

    for (bool more = node != &requeue->from->queue; more && moved < requeue->move;) {
        struct waiter *waiter = list_entry(node, struct waiter, node);

        more = node != last;
        node = node->next;
        if (futex_key_equal(&waiter->key, &requeue->from_key)) {
            move(requeue, waiter);
            moved++;
        }
    }
    return woken + moved;
}

// requeue_locked(), if the word that waiters leave is *expected. Returns: as futex_requeue().
static long requeue_if(struct requeue *requeue, uva_t at, const uint32_t *expected) NO_TSA
{
    _Atomic(uint32_t) *word;
    int err = hold_user_u32(&word, at);

    if (err != 0) {
        return err;
    }
    lock_both(requeue->from, requeue->to);
    // relaxed: who changes the word and then wakes comes to the lock.
    bool as_expected = atomic_load_explicit(word, memory_order_relaxed) == *expected;
    long result = as_expected ? requeue_locked(requeue) : -EAGAIN;
    unlock_both(requeue->from, requeue->to);
    release_user_word();
    return result;
}

long futex_requeue(struct futex_word from, struct futex_word to, unsigned wake, unsigned move,
                   const uint32_t *expected)
{
    struct requeue requeue = {.wake = wake, .move = move};
    int err = futex_key_of(from, &requeue.from_key);

    if (err == 0) {
        err = futex_key_of(to, &requeue.to_key);
    }
    if (err != 0) {
        return err;
    }
    requeue.from = bucket_of(&requeue.from_key);
    requeue.to = bucket_of(&requeue.to_key);
    if (expected != NULL) {
        return requeue_if(&requeue, from.at, expected);
    }
    lock_both(requeue.from, requeue.to);
    long result = requeue_locked(&requeue);
    unlock_both(requeue.from, requeue.to);
    return result;
}
