// SPDX-License-Identifier: MIT
// mm/frame.c - buddy allocator with one byte of state a frame, and per-hart caches before it.
//
// Invariant:  a frame that heads a free block of order k has state FRAME_FREE + k and is linked, by
//             its first 16 bytes, in free_blocks[k]; two buddies of one order are never both free.
// Invariant:  a frame in a hart's cache is, to the buddy lists, allocated with order 0.
// Cost:       order 0 from the cache: about 30 instructions; otherwise at most one list operation
//             for each order. At boot: one byte cleared a frame and one block linked each 4 MiB.
// Reference:  Knuth, The Art of Computer Programming vol. 1, "Dynamic Storage Allocation".
#include "mm/frame.h"

#include <stdatomic.h>

#include "kernel/base/bits.h"
#include "kernel/base/list.h"
#include "kernel/base/string.h"
#include "mm/failpoint.h"
#include "mm/frame_state.h"
#include "sync/spinlock.h"

// A free frame in a cache, at the frame's start.
struct cached_frame {
    struct cached_frame *next;
};

// One hart's, touched by it with interrupts off.
struct frame_cache {
    struct cached_frame *head;
    atomic_uint nr; // relaxed: written by this hart only, read by frames_free_count() as a sum
} ALIGNED(64);

static struct spinlock buddy_lock = SPINLOCK_INIT("frames", RANK_FRAMES);
static struct list free_blocks[FRAME_ORDER_MAX + 1] GUARDED_BY(buddy_lock);
static atomic_size_t nr_free; // written under buddy_lock; relaxed: read as a sum, see above

static struct frame_cache caches[MAX_HARTS];
static size_t nr_total; // constant after boot
// The same: see frames_reserve().
static size_t nr_reserved;
static bool (*spares_reserved)(void);

static void nr_free_add(size_t nframes)
{
    // relaxed: serialised by buddy_lock; wraps to subtract.
    size_t now = atomic_load_explicit(&nr_free, memory_order_relaxed);

    atomic_store_explicit(&nr_free, now + nframes, memory_order_relaxed);
}

// ---- The buddy lists ----------------------------------------------------------------------------

static void link_check(const struct list *link)
{
    bool is_head = link >= free_blocks && link < free_blocks + FRAME_ORDER_MAX + 1;

    if (!is_head &&
        (!is_aligned((uint64_t)link, PAGE_SIZE) || !frame_zone_of(frame_number(link)))) {
        panic("the link %p of a free frame was overwritten", (const void *)link);
    }
}

static void block_link_locked(struct frame_zone *zone, uint64_t frame, unsigned order)
    REQUIRES(buddy_lock)
{
    spin_assert_held(&buddy_lock);
    frame_state_set(&zone->state[frame - zone->first], FRAME_FREE + order);
    list_push_front(&free_blocks[order], frame_address(frame));
}

static void block_unlink_locked(struct frame_zone *zone, uint64_t frame) REQUIRES(buddy_lock)
{
    spin_assert_held(&buddy_lock);
    struct list *node = frame_address(frame);

    if (CONFIG_DEBUG) {
        link_check(node->next);
        link_check(node->prev);
    }
    list_remove(node);
    frame_state_set(&zone->state[frame - zone->first], FRAME_INNER);
}

static void *block_take_locked(unsigned order) REQUIRES(buddy_lock)
{
    spin_assert_held(&buddy_lock);
    unsigned from = order;

    while (list_is_empty(&free_blocks[from])) {
        if (++from > FRAME_ORDER_MAX) {
            return NULL;
        }
    }
    void *block = list_first(&free_blocks[from]);
    uint64_t frame = frame_number(block);
    struct frame_zone *zone = frame_zone_of(frame);

    block_unlink_locked(zone, frame);
    while (from > order) {
        from--;
        block_link_locked(zone, frame + bit(from), from);
    }
    frame_state_set(&zone->state[frame - zone->first], FRAME_USED + order);
    nr_free_add(-bit(order));
    return block;
}

static bool block_is_free(const struct frame_zone *zone, uint64_t frame, unsigned order)
{
    return frame - zone->first < zone->nframes &&
           frame_state_is(&zone->state[frame - zone->first], FRAME_FREE + order);
}

static void block_give_locked(uint64_t frame, unsigned order) REQUIRES(buddy_lock)
{
    spin_assert_held(&buddy_lock);
    struct frame_zone *zone = frame_zone_of(frame);

    nr_free_add(bit(order));
    frame_state_set(&zone->state[frame - zone->first], FRAME_INNER);
    for (; order < FRAME_ORDER_MAX; order++) {
        uint64_t buddy = frame ^ bit(order);

        if (!block_is_free(zone, buddy, order)) {
            break;
        }
        block_unlink_locked(zone, buddy);
        frame &= ~bit(order);
    }
    block_link_locked(zone, frame, order);
}

// Give back an allocated block. The check is cheap beside the rest, so release builds have it too.
static void block_free_locked(void *block, unsigned order) REQUIRES(buddy_lock)
{
    spin_assert_held(&buddy_lock);
    uint64_t frame = frame_number(block);

    assert(frame_state_is(frame_state_of(frame), FRAME_USED + order));
    block_give_locked(frame, order);
}

// May this thread have `nframes` more, or would they be of the last, which it leaves to others?
// Harts that ask at the same time may each have the answer that one of them should have.
static bool may_take(size_t nframes)
{
    // relaxed: a number that moves.
    return likely(atomic_load_explicit(&nr_free, memory_order_relaxed) >= nr_reserved + nframes) ||
           nr_reserved == 0 || !spares_reserved();
}

static void *block_alloc(unsigned order)
{
    if (order > FRAME_ORDER_MAX || !may_take(bit(order))) {
        return NULL;
    }
    unsigned long saved = spin_lock_irqsave(&buddy_lock);
    void *block = block_take_locked(order);

    spin_unlock_irqrestore(&buddy_lock, saved);
    return block;
}

static void block_free(void *block, unsigned order)
{
    unsigned long saved = spin_lock_irqsave(&buddy_lock);

    block_free_locked(block, order);
    spin_unlock_irqrestore(&buddy_lock, saved);
}

// ---- The cache of this hart: interrupts are off -------------------------------------------------

static unsigned cache_nr(struct frame_cache *cache)
{
    // relaxed: this hart's own, or one term of a sum that is only exact at rest.
    return atomic_load_explicit(&cache->nr, memory_order_relaxed);
}

static void cache_push(struct frame_cache *cache, struct cached_frame *frame)
{
    if (CONFIG_DEBUG) {
        frame_state_set(frame_state_of(frame_number(frame)), FRAME_CACHED);
    }
    frame->next = cache->head;
    cache->head = frame;
    // relaxed: see the field.
    atomic_store_explicit(&cache->nr, cache_nr(cache) + 1, memory_order_relaxed);
}

static struct cached_frame *cache_pop(struct frame_cache *cache)
{
    struct cached_frame *frame = cache->head;

    if (CONFIG_DEBUG) {
        uint8_t *state =
            is_aligned((uint64_t)frame, PAGE_SIZE) ? frame_state_of(frame_number(frame)) : NULL;

        if (state == NULL || !frame_state_is(state, FRAME_CACHED)) {
            panic("the link %p of a free frame was overwritten", (void *)frame);
        }
        frame_state_set(state, FRAME_USED);
    }
    cache->head = frame->next;
    // relaxed: see the field.
    atomic_store_explicit(&cache->nr, cache_nr(cache) - 1, memory_order_relaxed);
    return frame;
}

// A batch in one block, for little more than one frame takes. Returns: whether there was one.
static bool refill_at_once(struct frame_cache *cache) REQUIRES(buddy_lock)
{
    char *block = block_take_locked(FRAME_CACHE_ORDER);

    if (block == NULL) {
        return false;
    }
    uint8_t *state = frame_state_of(frame_number(block));

    for (unsigned i = FRAME_CACHE_BATCH; i-- > 0;) { // so that they are given out upwards
        frame_state_set(&state[i], FRAME_USED);
        cache_push(cache, (struct cached_frame *)(void *)(block + i * PAGE_SIZE));
    }
    return true;
}

// Single frames that are left over come first, so that no larger block is cut as long as there are.
static NOINLINE void cache_refill(struct frame_cache *cache)
{
    if (!may_take(FRAME_CACHE_BATCH)) {
        return;
    }
    spin_lock_irqoff(&buddy_lock);
    while (cache_nr(cache) < FRAME_CACHE_BATCH) {
        if (list_is_empty(&free_blocks[0]) && refill_at_once(cache)) {
            break;
        }
        struct cached_frame *frame = block_take_locked(0);

        if (frame == NULL) {
            break;
        }
        cache_push(cache, frame);
    }
    spin_unlock_irqoff(&buddy_lock);
}

static NOINLINE void cache_drain(struct frame_cache *cache, unsigned keep)
{
    spin_lock_irqoff(&buddy_lock);
    while (cache_nr(cache) > keep) {
        block_free_locked(cache_pop(cache), 0);
    }
    spin_unlock_irqoff(&buddy_lock);
}

static void *cache_alloc(void)
{
    struct cached_frame *frame = NULL;
    unsigned long saved = irq_save();
    struct frame_cache *cache = &caches[this_hart()->cpu];

    if (unlikely(cache->head == NULL)) {
        cache_refill(cache);
    }
    if (likely(cache->head != NULL)) {
        frame = cache_pop(cache);
    }
    irq_restore(saved);
    return frame;
}

static void cache_free(void *frame)
{
    unsigned long saved = irq_save();
    struct frame_cache *cache = &caches[this_hart()->cpu];

    if (unlikely(cache_nr(cache) >= FRAME_CACHE_MAX)) {
        cache_drain(cache, FRAME_CACHE_MAX - FRAME_CACHE_BATCH);
    }
    cache_push(cache, frame);
    irq_restore(saved);
}

// ---- Interface ----------------------------------------------------------------------------------

void *frames_alloc(unsigned order)
{
    if (failpoint(FAILPOINT_FRAMES)) {
        return NULL;
    }
    void *block = likely(order == 0) ? cache_alloc() : block_alloc(order);

    if (CONFIG_DEBUG && block != NULL) {
        frame_poison_check(frame_number(block), order);
    }
    return block;
}

void frames_free(void *block, unsigned order)
{
    if (CONFIG_DEBUG) {
        frame_freeable_check(frame_number(block), order);
        frame_poison(frame_number(block), order);
    }
    if (likely(order == 0)) {
        cache_free(block);
    } else {
        block_free(block, order);
    }
}

void *frame_zeroed(void)
{
    void *frame = frames_alloc(0);

    if (frame != NULL) {
        memset(frame, 0, PAGE_SIZE);
    }
    return frame;
}

size_t frames_free_count(void)
{
    // relaxed: a sum of moving parts; exact at rest.
    size_t sum = atomic_load_explicit(&nr_free, memory_order_relaxed);

    for (unsigned cpu = 0; cpu < MAX_HARTS; cpu++) {
        sum += cache_nr(&caches[cpu]);
    }
    return sum;
}

size_t frames_total(void)
{
    return nr_total;
}

void frames_reserve(size_t nframes, bool (*spares)(void))
{
    spares_reserved = spares;
    nr_reserved = nframes;
}

void frames_cache_drain(void)
{
    unsigned long saved = irq_save();

    cache_drain(&caches[this_hart()->cpu], 0);
    irq_restore(saved);
}

// ---- Boot ---------------------------------------------------------------------------------------

void frames_init(void) NO_TSA // boot: nobody else runs
{
    for (unsigned order = 0; order <= FRAME_ORDER_MAX; order++) {
        list_init(&free_blocks[order]);
    }
    for (unsigned cpu = 0; cpu < MAX_HARTS; cpu++) {
        caches[cpu].head = NULL;
        atomic_init(&caches[cpu].nr, 0);
    }
    atomic_init(&nr_free, 0);
    frame_zones_forget();
    nr_total = 0;
    nr_reserved = 0;
}

// The order of the largest block that starts at `frame` and is no larger than `nframes`.
static unsigned boot_order(uint64_t frame, size_t nframes)
{
    unsigned order = 0;

    while (order < FRAME_ORDER_MAX && is_aligned(frame, bit(order + 1)) &&
           bit(order + 1) <= nframes) {
        order++;
    }
    return order;
}

void frames_add_free(pa_t base, size_t nframes)
{
    uint64_t frame = base.raw >> PAGE_SHIFT;
    unsigned long saved = spin_lock_irqsave(&buddy_lock);

    assert(is_aligned(base.raw, PAGE_SIZE));
    nr_total += nframes;
    while (nframes > 0) {
        unsigned order = boot_order(frame, nframes);

        block_give_locked(frame, order);
        frame += bit(order);
        nframes -= bit(order);
    }
    spin_unlock_irqrestore(&buddy_lock, saved);
}
