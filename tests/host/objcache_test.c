// SPDX-License-Identifier: MIT
// tests/host/objcache_test.c - object caches against a model, at their limits, and misused.
#include <stdalign.h>

#include "kernel/base/bits.h"
#include "kernel/base/random.h"
#include "mm/frame.h"
#include "mm/objcache.h"
#include "tests/host/shim/expect_panic.h"
#include "tests/host/shim/mm/host_ram.h"

enum { RAM_BYTES = 4 << 20, HELD_MAX = 500 };

struct tiny {
    char byte;
};
struct middle {
    alignas(64) char bytes[200];
};
struct largest {
    char bytes[OBJCACHE_OBJECT_MAX];
};
struct odd {
    char bytes[13];
};

// Each test has caches of its own: the misused ones stay broken, and locked.
static int fresh_ram(void **state)
{
    (void)state;
    host_frames_make(RAM_BYTES);
    return 0;
}

static void check_and_free(struct objcache *cache, unsigned char *object)
{
    for (size_t i = 1; i < cache->object_bytes; i++) {
        assert_int_equal(object[i], object[0]);
    }
    objcache_free(cache, object);
}

static void churn(struct objcache *cache)
{
    static unsigned char *held[HELD_MAX];
    size_t before = frames_free_count();
    size_t in_use = 0;
    struct random random;

    random_seed(&random, cache->object_bytes);
    for (unsigned step = 0; step < 10000; step++) {
        unsigned i = (unsigned)random_below(&random, HELD_MAX);

        if (held[i] != NULL) {
            check_and_free(cache, held[i]);
            held[i] = NULL;
            in_use--;
        } else {
            held[i] = objcache_alloc(cache);
            assert_true(is_aligned((uint64_t)held[i], cache->object_align));
            memset(held[i], (int)step, cache->object_bytes);
            in_use++;
        }
        assert_int_equal(objcache_used(cache), in_use);
    }
    for (unsigned i = 0; i < HELD_MAX; i++) {
        if (held[i] != NULL) {
            check_and_free(cache, held[i]);
            held[i] = NULL;
        }
    }
    assert_int_equal(objcache_used(cache), 0);
    objcache_shrink(cache);
    assert_int_equal(frames_free_count(), before);
}

static void test_random_against_a_model(void **state)
{
    static struct objcache tiny = OBJCACHE_INIT(tiny, struct tiny);
    static struct objcache middle = OBJCACHE_INIT(middle, struct middle);
    static struct objcache largest = OBJCACHE_INIT(largest, struct largest);
    static struct objcache odd = OBJCACHE_INIT(odd, struct odd);

    (void)state;
    churn(&tiny);
    churn(&middle);
    churn(&largest);
    churn(&odd);
}

static void test_exhaustion_is_an_answer(void **state)
{
    static struct objcache cache = OBJCACHE_INIT(cache, struct largest);
    static void *held[RAM_BYTES / OBJCACHE_OBJECT_MAX];
    size_t before = frames_free_count();

    (void)state;
    for (unsigned round = 0; round < 2; round++) {
        size_t n = 0;

        while ((held[n] = objcache_alloc(&cache)) != NULL) {
            n++;
        }
        assert_true(n > ARRAY_SIZE(held) * 8 / 10);
        while (n > 0) {
            objcache_free(&cache, held[--n]);
        }
    }
    objcache_shrink_all();
    assert_int_equal(frames_free_count(), before);
}

static void test_one_spare_slab_is_kept(void **state)
{
    static struct objcache cache = OBJCACHE_INIT(cache, struct middle);
    size_t before = frames_free_count();
    void *object = objcache_alloc(&cache);
    size_t used = before - frames_free_count();

    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        objcache_free(&cache, object);
        assert_int_equal(before - frames_free_count(), used);
        object = objcache_alloc(&cache);
        assert_int_equal(before - frames_free_count(), used);
    }
    objcache_free(&cache, object);
    objcache_shrink(&cache);
    assert_int_equal(frames_free_count(), before);
}

// ---- Misuse: what debug builds catch ------------------------------------------------------------

static void test_double_free_is_caught(void **state)
{
    static struct objcache cache = OBJCACHE_INIT(cache, struct odd);
    void *object = objcache_alloc(&cache);

    (void)state;
    (void)objcache_alloc(&cache);
    objcache_free(&cache, object);
    expect_panic("freed twice", objcache_free(&cache, object));
}

static void test_write_after_free_is_caught(void **state)
{
    static struct objcache cache = OBJCACHE_INIT(cache, struct middle);
    struct middle *object = objcache_alloc(&cache);

    (void)state;
    objcache_free(&cache, object);
    object->bytes[0] = 0;
    expect_panic("cache: object", (void)objcache_alloc(&cache));
    assert_non_null(strstr(panic_message(), "written after it was freed, at offset 0"));
}

static void test_overrun_is_caught(void **state)
{
    static struct objcache cache = OBJCACHE_INIT(cache, struct odd);
    char *object = objcache_alloc(&cache);

    (void)state;
    memset(object, 0, 32);
    expect_panic("written past its end", objcache_free(&cache, object));
}

static void test_overrun_by_a_word_is_caught(void **state)
{
    static struct objcache cache = OBJCACHE_INIT(cache, struct middle);
    char *object = objcache_alloc(&cache);

    (void)state;
    memset(object, 0, sizeof(struct middle) + 1);
    expect_panic("written past its end", objcache_free(&cache, object));
}

static void test_free_to_another_cache_is_caught(void **state)
{
    static struct objcache cache = OBJCACHE_INIT(cache, struct odd);
    static struct objcache other = OBJCACHE_INIT(other, struct odd);
    char *object = objcache_alloc(&cache);

    (void)state;
    expect_panic("not an object of this cache", objcache_free(&other, object));
    expect_panic("not an object of this cache", objcache_free(&cache, object + 8));
}

static void test_free_keeps_frames_poisoned_across_caches(void **state)
{
    static struct objcache cache = OBJCACHE_INIT(cache, struct largest);
    char *object = objcache_alloc(&cache);

    (void)state;
    objcache_free(&cache, object);
    objcache_shrink(&cache); // the slab's frames go back, poisoned
    object[64] = 1;
    expect_panic("was written after it was freed", (void)frames_alloc(cache.slab_order));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_random_against_a_model, fresh_ram),
        cmocka_unit_test_setup(test_exhaustion_is_an_answer, fresh_ram),
        cmocka_unit_test_setup(test_one_spare_slab_is_kept, fresh_ram),
        cmocka_unit_test_setup(test_double_free_is_caught, fresh_ram),
        cmocka_unit_test_setup(test_write_after_free_is_caught, fresh_ram),
        cmocka_unit_test_setup(test_overrun_is_caught, fresh_ram),
        cmocka_unit_test_setup(test_overrun_by_a_word_is_caught, fresh_ram),
        cmocka_unit_test_setup(test_free_to_another_cache_is_caught, fresh_ram),
        cmocka_unit_test_setup(test_free_keeps_frames_poisoned_across_caches, fresh_ram),
    };

    return cmocka_run_group_tests_name("objcache", tests, NULL, NULL);
}
