// SPDX-License-Identifier: MIT
// tests/host/frame_test.c - the frame allocator against a model, at its limits, and misused.
#include <pthread.h>

#include "kernel/base/bits.h"
#include "kernel/base/random.h"
#include "kernel/riscv/hart.h"
#include "kernel/riscv/irq.h"
#include "mm/frame.h"
#include "mm/layout.h"
#include "tests/host/shim/expect_panic.h"
#include "tests/host/shim/mm/host_ram.h"

enum { RAM_BYTES = 16 << 20, NR_FRAMES = RAM_BYTES >> PAGE_SHIFT, HELD_MAX = 400 };

struct held {
    void *block;
    unsigned order;
    unsigned char tag;
};

static int fresh_ram(void **state)
{
    (void)state;
    host_frames_make(RAM_BYTES);
    return 0;
}

static size_t frame_index(const void *block)
{
    return (va_to_pa(block).raw - HOST_RAM_PA) >> PAGE_SHIFT;
}

// Take every block of the largest order. Returns: how many there were; all are given back.
static unsigned count_largest(void)
{
    void *block[NR_FRAMES >> FRAME_ORDER_MAX];
    unsigned n = 0;

    while ((block[n] = frames_alloc(FRAME_ORDER_MAX)) != NULL) {
        n++;
        if (n == ARRAY_SIZE(block)) {
            break;
        }
    }
    for (unsigned i = 0; i < n; i++) {
        frames_free(block[i], FRAME_ORDER_MAX);
    }
    return n;
}

static void assert_all_merged(void)
{
    frames_cache_drain();
    assert_int_equal(frames_free_count(), frames_total());
    // The first block has lost its head to the states of the frames.
    assert_int_equal(count_largest(), (NR_FRAMES >> FRAME_ORDER_MAX) - 1);
}

static void test_all_memory_is_free_at_first(void **state)
{
    (void)state;
    assert_int_equal(frames_total(), NR_FRAMES - 1);
    assert_all_merged();
}

static void model_take(struct held *held, unsigned char *owner, unsigned order, unsigned char tag)
{
    *held = (struct held){frames_alloc(order), order, tag};
    if (held->block == NULL) {
        return;
    }
    assert_true(is_aligned(va_to_pa(held->block).raw, PAGE_SIZE << order));
    for (size_t i = frame_index(held->block), end = i + bit(order); i < end; i++) {
        assert_int_equal(owner[i], 0);
        owner[i] = 1;
    }
    memset(held->block, tag, PAGE_SIZE << order);
}

static void model_give(struct held *held, unsigned char *owner)
{
    const unsigned char *byte = held->block;

    for (size_t i = 0; i < PAGE_SIZE << held->order; i += 509) {
        assert_int_equal(byte[i], held->tag);
    }
    for (size_t i = frame_index(held->block), end = i + bit(held->order); i < end; i++) {
        owner[i] = 0;
    }
    frames_free(held->block, held->order);
    held->block = NULL;
}

static void test_random_against_a_model(void **state)
{
    static struct held held[HELD_MAX];
    static unsigned char owner[NR_FRAMES];
    struct random random;
    size_t in_use = 0;

    (void)state;
    random_seed(&random, 1);
    for (unsigned step = 0; step < 20000; step++) {
        struct held *h = &held[random_below(&random, HELD_MAX)];

        if (h->block != NULL) {
            in_use -= bit(h->order);
            model_give(h, owner);
        } else {
            unsigned order = random_below(&random, 3) != 0 ? 0 : (unsigned)random_below(&random, 8);

            model_take(h, owner, order, (unsigned char)step);
            in_use += h->block != NULL ? bit(order) : 0;
        }
        assert_int_equal(frames_free_count(), frames_total() - in_use);
    }
    for (unsigned i = 0; i < HELD_MAX; i++) {
        if (held[i].block != NULL) {
            model_give(&held[i], owner);
        }
    }
    assert_all_merged();
}

static void test_exhaustion_is_an_answer(void **state)
{
    static void *frame[NR_FRAMES];
    size_t n = 0;

    (void)state;
    while ((frame[n] = frames_alloc(0)) != NULL) {
        n++;
    }
    assert_int_equal(n, frames_total());
    assert_int_equal(frames_free_count(), 0);
    assert_null(frames_alloc(3));
    assert_null(frame_zeroed());
    for (size_t i = n; i-- > 0;) {
        frames_free(frame[i * 389 % n], 0); // a permutation: 389 is prime and does not divide n
    }
    assert_all_merged();
}

static void test_too_large_an_order_is_refused(void **state)
{
    (void)state;
    assert_null(frames_alloc(FRAME_ORDER_MAX + 1));
    assert_null(frames_alloc(64));
}

static void test_a_zeroed_frame_is_zero(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        unsigned char *frame = frame_zeroed();

        for (size_t at = 0; at < PAGE_SIZE; at++) {
            assert_int_equal(frame[at], 0);
        }
        frames_free(frame, 0);
    }
}

// Two zones of odd sizes, with a hole between that is nobody's.
static void test_zones_do_not_merge(void **state)
{
    size_t n = 0;

    (void)state;
    frames_init();
    frames_add_zone(pa(HOST_RAM_PA + KIB(4)), 5, (uint8_t *)host_ram);
    frames_add_zone(pa(HOST_RAM_PA + KIB(24)), 11, (uint8_t *)host_ram + 64);
    frames_add_free(pa(HOST_RAM_PA + KIB(4)), 5);
    frames_add_free(pa(HOST_RAM_PA + KIB(28)), 10);
    assert_int_equal(frames_total(), 15);
    void *block = frames_alloc(3);

    assert_int_equal(frame_index(block), 8);
    assert_null(frames_alloc(3));
    frames_free(block, 3);
    while ((block = frames_alloc(0)) != NULL) {
        size_t index = frame_index(block);

        assert_true((index >= 1 && index < 6) || (index >= 7 && index < 17));
        n++;
    }
    assert_int_equal(n, 15);
}

// ---- Several harts ------------------------------------------------------------------------------

static void *churn(void *argument)
{
    unsigned cpu = *(unsigned *)argument;
    void *held[64] = {NULL};
    struct random random;

    this_hart()->cpu = cpu;
    random_seed(&random, cpu);
    for (unsigned step = 0; step < 20000; step++) {
        unsigned i = (unsigned)random_below(&random, ARRAY_SIZE(held));
        unsigned order = i % 4 == 0 ? 1 : 0;

        if (held[i] == NULL) {
            held[i] = frames_alloc(order);
            *(unsigned *)held[i] = cpu;
        } else {
            assert(*(unsigned *)held[i] == cpu);
            frames_free(held[i], order);
            held[i] = NULL;
        }
    }
    for (unsigned i = 0; i < ARRAY_SIZE(held); i++) {
        if (held[i] != NULL) {
            frames_free(held[i], i % 4 == 0 ? 1 : 0);
        }
    }
    frames_cache_drain();
    return NULL;
}

static void test_harts_share_memory(void **state)
{
    pthread_t thread[3];
    unsigned cpu[ARRAY_SIZE(thread)];

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(thread); i++) {
        cpu[i] = i + 1;
        assert_int_equal(pthread_create(&thread[i], NULL, churn, &cpu[i]), 0);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(thread); i++) {
        pthread_join(thread[i], NULL);
    }
    assert_all_merged();
}

// ---- Misuse: what debug builds catch ------------------------------------------------------------

static void test_double_free_is_caught(void **state)
{
    void *frame = frames_alloc(0);
    void *block = frames_alloc(4);

    (void)state;
    frames_free(frame, 0);
    expect_panic("freed twice", frames_free(frame, 0));
    frames_cache_drain();
    expect_panic("freed twice", frames_free(frame, 0));
    frames_free(block, 4);
    expect_panic("freed twice", frames_free(block, 4));
}

static void test_free_of_something_else_is_caught(void **state)
{
    char *block = frames_alloc(4);

    (void)state;
    expect_panic("is not such a block", frames_free(block, 3));
    expect_panic("is not such a block", frames_free(block, 0));
    expect_panic("is not such a block", frames_free(block + PAGE_SIZE, 0));
    expect_panic("not memory of the allocator's", frames_free(host_ram + RAM_BYTES, 0));
    frames_free(block, 4);
}

static void test_use_of_a_freed_frame_is_caught(void **state)
{
    char *frame = frames_alloc(0);

    (void)state;
    frames_free(frame, 0);
    frame[100] = 1;
    expect_panic("written after it was freed, at offset", (void)frames_alloc(0));

    frame = frames_alloc(5);
    frames_free(frame, 5);
    frame[5 * PAGE_SIZE + 4095] = 1;
    expect_panic("written after it was freed, at offset ff8", (void)frames_alloc(5));

    frame = frames_alloc(0);
    frames_free(frame, 0);
    memset(frame, 0x11, 16);
    (void)frames_alloc(0);
    expect_panic("was overwritten", (void)frames_alloc(0));
}

// Last: the panic leaves the allocator locked.
static void test_use_of_a_freed_blocks_link_is_caught(void **state)
{
    char *block = frames_alloc(FRAME_ORDER_MAX);

    (void)state;
    frames_free(block, FRAME_ORDER_MAX);
    memset(block, 0x11, 16);
    expect_panic("was overwritten", (void)frames_alloc(FRAME_ORDER_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_all_memory_is_free_at_first, fresh_ram),
        cmocka_unit_test_setup(test_random_against_a_model, fresh_ram),
        cmocka_unit_test_setup(test_exhaustion_is_an_answer, fresh_ram),
        cmocka_unit_test_setup(test_too_large_an_order_is_refused, fresh_ram),
        cmocka_unit_test_setup(test_a_zeroed_frame_is_zero, fresh_ram),
        cmocka_unit_test_setup(test_zones_do_not_merge, fresh_ram),
        cmocka_unit_test_setup(test_harts_share_memory, fresh_ram),
        cmocka_unit_test_setup(test_double_free_is_caught, fresh_ram),
        cmocka_unit_test_setup(test_free_of_something_else_is_caught, fresh_ram),
        cmocka_unit_test_setup(test_use_of_a_freed_frame_is_caught, fresh_ram),
        cmocka_unit_test_setup(test_use_of_a_freed_blocks_link_is_caught, fresh_ram),
    };

    return cmocka_run_group_tests_name("frame", tests, NULL, NULL);
}
