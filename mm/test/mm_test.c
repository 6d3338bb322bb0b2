// SPDX-License-Identifier: MIT
// mm/test/mm_test.c - memory as the running kernel sees it: what is mapped, exhaustion, fencing.
#include <stdatomic.h>

#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "kernel/base/random.h"
#include "kernel/ktest_support.h"
#include "kernel/processor.h"
#include "kernel/thread.h"
#include "mm/frame.h"
#include "mm/kmap.h"
#include "mm/kstack.h"
#include "mm/layout.h"
#include "mm/memory.h"
#include "mm/objcache.h"

// ---- What is mapped -----------------------------------------------------------------------------

// Returns: the permissions of the page at `va`; 0 if nothing is mapped there.
static unsigned prot_at(const void *va)
{
    struct pt_leaf leaf;

    return pt_lookup(kernel_root, (uint64_t)va, &leaf) == 0 ? leaf.prot : 0;
}

KTEST(kernel_map, "nothing is writable and executable, for user mode, or in the lower half")
{
    KT_CHECK(kernel_map_check() == 0);
    KT_CHECK(prot_at(__text_start) == (PTE_G | PTE_R | PTE_X));
    KT_CHECK(prot_at(__rodata_start) == (PTE_G | PTE_R));
    KT_CHECK(prot_at(__data_start) == (PTE_G | PTE_R | PTE_W));
    KT_CHECK(prot_at(pa_to_va(va_to_pa(__text_start))) == (PTE_G | PTE_R));
    KT_CHECK(prot_at((void *)image_pa.raw) == 0); // the identity map
}

static void check_guarded(void *top)
{
    char *limit = kstack_limit(top);

    KT_CHECK(prot_at(limit) == (PTE_G | PTE_R | PTE_W));
    KT_CHECK(prot_at((char *)top - 1) == (PTE_G | PTE_R | PTE_W));
    KT_CHECK(prot_at(limit - 1) == 0 && kstack_is_guard((uint64_t)limit - 1));
    KT_CHECK(prot_at(top) == 0 && kstack_is_guard((uint64_t)top));
}

KTEST(kstack_guard, "D-26: an unmapped guard on both sides of every kernel stack")
{
    void *top = NULL;

    check_guarded(current()->stack_top);
    KT_CHECK(kstack_alloc(&top) == 0);
    check_guarded(top);
    kstack_free(top);
}

// ---- Stacks come and go -------------------------------------------------------------------------

// Stacks in a list, through their first words.
static size_t take_stacks(void ***list, size_t wanted)
{
    void *top;
    size_t n = 0;

    for (; n < wanted && kstack_alloc(&top) == 0; n++) {
        void **link = kstack_limit(top);

        *link = *list;
        *list = link;
    }
    return n;
}

static void free_stacks(void **list)
{
    while (list != NULL) {
        void **next = *list;

        kstack_free((char *)list + KSTACK_SIZE);
        list = next;
    }
}

KTEST(kstack_shrink, "D-29: stacks that nobody uses go back, page tables included")
{
    enum { STACKS = 200 }; // more than one page table's
    void **list = NULL;

    mm_reclaim();
    size_t mapped = kstack_mapped() - kstack_cached();
    size_t frames = frames_free_count();

    KT_CHECK(take_stacks(&list, STACKS) == STACKS);
    KT_CHECK(kstack_mapped() >= mapped + STACKS);
    KT_CHECK(frames_free_count() + STACKS * KSTACK_SIZE / PAGE_SIZE <= frames);
    KT_CHECK(kernel_map_check() == 0);
    free_stacks(list);
    mm_reclaim();
    KT_CHECK(kstack_cached() == 0);
    KT_CHECK(kstack_mapped() == mapped);
    KT_CHECK(frames_free_count() == frames);
}

// ---- Exhaustion ---------------------------------------------------------------------------------

struct largest {
    char bytes[OBJCACHE_OBJECT_MAX];
};

static int return_argument(void *argument)
{
    return (int)(intptr_t)argument;
}

KTEST(memory_exhausted, "D-18: without memory everything says so, and goes on when there is some")
{
    static struct objcache cache = OBJCACHE_INIT(cache, struct largest);
    struct test_held *list = NULL;
    void **stacks = NULL;
    int code = 0;

    mm_reclaim();
    for (unsigned order = FRAME_ORDER_MAX + 1; order-- > 0;) {
        list = test_hold(list, order, 0);
    }
    // Not order 0: another hart may have some, and this thread may get there.
    KT_CHECK(frames_alloc(1) == NULL);
    KT_CHECK(objcache_alloc(&cache) == NULL);
    KT_CHECK(take_stacks(&stacks, 1) == 0);
    KT_CHECK(thread_spawn(NULL, return_argument, NULL) == -ENOMEM);
    test_let_go(list);

    tid_t tid = thread_spawn(NULL, return_argument, (void *)7);

    KT_CHECK(tid > 0 && thread_join(tid, &code) == 0 && code == 7);
}

KTEST(kstack_exhausted, "as many stacks as memory is left for, and all of it comes back")
{
    enum { LEFT = 1000 };
    void **stacks = NULL;

    mm_reclaim();
    size_t frames = frames_free_count();
    struct test_held *list = test_hold(NULL, 3, LEFT);
    size_t n = take_stacks(&stacks, SIZE_MAX);

    KT_CHECK(n > 150 * PAGE_SIZE * 4 / KSTACK_SIZE && n <= LEFT * PAGE_SIZE / KSTACK_SIZE);
    free_stacks(stacks);
    test_let_go(list);
    mm_reclaim();
    KT_CHECK(frames_free_count() == frames);
}

// ---- Fencing ------------------------------------------------------------------------------------

// One thread on each hart looks at a stack that goes away and comes back with other frames. A hart
// that was not fenced still sees the old frame: QEMU's translation cache is as stale as real ones.
static struct {
    atomic_uint round; // release by the test, acquire by the readers: publishes `word`
    atomic_uint seen;  // release by the readers, acquire by the test: the word was read
    const uint64_t *word;
} fencing;

enum { FENCE_ROUNDS = 50 };

static int read_each_round(void *unused)
{
    int wrong = 0;

    (void)unused;
    for (unsigned round = 1; round <= test_rounds(FENCE_ROUNDS); round++) {
        ktest_wait_for(&fencing.round, round);
        wrong += *fencing.word != round;
        // release: see the field.
        atomic_fetch_add_explicit(&fencing.seen, 1, memory_order_release);
    }
    return wrong;
}

static tid_t start(thread_fn *fn, void *argument, uint64_t affinity)
{
    tid_t tid = thread_spawn(&(struct thread_attr){.affinity = affinity}, fn, argument);

    KT_CHECK(tid > 0);
    return tid;
}

static void join_and_check(tid_t tid)
{
    int wrong = -1;

    KT_CHECK(thread_join(tid, &wrong) == 0);
    KT_CHECK(wrong == 0);
}

// Returns: how many readers there are; their tids in `tid`.
static unsigned start_readers(tid_t tid[MAX_HARTS])
{
    unsigned n = 0;

    for (uint64_t left = harts_online_mask(); left != 0; left &= left - 1) {
        tid[n] = start(read_each_round, NULL, bit(bit_lowest(left)));
        n += tid[n] > 0;
    }
    return n;
}

// Show all readers `round` through a new stack. Returns: a block that keeps the next stack from
// getting the same frames, in the list `kept`.
static struct test_held *show_round(unsigned round, unsigned readers, struct test_held *kept)
{
    void *top = NULL;

    KT_CHECK(kstack_alloc(&top) == 0);
    *(uint64_t *)kstack_limit(top) = round;
    fencing.word = kstack_limit(top);
    // release: see the field.
    atomic_store_explicit(&fencing.round, round, memory_order_release);
    ktest_wait_for(&fencing.seen, round * readers);
    kstack_free(top);
    (void)kstack_shrink();
    return test_hold(kept, 2, frames_free_count() - 1);
}

KTEST(kstack_fenced, "D-13: no hart sees the frames of a removed mapping once it is used again")
{
    tid_t tid[MAX_HARTS];
    struct test_held *kept = NULL;

    // relaxed: the readers are not there yet.
    atomic_store_explicit(&fencing.round, 0, memory_order_relaxed);
    atomic_store_explicit(&fencing.seen, 0, memory_order_relaxed);
    unsigned readers = start_readers(tid);

    (void)kstack_shrink();
    for (unsigned round = 1; round <= test_rounds(FENCE_ROUNDS); round++) {
        kept = show_round(round, readers, kept);
    }
    for (unsigned i = 0; i < readers; i++) {
        join_and_check(tid[i]);
    }
    test_let_go(kept);
}

// ---- Several harts ------------------------------------------------------------------------------

enum { CHURNERS = 8, CHURN_STEPS = 2000, CHURN_HELD = 16 };

struct middle {
    uint64_t owner[24];
};

static struct objcache churned = OBJCACHE_INIT(churned, struct middle);

// Take something of memory, an object, a frame, or two, and write in its first word whose it is.
static uint64_t *churn_take(unsigned kind, uint64_t owner)
{
    uint64_t *memory = kind == 0 ? objcache_alloc(&churned) : frames_alloc(kind - 1);

    if (memory != NULL) {
        *memory = owner;
    }
    return memory;
}

// Returns: 1 if the word has changed, else 0.
static int churn_give(unsigned kind, uint64_t *memory, uint64_t owner)
{
    int wrong = *memory != owner;

    if (kind == 0) {
        objcache_free(&churned, memory);
    } else {
        frames_free(memory, kind - 1);
    }
    return wrong;
}

// Returns: how often there was no memory, or it was not the taker's alone.
static int churn(void *seed)
{
    uint64_t *held[CHURN_HELD] = {};
    struct random random;
    int wrong = 0;

    random_seed(&random, (uint64_t)seed);
    for (unsigned step = 0; step < CHURN_STEPS; step++) {
        unsigned i = (unsigned)random_below(&random, CHURN_HELD);

        if (held[i] == NULL) {
            held[i] = churn_take(i % 3, (uint64_t)seed);
            wrong += held[i] == NULL;
        } else {
            wrong += churn_give(i % 3, held[i], (uint64_t)seed);
            held[i] = NULL;
        }
    }
    for (unsigned i = 0; i < CHURN_HELD; i++) {
        wrong += held[i] != NULL ? churn_give(i % 3, held[i], (uint64_t)seed) : 0;
    }
    return wrong;
}

KTEST(memory_shared, "threads on every hart take and give memory at once, and none is lost")
{
    tid_t tid[CHURNERS];

    for (unsigned i = 0; i < CHURNERS; i++) {
        tid[i] = start(churn, (void *)(uintptr_t)(i + 1), 0);
    }
    for (unsigned i = 0; i < CHURNERS; i++) {
        join_and_check(tid[i]);
    }
    KT_CHECK(objcache_used(&churned) == 0);
}
