// SPDX-License-Identifier: MIT
// mm/objcache.c - slabs of 2^order frames: a header, then objects.
//
// Invariant:  a slab is on `partial` iff 0 < used < slab_objects; it is `spare` iff used == 0; a
//             full slab is on no list and found again from its objects' addresses.
// Slabs are aligned to their size, so an object's slab is its address rounded down. Objects are cut
// off one by one (`carved`), so that taking a slab costs the same whatever its size.
//
// A slot, release:  [object]                       a free one starts with the link to the next
//           debug:  [object][link][guard word]     a free one is all poison up to the link; in one
//                                                  that is used, the link is a guard word too
#include "mm/objcache.h"

#include <stdatomic.h>

#include "kernel/base/bits.h"
#include "kernel/base/panic.h"
#include "kernel/base/string.h"
#include "mm/failpoint.h"
#include "mm/frame.h"

enum {
    SLAB_ORDER_MAX = 3,
    SLAB_OBJECTS_MIN = 4, // a slab is made larger until it holds as many
    POISON_BYTE = 0x6b
};

// Guard words, mixed with the object's address so that a copied object does not pass for another.
#define GUARD_USED 0x5afe0b1ec7a110c8UL
#define GUARD_FREE 0x0ddba115f7ee5107UL

struct slab {
    struct list link;       // guarded by: cache->lock, as all below
    struct objcache *cache; // constant while the slab exists
    void *free;             // objects given back
    unsigned used;          // objects in use
    unsigned carved;        // objects ever cut off
};

// Every cache that ever had a slab; caches are never destroyed.
// release on push, acquire on walk: publishes the cache's fields.
static _Atomic(struct objcache *) all_caches;

static void **link_of(const struct objcache *cache, void *object)
{
    return (void **)(void *)((char *)object + cache->link);
}

static uint64_t *guard_of(const struct objcache *cache, void *object)
{
    return (uint64_t *)(void *)link_of(cache, object) + 1;
}

static size_t slab_bytes(const struct objcache *cache)
{
    return PAGE_SIZE << cache->slab_order;
}

static struct slab *slab_of(const struct objcache *cache, void *object)
{
    return (struct slab *)((uintptr_t)object & ~(uintptr_t)(slab_bytes(cache) - 1));
}

// ---- Debug builds -------------------------------------------------------------------------------

static void object_mark_free(const struct objcache *cache, void *object)
{
    memset(object, POISON_BYTE, cache->object_bytes);
    *guard_of(cache, object) = GUARD_FREE ^ (uint64_t)object;
}

// Check that a free object is untouched and mark it used.
static void object_mark_used(const struct objcache *cache, void *object)
{
    const unsigned char *byte = object;

    for (size_t i = 0; i < cache->object_bytes; i++) {
        if (byte[i] != POISON_BYTE) {
            panic("%s: object %p was written after it was freed, at offset %lu", cache->name,
                  object, (unsigned long)i);
        }
    }
    *guard_of(cache, object) = GUARD_USED ^ (uint64_t)object;
    *link_of(cache, object) = (void *)(GUARD_USED ^ (uint64_t)object);
}

static void object_check_freeable(const struct objcache *cache, void *object)
{
    struct slab *slab = slab_of(cache, object);

    if (cache->stride == 0 || slab->cache != cache ||
        ((size_t)((char *)object - (char *)slab) - cache->first) % cache->stride != 0) {
        panic("%s: %p is not an object of this cache", cache->name, object);
    }
    uint64_t guard = *guard_of(cache, object) ^ (uint64_t)object;

    if (guard == GUARD_FREE) {
        panic("%s: object %p is freed twice", cache->name, object);
    }
    if (guard != GUARD_USED || ((uint64_t)*link_of(cache, object) ^ (uint64_t)object) != guard) {
        panic("%s: object %p was written past its end", cache->name, object);
    }
}

// ---- Slabs --------------------------------------------------------------------------------------

// Decide how slabs of this cache are cut, and enter it in the list of all.
static void format_locked(struct objcache *cache) REQUIRES(cache->lock)
{
    spin_assert_held(&cache->lock);
    size_t align = max_u64(cache->object_align, sizeof(void *));
    size_t link = round_up(cache->object_bytes, sizeof(void *));

    assert(cache->object_bytes <= OBJCACHE_OBJECT_MAX && align <= PAGE_SIZE / 2);
    cache->link = CONFIG_DEBUG ? link : 0;
    cache->stride = round_up(link + (CONFIG_DEBUG ? 2 * sizeof(uint64_t) : 0), align);
    cache->first = round_up(sizeof(struct slab), align);
    cache->slab_order = 0;
    while (cache->slab_order < SLAB_ORDER_MAX &&
           (slab_bytes(cache) - cache->first) / cache->stride < SLAB_OBJECTS_MIN) {
        cache->slab_order++;
    }
    cache->slab_objects = (unsigned)((slab_bytes(cache) - cache->first) / cache->stride);

    cache->next_all = atomic_load_explicit(&all_caches, memory_order_relaxed);
    // release: pairs with the acquire in objcache_shrink_all().
    while (!atomic_compare_exchange_weak_explicit(&all_caches, &cache->next_all, cache,
                                                  memory_order_release, memory_order_relaxed)) {
    }
}

// Put an empty slab on the partial list. Returns: it, or NULL if there is no memory.
static struct slab *grow_locked(struct objcache *cache) REQUIRES(cache->lock)
{
    spin_assert_held(&cache->lock);
    if (cache->stride == 0) {
        format_locked(cache);
    }
    struct slab *slab = cache->spare;

    cache->spare = NULL;
    if (slab == NULL) {
        slab = frames_alloc(cache->slab_order);
        if (slab == NULL) {
            return NULL;
        }
        *slab = (struct slab){.cache = cache};
        cache->nr_slabs++;
    }
    list_push_front(&cache->partial, &slab->link);
    return slab;
}

static void *slab_take(const struct objcache *cache, struct slab *slab)
{
    void *object = slab->free;

    slab->used++;
    if (likely(object != NULL)) {
        slab->free = *link_of(cache, object);
        return object;
    }
    object = (char *)slab + cache->first + slab->carved * cache->stride;
    slab->carved++;
    if (CONFIG_DEBUG) {
        object_mark_free(cache, object);
    }
    return object;
}

static void *alloc_locked(struct objcache *cache) REQUIRES(cache->lock)
{
    spin_assert_held(&cache->lock);
    struct list *first = list_first(&cache->partial);
    struct slab *slab = first ? list_entry(first, struct slab, link) : grow_locked(cache);

    if (unlikely(slab == NULL)) {
        return NULL;
    }
    void *object = slab_take(cache, slab);

    if (slab->used == cache->slab_objects) {
        list_remove(&slab->link);
    }
    cache->nr_used++;
    return object;
}

// Keep `slab`, which became empty, as the spare. Returns: a slab to free instead, or NULL.
static struct slab *keep_locked(struct objcache *cache, struct slab *slab) REQUIRES(cache->lock)
{
    spin_assert_held(&cache->lock);
    struct slab *surplus = cache->spare;

    list_remove(&slab->link);
    cache->spare = slab;
    cache->nr_slabs -= surplus != NULL;
    return surplus;
}

// Returns: a slab for the caller to free, or NULL.
static struct slab *free_locked(struct objcache *cache, void *object) REQUIRES(cache->lock)
{
    spin_assert_held(&cache->lock);
    struct slab *slab = slab_of(cache, object);

    *link_of(cache, object) = slab->free;
    slab->free = object;
    cache->nr_used--;
    if (slab->used == cache->slab_objects) {
        list_push_front(&cache->partial, &slab->link);
    }
    slab->used--;
    return slab->used == 0 ? keep_locked(cache, slab) : NULL;
}

// ---- Interface ----------------------------------------------------------------------------------

// With cache->lock held, and interrupts as `saved` says before: what takes or gives slabs.
static NOINLINE void *alloc_slow(struct objcache *cache, unsigned long saved) RELEASES(cache->lock)
{
    void *object = alloc_locked(cache);

    spin_unlock_irqrestore(&cache->lock, saved);
    if (CONFIG_DEBUG && object != NULL) {
        object_mark_used(cache, object);
    }
    return object;
}

static NOINLINE void free_slow(struct objcache *cache, void *object, unsigned long saved)
    RELEASES(cache->lock)
{
    struct slab *surplus = free_locked(cache, object);

    spin_unlock_irqrestore(&cache->lock, saved);
    if (surplus != NULL) {
        frames_free(surplus, cache->slab_order);
    }
}

// The same for who could not have the lock at once.
static NOINLINE void *alloc_waiting(struct objcache *cache, unsigned long saved)
{
    spin_lock_irqoff(&cache->lock);
    return alloc_slow(cache, saved);
}

static NOINLINE void free_waiting(struct objcache *cache, void *object, unsigned long saved)
{
    spin_lock_irqoff(&cache->lock);
    free_slow(cache, object, saved);
}

// Has `slab` an object that was given back, and another free one? Then the lists stay as they are.
static bool stays_partial(const struct objcache *cache, const struct slab *slab)
{
    return slab->free != NULL && slab->used + 1 != cache->slab_objects;
}

// Without a frame where no slab comes or goes. Debug builds, which check the order of locks, wait
// for each.
void *objcache_alloc(struct objcache *cache) NO_TSA
{
    if (failpoint(FAILPOINT_OBJECT)) {
        return NULL;
    }
    unsigned long saved = irq_save();

    if (CONFIG_DEBUG || !spin_trylock_irqoff(&cache->lock)) {
        return alloc_waiting(cache, saved);
    }
    struct list *first = cache->partial.next;
    struct slab *slab = list_entry(first, struct slab, link);

    if (first == &cache->partial || !stays_partial(cache, slab)) {
        return alloc_slow(cache, saved);
    }
    void *object = slab->free;

    slab->free = *link_of(cache, object);
    slab->used++;
    cache->nr_used++;
    spin_unlock_irqrestore(&cache->lock, saved);
    return object;
}

void objcache_free(struct objcache *cache, void *object) NO_TSA
{
    if (CONFIG_DEBUG) {
        object_check_freeable(cache, object);
        object_mark_free(cache, object);
    }
    unsigned long saved = irq_save();

    if (CONFIG_DEBUG || !spin_trylock_irqoff(&cache->lock)) {
        free_waiting(cache, object, saved);
        return;
    }
    struct slab *slab = slab_of(cache, object);

    if (slab->used == cache->slab_objects || slab->used == 1) {
        free_slow(cache, object, saved);
        return;
    }
    *link_of(cache, object) = slab->free;
    slab->free = object;
    slab->used--;
    cache->nr_used--;
    spin_unlock_irqrestore(&cache->lock, saved);
}

void objcache_shrink(struct objcache *cache)
{
    unsigned long saved = spin_lock_irqsave(&cache->lock);
    struct slab *spare = cache->spare;

    cache->spare = NULL;
    cache->nr_slabs -= spare != NULL;
    spin_unlock_irqrestore(&cache->lock, saved);
    if (spare != NULL) {
        frames_free(spare, cache->slab_order);
    }
}

void objcache_shrink_all(void)
{
    // acquire: pairs with the release in format_locked().
    struct objcache *cache = atomic_load_explicit(&all_caches, memory_order_acquire);

    for (; cache != NULL; cache = cache->next_all) {
        objcache_shrink(cache);
    }
}

size_t objcache_used(struct objcache *cache)
{
    unsigned long saved = spin_lock_irqsave(&cache->lock);
    size_t used = cache->nr_used;

    spin_unlock_irqrestore(&cache->lock, saved);
    return used;
}

bool objcache_next(struct objcache **cache, struct objcache_usage *usage)
{
    // acquire: pairs with the release in format_locked().
    struct objcache *next = *cache != NULL
                                ? (*cache)->next_all
                                : atomic_load_explicit(&all_caches, memory_order_acquire);

    if (next == NULL) {
        return false;
    }
    unsigned long saved = spin_lock_irqsave(&next->lock);
    *usage = (struct objcache_usage){
        .name = next->name, .objects = next->nr_used, .frames = next->nr_slabs << next->slab_order};
    spin_unlock_irqrestore(&next->lock, saved);
    *cache = next;
    return true;
}
