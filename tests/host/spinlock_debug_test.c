// SPDX-License-Identifier: MIT
// tests/host/spinlock_debug_test.c - the kernel's own spinlock: nesting, held lists, what panics.
//
// Here with the algorithm of the host build, which needs no nodes; spinlock_mcs_test.c has one that
// does. CONFIG_DEBUG is 1 on the host.
#include <pthread.h>

#include "kernel/base/compiler.h"
#include "kernel/base/types.h"
#include "sync/spinlock.h"
#include "tests/host/shim/expect_panic.h"

_Static_assert(CONFIG_DEBUG, "the checks under test are those of debug builds");

static struct spinlock outer = SPINLOCK_INIT("outer", RANK_RUNQ);
static struct spinlock inner = SPINLOCK_INIT("inner", RANK_FRAMES);
static struct spinlock sibling = SPINLOCK_INIT("sibling", RANK_FRAMES);

// Each test starts as a hart that holds nothing, whatever the one before panicked with.
static int fresh_hart(void **state)
{
    (void)state;
    *this_hart() = (struct hart_state){.cpu = 3};
    irq_enable();
    spin_init(&outer, "outer", RANK_RUNQ);
    spin_init(&inner, "inner", RANK_FRAMES);
    spin_init(&sibling, "sibling", RANK_FRAMES);
    spin_wait_mode = SPIN_WAIT_QUEUE;
    return 0;
}

static void test_nests_in_any_release_order(void **state) NO_TSA
{
    (void)state;
    spin_lock(&outer);
    assert_false(irq_enabled());
    spin_lock(&inner);
    spin_unlock(&outer);
    assert_false(irq_enabled());
    assert_false(spin_is_held(&outer));
    assert_true(spin_is_held(&inner));
    spin_unlock(&inner);
    assert_true(irq_enabled());
}

static void test_irqsave_restores_what_it_found(void **state)
{
    (void)state;
    unsigned long on = spin_lock_irqsave(&outer);
    unsigned long off = spin_lock_irqsave(&inner);

    spin_unlock_irqrestore(&inner, off);
    assert_false(irq_enabled());
    spin_unlock_irqrestore(&outer, on);
    assert_true(irq_enabled());
}

static void test_held_list_is_in_order(void **state) NO_TSA
{
    (void)state;
    const struct held_locks *held = &this_hart()->held;

    assert_null(held_lock(held, 0));
    spin_lock(&outer);
    spin_lock(&inner);
    assert_ptr_equal(held_lock(held, 0), &outer);
    assert_ptr_equal(held_lock(held, 1), &inner);
    assert_null(held_lock(held, 2));
    spin_unlock(&outer);
    assert_ptr_equal(held_lock(held, 0), &inner);
    assert_null(held_lock(held, 1));
    spin_unlock(&inner);
    assert_null(held_lock(held, 0));
    assert_null(held_waiting(held));
}

static void test_trylock_refuses_instead_of_panicking(void **state) NO_TSA
{
    (void)state;
    irq_disable();
    assert_true(spin_trylock_irqoff(&inner));
    assert_false(spin_trylock_irqoff(&inner)); // held by this hart
    assert_true(spin_trylock_irqoff(&outer));  // out of order, but it does not wait
    spin_unlock_irqoff(&outer);
    spin_unlock_irqoff(&inner);
}

static void test_self_deadlock(void **state) NO_TSA
{
    (void)state;
    spin_lock(&inner);
    expect_panic("self-deadlock: cpu 3 already holds lock 'inner'", spin_lock(&inner));
}

static void test_wrong_release_of_a_free_lock(void **state) NO_TSA
{
    (void)state;
    irq_disable();
    expect_panic("wrong release: cpu 3 releases lock 'inner', which it does not hold (holder -1)",
                 spin_unlock_irqoff(&inner));
}

static void *release_as_cpu_5(void *arg) NO_TSA
{
    this_hart()->cpu = 5;
    irq_disable();
    expect_panic("wrong release: cpu 5 releases lock 'inner', which it does not hold (holder 3)",
                 spin_unlock_irqoff(arg));
    return NULL;
}

static void test_wrong_release_by_another_hart(void **state) NO_TSA
{
    (void)state;
    pthread_t thread;

    spin_lock(&inner);
    assert_int_equal(pthread_create(&thread, NULL, release_as_cpu_5, &inner), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    spin_unlock(&inner);
}

static void test_rank_inversion(void **state) NO_TSA
{
    (void)state;
    spin_lock(&inner);
    expect_panic("rank inversion: cpu 3 takes lock 'outer'", spin_lock(&outer));
    assert_non_null(strstr(panic_message(), "while it holds 'inner'"));
}

static void test_equal_ranks_do_not_nest(void **state) NO_TSA
{
    (void)state;
    spin_lock(&inner);
    expect_panic("rank inversion", spin_lock(&sibling));
}

// The inner lock's rank counts even when it is not the newest one held.
static void test_rank_is_compared_with_all_held(void **state) NO_TSA
{
    (void)state;
    irq_disable();
    assert_true(spin_trylock_irqoff(&inner));
    assert_true(spin_trylock_irqoff(&outer));
    expect_panic("while it holds 'inner'", spin_lock_irqoff(&sibling));
}

static void test_interrupts_must_be_off(void **state) NO_TSA
{
    (void)state;
    expect_panic("irq_enabled", spin_lock_irqoff(&inner));
}

static void test_assert_held(void **state) NO_TSA
{
    (void)state;
    spin_lock(&outer);
    spin_assert_held(&outer);
    expect_panic("cpu 3 does not hold lock 'inner'", spin_assert_held(&inner));
}

static void test_break_frees_a_held_lock(void **state) NO_TSA
{
    (void)state;
    spin_lock(&inner);
    spin_break(&inner);
    irq_disable();
    assert_false(spin_is_held(&inner));
    assert_true(spin_trylock_irqoff(&inner));
}

// ---- The slow path, in both modes --------------------------------------------------------------

enum { THREADS = 4, ROUNDS = 3000 };

static uint64_t guarded; // guarded by: inner

static void *count(void *arg)
{
    this_hart()->cpu = (unsigned)(uintptr_t)arg;
    for (unsigned round = 0; round < ROUNDS; round++) {
        unsigned long saved = spin_lock_irqsave(&inner);

        guarded++;
        spin_unlock_irqrestore(&inner, saved);
    }
    return NULL;
}

static void contend(enum spin_wait mode)
{
    pthread_t threads[THREADS];

    spin_wait_mode = mode;
    guarded = 0;
    for (uintptr_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, count, (void *)i), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(guarded, THREADS * ROUNDS);
}

static void test_waits_in_the_queue(void **state)
{
    (void)state;
    contend(SPIN_WAIT_QUEUE);
}

static void test_waits_by_trying(void **state)
{
    (void)state;
    contend(SPIN_WAIT_TRY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_nests_in_any_release_order, fresh_hart),
        cmocka_unit_test_setup(test_irqsave_restores_what_it_found, fresh_hart),
        cmocka_unit_test_setup(test_held_list_is_in_order, fresh_hart),
        cmocka_unit_test_setup(test_trylock_refuses_instead_of_panicking, fresh_hart),
        cmocka_unit_test_setup(test_self_deadlock, fresh_hart),
        cmocka_unit_test_setup(test_wrong_release_of_a_free_lock, fresh_hart),
        cmocka_unit_test_setup(test_wrong_release_by_another_hart, fresh_hart),
        cmocka_unit_test_setup(test_rank_inversion, fresh_hart),
        cmocka_unit_test_setup(test_equal_ranks_do_not_nest, fresh_hart),
        cmocka_unit_test_setup(test_rank_is_compared_with_all_held, fresh_hart),
        cmocka_unit_test_setup(test_interrupts_must_be_off, fresh_hart),
        cmocka_unit_test_setup(test_assert_held, fresh_hart),
        cmocka_unit_test_setup(test_break_frees_a_held_lock, fresh_hart),
        cmocka_unit_test_setup(test_waits_in_the_queue, fresh_hart),
        cmocka_unit_test_setup(test_waits_by_trying, fresh_hart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
