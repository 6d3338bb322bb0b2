// SPDX-License-Identifier: MIT
// mm/kstack.c - the pool of kernel stacks.
//
// A segment is the 2 MiB of address space, 64 slots, under one third-level table.
// Invariant:  a slot's bit in its segment's word is set iff its stack is mapped: in use, free, or
//             not yet fenced, for a moment. A segment with no bit set has no table.
// Fencing:    a new stack is first used after the fence that follows its mapping. A removed one's
//             frames are freed after the fence that follows its removal. Its addresses may be
//             mapped again before that: the new mapping then has a fence of its own before its
//             first use, and that fence too comes after the removal.
#include "mm/kstack.h"

#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "kernel/base/compiler.h"
#include "kernel/base/panic.h"
#include "kernel/base/string.h"
#include "mm/failpoint.h"
#include "mm/frame.h"
#include "mm/kmap.h"
#include "mm/layout.h"
#include "mm/pagetable.h"
#include "sync/spinlock.h"

#define SEGMENT_BYTES MIB(2)

enum {
    STACK_ORDER = CONFIG_DEBUG ? 2 : 1,
    STACK_PAGES = 1 << STACK_ORDER,
    SEGMENT_SLOTS = SEGMENT_BYTES / KSTACK_STRIDE,
    NR_SEGMENTS = KSTACK_BYTES / SEGMENT_BYTES,
    PAGE_WORDS = PAGE_SIZE / sizeof(uint64_t),
    SHRINK_BATCH = 16,    // stacks unmapped while the lock is held once
    GROW_SHARE = 8,       // of those mapped, so many a part are mapped at once
    GROW_BATCHES_MAX = 32 // but no more batches than these
};
_Static_assert(KSTACK_SIZE == PAGE_SIZE << STACK_ORDER, "a stack is one block of frames");
_Static_assert(SEGMENT_SLOTS == 64, "a segment's slots are the bits of one word");

#define FREE_MARK 0x57acf4ee57acf4eeUL

// The last bytes of a free stack.
struct free_stack {
    struct free_stack *next;
    uint64_t mark; // debug builds: FREE_MARK while free
};

// Stacks that are mapped and not yet fenced.
struct batch {
    unsigned segment;
    uint64_t slots; // bits
};

// Memory that is unmapped and becomes free once all harts have fenced.
struct retired {
    unsigned nr_stacks;
    unsigned nr_tables;
    void *stack[SHRINK_BATCH];
    struct page_table *table[SHRINK_BATCH];
};

// Who maps more stacks, until they may be used; interrupts are off meanwhile. So nobody else who
// finds none maps as many, and each fence is for all who wait.
static struct spinlock grow_lock = SPINLOCK_INIT("more kstacks", RANK_MORE_STACKS);
static struct spinlock kstack_lock = SPINLOCK_INIT("kstack", RANK_STACKS);
static struct free_stack *free_stacks GUARDED_BY(kstack_lock); // last freed first
static size_t nr_cached GUARDED_BY(kstack_lock);
static size_t nr_mapped GUARDED_BY(kstack_lock);
static unsigned first_with_room GUARDED_BY(kstack_lock); // every segment below is full
// Words of bits, one a segment. The first page is for good; the others come and go with the first
// and the last stack of their segments.
static uint64_t first_words[PAGE_WORDS] GUARDED_BY(kstack_lock);
static uint64_t *pages_of_words[(NR_SEGMENTS + PAGE_WORDS - 1) / PAGE_WORDS] GUARDED_BY(
    kstack_lock) = {first_words};

static uint64_t stack_address(unsigned segment, unsigned slot)
{
    return KSTACK_BASE + segment * SEGMENT_BYTES + (slot + 1) * KSTACK_STRIDE - KSTACK_SIZE;
}

static struct free_stack *stack_end(unsigned segment, unsigned slot)
{
    return (struct free_stack *)(stack_address(segment, slot) + KSTACK_SIZE) - 1;
}

// ---- Which slots are mapped ---------------------------------------------------------------------

// The word of `segment`, whose page is there: a stack of it is mapped, or have_word_locked().
static uint64_t *word_locked(unsigned segment) REQUIRES(kstack_lock)
{
    spin_assert_held(&kstack_lock);
    return &pages_of_words[segment / PAGE_WORDS][segment % PAGE_WORDS];
}

// Returns: false if memory is short.
static bool have_word_locked(unsigned segment) REQUIRES(kstack_lock)
{
    uint64_t **page = &pages_of_words[segment / PAGE_WORDS];

    spin_assert_held(&kstack_lock);
    if (*page == NULL) {
        *page = frames_alloc(0);
        if (*page != NULL) {
            memset(*page, 0, PAGE_SIZE);
        }
    }
    return *page != NULL;
}

// `segment` has lost its last stack: do without the page of its word, if it has no other bit.
static void drop_word_locked(unsigned segment) REQUIRES(kstack_lock)
{
    uint64_t **page = &pages_of_words[segment / PAGE_WORDS];

    spin_assert_held(&kstack_lock);
    if (*page == first_words) {
        return;
    }
    for (unsigned i = 0; i < PAGE_WORDS; i++) {
        if ((*page)[i] != 0) {
            return;
        }
    }
    frames_free(*page, 0);
    *page = NULL;
}

// ---- The free list ------------------------------------------------------------------------------

static void push_locked(struct free_stack *stack) REQUIRES(kstack_lock)
{
    spin_assert_held(&kstack_lock);
    if (CONFIG_DEBUG) {
        stack->mark = FREE_MARK;
    }
    stack->next = free_stacks;
    free_stacks = stack;
    nr_cached++;
}

// Returns: NULL if there is none.
static struct free_stack *pop_locked(void) REQUIRES(kstack_lock)
{
    spin_assert_held(&kstack_lock);
    struct free_stack *stack = free_stacks;

    if (unlikely(stack == NULL)) {
        return NULL;
    }
    if (CONFIG_DEBUG) {
        if (stack->mark != FREE_MARK) {
            panic("the kernel stack below %p was written while it was free", (void *)(stack + 1));
        }
        stack->mark = 0;
    }
    free_stacks = stack->next;
    nr_cached--;
    return stack;
}

static struct free_stack *pop(void)
{
    unsigned long saved = spin_lock_irqsave(&kstack_lock);
    struct free_stack *stack = pop_locked();

    spin_unlock_irqrestore(&kstack_lock, saved);
    return stack;
}

// ---- More stacks --------------------------------------------------------------------------------

static bool map_locked(unsigned segment, unsigned slot) REQUIRES(kstack_lock)
{
    spin_assert_held(&kstack_lock);
    void *frames = frames_alloc(STACK_ORDER);

    if (frames == NULL) {
        return false;
    }
    if (pt_map(kernel_root, stack_address(segment, slot), va_to_pa(frames), STACK_PAGES,
               PTE_R | PTE_W | PTE_G) != 0) {
        frames_free(frames, STACK_ORDER);
        return false;
    }
    *word_locked(segment) |= bit(slot);
    nr_mapped++;
    return true;
}

// How many batches are mapped at once: the more the more there are, since a fence of all harts may
// take long.
static unsigned batches_at_once(void)
{
    size_t share = kstack_mapped() / GROW_SHARE / KSTACK_BATCH;

    return 1 + (unsigned)min_u64(share, GROW_BATCHES_MAX - 1);
}

// Map up to KSTACK_BATCH stacks of one segment. Returns: their slots, as bits; 0 if there is no
// memory or no room.
static uint64_t map_batch_locked(unsigned *segment) REQUIRES(kstack_lock)
{
    spin_assert_held(&kstack_lock);
    uint64_t slots = 0;

    while (first_with_room < NR_SEGMENTS && have_word_locked(first_with_room) &&
           *word_locked(first_with_room) == UINT64_MAX) {
        first_with_room++;
    }
    if (first_with_room == NR_SEGMENTS || !have_word_locked(first_with_room)) {
        return 0;
    }
    *segment = first_with_room;
    uint64_t *mapped = word_locked(first_with_room);
    unsigned limit = nr_mapped < KSTACK_BATCH ? KSTACK_FIRST_BATCH : KSTACK_BATCH;
    for (unsigned i = 0; i < limit && *mapped != UINT64_MAX; i++) {
        unsigned slot = bit_lowest(~*mapped);

        if (!map_locked(*segment, slot)) {
            break;
        }
        slots |= bit(slot);
    }
    if (slots == 0) {
        drop_word_locked(*segment);
    }
    return slots;
}

// Map up to `limit` batches, the lock held for one at a time. Returns: how many.
static unsigned map_batches(struct batch *batch, unsigned limit)
{
    unsigned n = 0;

    for (bool more = true; more && n < limit; n += more) {
        unsigned long saved = spin_lock_irqsave(&kstack_lock);

        batch[n].slots = map_batch_locked(&batch[n].segment);
        more = batch[n].slots != 0;
        spin_unlock_irqrestore(&kstack_lock, saved);
    }
    return n;
}

// Returns: one of the stacks of `n` batches, which are on the free list now; NULL if there is none.
static struct free_stack *push_batches(const struct batch *batch, unsigned n)
{
    unsigned long saved = spin_lock_irqsave(&kstack_lock);

    while (n-- > 0) {
        for (uint64_t slots = batch[n].slots; slots != 0; slots &= slots - 1) {
            push_locked(stack_end(batch[n].segment, bit_lowest(slots)));
        }
    }
    struct free_stack *stack = pop_locked();

    spin_unlock_irqrestore(&kstack_lock, saved);
    return stack;
}

// Map stacks, unless somebody else just has.
// Returns: a stack no longer on the free list; NULL if there is none and none can be mapped.
static NOINLINE struct free_stack *grow(void)
{
    struct batch batch[GROW_BATCHES_MAX];
    unsigned long saved = spin_lock_irqsave(&grow_lock);
    struct free_stack *stack = pop();
    unsigned n = stack == NULL ? map_batches(batch, batches_at_once()) : 0;

    if (n != 0) {
        kernel_map_fence();
        stack = push_batches(batch, n);
    }
    spin_unlock_irqrestore(&grow_lock, saved);
    return stack;
}

// ---- Fewer stacks -------------------------------------------------------------------------------

// Unmap the stack that ends in `stack`, and its segment's table if it was the last there.
static void retire_locked(struct free_stack *stack, struct retired *retired) REQUIRES(kstack_lock)
{
    spin_assert_held(&kstack_lock);
    uint64_t va = (uint64_t)(stack + 1) - KSTACK_SIZE;
    unsigned segment = (unsigned)((va - KSTACK_BASE) / SEGMENT_BYTES);
    struct pt_leaf leaf;
    int error = pt_lookup(kernel_root, va, &leaf);

    assert(error == 0);
    pt_unmap(kernel_root, va, STACK_PAGES);
    retired->stack[retired->nr_stacks++] = pa_to_va(leaf.pa);
    *word_locked(segment) &= ~bit(va % SEGMENT_BYTES / KSTACK_STRIDE);
    nr_mapped--;
    first_with_room = (unsigned)min_u64(first_with_room, segment);
    if (*word_locked(segment) == 0) {
        retired->table[retired->nr_tables++] = pt_detach_table(kernel_root, va);
        drop_word_locked(segment);
    }
}

// Unmap up to SHRINK_BATCH free stacks, if there are `least`, and free what they were.
// Returns: how many.
static unsigned shrink_batch(size_t least)
{
    struct retired retired = {};
    unsigned long saved = spin_lock_irqsave(&kstack_lock);
    unsigned limit = nr_cached >= least ? SHRINK_BATCH : 0;

    while (retired.nr_stacks < limit) {
        struct free_stack *stack = pop_locked();

        if (stack == NULL) {
            break;
        }
        retire_locked(stack, &retired);
    }
    spin_unlock_irqrestore(&kstack_lock, saved);
    if (retired.nr_stacks == 0) {
        return 0;
    }
    kernel_map_fence();
    for (unsigned i = 0; i < retired.nr_stacks; i++) {
        frames_free(retired.stack[i], STACK_ORDER);
    }
    for (unsigned i = 0; i < retired.nr_tables; i++) {
        frames_free(retired.table[i], 0);
    }
    return retired.nr_stacks;
}

// ---- Interface ----------------------------------------------------------------------------------

int kstack_alloc(void **top)
{
    if (failpoint(FAILPOINT_STACK)) {
        return -ENOMEM;
    }
    struct free_stack *stack = pop();

    if (unlikely(stack == NULL)) {
        stack = grow();
        if (stack == NULL) {
            return -ENOMEM;
        }
    }
    *top = stack + 1;
    return 0;
}

void kstack_free(void *top)
{
    struct free_stack *stack = (struct free_stack *)top - 1;

    debug_assert((uint64_t)top - 1 - KSTACK_BASE < KSTACK_BYTES &&
                 is_aligned((uint64_t)top, KSTACK_STRIDE));
    if (CONFIG_DEBUG && stack->mark == FREE_MARK) {
        panic("the kernel stack below %p is freed twice", top);
    }
    unsigned long saved = spin_lock_irqsave(&kstack_lock);

    push_locked(stack);
    spin_unlock_irqrestore(&kstack_lock, saved);
}

// Unmap batches of stacks while `least` or more are free. Returns: how many stacks.
static size_t shrink(size_t least)
{
    size_t done = 0;
    size_t wanted = kstack_cached(); // what is freed meanwhile may stay, so this ends

    while (done < wanted) {
        unsigned now = shrink_batch(least);

        if (now == 0) {
            break;
        }
        done += now;
    }
    return done;
}

size_t kstack_shrink(void)
{
    return shrink(1);
}

size_t kstack_shrink_surplus(void)
{
    return shrink(batches_at_once() * (size_t)KSTACK_BATCH + SHRINK_BATCH);
}

size_t kstack_mapped(void)
{
    unsigned long saved = spin_lock_irqsave(&kstack_lock);
    size_t mapped = nr_mapped;

    spin_unlock_irqrestore(&kstack_lock, saved);
    return mapped;
}

size_t kstack_cached(void)
{
    unsigned long saved = spin_lock_irqsave(&kstack_lock);
    size_t cached = nr_cached;

    spin_unlock_irqrestore(&kstack_lock, saved);
    return cached;
}

// ---- How much is used ---------------------------------------------------------------------------

#define PAINT 0x9a1279a1279a1279UL

void kstack_paint(void *top)
{
    for (uint64_t *word = kstack_limit(top); word < (uint64_t *)top; word++) {
        *word = PAINT;
    }
}

size_t kstack_used(const void *top)
{
    const uint64_t *end = top;
    const uint64_t *word = end - KSTACK_SIZE / sizeof(*word);

    while (word < end && *word == PAINT) {
        word++;
    }
    return (size_t)(end - word) * sizeof(*word);
}
