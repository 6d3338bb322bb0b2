// SPDX-License-Identifier: MIT
// tests/host/spin_test.c - every spin algorithm with real threads; for TSan, and ASan + UBSan.
//
// The counters that a correct lock guards are plain, so TSan judges its acquire and release as well
// as its exclusion. What a lying lock is seen with, exclusion.h, is made of relaxed atomics.
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "kernel/base/compiler.h"
#include "kernel/base/types.h"
#include "spin_all.h" // generated: every lock of all.def and controls.def
#include "sync/bench/exclusion.h"
#include "sync/spin/pool.h"
#include "tests/host/shim/expect_panic.h"

enum { THREADS = 4, ROUNDS = 20000, WAITERS = 6 };

// One algorithm behind function pointers: only tests may pay for them.
struct algorithm {
    const char *name;
    void *lock;
    void (*acquire)(void *l, struct spin_node *me);
    bool (*try)(void *l, struct spin_node *me);
    void (*release)(void *l, struct spin_node *me);
};

#define SPIN(name)                                                                                 \
    static struct name lock_##name;                                                                \
    static void acquire_##name(void *l, struct spin_node *me)                                      \
    {                                                                                              \
        name##_lock(l, me);                                                                        \
    }                                                                                              \
    static bool try_##name(void *l, struct spin_node *me)                                          \
    {                                                                                              \
        return name##_trylock(l, me);                                                              \
    }                                                                                              \
    static void release_##name(void *l, struct spin_node *me)                                      \
    {                                                                                              \
        name##_unlock(l, me);                                                                      \
    }
#include "sync/spin/all.def"
#undef SPIN

#define ALGORITHM(name)                                                                            \
    {                                                                                              \
        #name, &lock_##name, acquire_##name, try_##name, release_##name                            \
    }
static const struct algorithm algorithms[] = {
#define SPIN(name) ALGORITHM(name),
#include "sync/spin/all.def"
#undef SPIN
};

// Does it exclude anybody? Not null, which takes no lock.
static bool excludes(const struct algorithm *a)
{
    return a->lock != &lock_null;
}

// ---- Mutual exclusion and publication, through lock and trylock --------------------------------

struct worker {
    const struct algorithm *algorithm;
    unsigned who; // from 1
    pthread_t thread;
    uint64_t acquired;
    uint64_t broken; // times it was not alone
};

static uint64_t guarded; // guarded by: the algorithm under test
static struct exclusion exclusion;
static struct busted lock_busted;
static pthread_barrier_t together; // no worker is done before another has begun

static void enter_and_leave(struct worker *w)
{
    unsigned found = exclusion_enter(&exclusion, w->who);

    w->broken += exclusion_was_broken(found);
    exclusion_count(&exclusion.in);
    if (w->acquired % 8 == 0) {
        sched_yield(); // let a second owner in, if one can come in
    }
    exclusion_count(&exclusion.out);
    w->broken += !exclusion_leave(&exclusion, w->who);
    w->acquired++;
}

// Odd rounds try until they succeed, even ones queue, so both kinds meet.
static void take(const struct algorithm *a, struct spin_node *me, unsigned round)
{
    if (round % 2 == 0) {
        a->acquire(a->lock, me);
        return;
    }
    while (!a->try(a->lock, me)) {
        sched_yield();
    }
}

static void *work(void *arg)
{
    struct worker *w = arg;

    pthread_barrier_wait(&together);
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct spin_node me = {}; // plain writes: after a release nobody looks at it any more

        take(w->algorithm, &me, round + w->who);
        guarded++;
        enter_and_leave(w);
        w->algorithm->release(w->algorithm->lock, &me);
    }
    return NULL;
}

// Run THREADS threads on `a`. Returns: how often somebody was not alone; *acquired is the sum of
// acquisitions.
static uint64_t run_workers(const struct algorithm *a, uint64_t *acquired)
{
    struct worker workers[THREADS] = {};
    uint64_t broken = 0;

    exclusion = (struct exclusion){};
    assert_int_equal(pthread_barrier_init(&together, NULL, THREADS), 0);
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.algorithm = a, .who = i + 1};
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    *acquired = 0;
    for (unsigned i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
        broken += workers[i].broken;
        *acquired += workers[i].acquired;
    }
    pthread_barrier_destroy(&together);
    return broken;
}

static void check_excludes(const struct algorithm *a)
{
    uint64_t acquired;

    print_message("%s\n", a->name);
    guarded = 0;
    assert_int_equal(run_workers(a, &acquired), 0);
    assert_int_equal(acquired, THREADS * ROUNDS);
    assert_int_equal(guarded, THREADS * ROUNDS);
    assert_false(exclusion_lost_updates(&exclusion, acquired));
}

static void test_excludes(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(algorithms); i++) {
        if (excludes(&algorithms[i])) {
            check_excludes(&algorithms[i]);
        }
    }
}

static void *come_second(void *arg)
{
    struct worker *w = arg;

    busted_lock(&lock_busted, NULL);
    enter_and_leave(w);
    busted_unlock(&lock_busted, NULL);
    return NULL;
}

// The same witnesses must convict a lock that lies: one thread is inside, on a turn that is a lie,
// when the other comes in.
static void test_busted_is_seen(void **state)
{
    (void)state;
    struct worker second = {.who = 2};

    exclusion = (struct exclusion){};
    lock_busted = (struct busted){.acquisitions = BUSTED_PERIOD - 1};
    busted_lock(&lock_busted, NULL);
    assert_false(exclusion_was_broken(exclusion_enter(&exclusion, 1)));
    assert_int_equal(pthread_create(&second.thread, NULL, come_second, &second), 0);
    assert_int_equal(pthread_join(second.thread, NULL), 0);
    assert_int_equal(second.broken, 1);
    assert_false(exclusion_leave(&exclusion, 1));
    assert_true(exclusion_lost_updates(&exclusion, 2)); // the first has not counted itself
}

// ---- trylock -----------------------------------------------------------------------------------

static void check_trylock_refuses(const struct algorithm *a)
{
    struct spin_node first = {};
    struct spin_node second = {};

    for (unsigned round = 0; round < 3 * BUSTED_PERIOD; round++) {
        take(a, &first, round);
        assert_false(a->try(a->lock, &second));
        a->release(a->lock, &first);
    }
    assert_true(a->try(a->lock, &second));
    a->release(a->lock, &second);
}

static void test_trylock_refuses_while_held(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(algorithms); i++) {
        if (excludes(&algorithms[i])) {
            check_trylock_refuses(&algorithms[i]);
        }
    }
}

// On one hart, without a race, exactly one acquisition in BUSTED_PERIOD admits a second owner.
static void test_busted_admits_on_one_hart(void **state)
{
    (void)state;
    struct busted l = {};
    unsigned admitted = 0;

    for (unsigned round = 1; round <= 4 * BUSTED_PERIOD; round++) {
        busted_lock(&l, NULL);
        if (busted_trylock(&l, NULL)) {
            admitted++;
            assert_int_equal(
                atomic_load_explicit(&l.acquisitions, memory_order_relaxed) % BUSTED_PERIOD, 1);
        }
        busted_unlock(&l, NULL);
    }
    assert_int_equal(admitted, 4);
}

static void test_null_admits_everybody(void **state)
{
    (void)state;
    null_lock(&lock_null, NULL);
    assert_true(null_trylock(&lock_null, NULL));
    null_unlock(&lock_null, NULL);
    null_unlock(&lock_null, NULL);
}

// ---- First come, first served ------------------------------------------------------------------

// A lock that promises it. For the test to order those who come, each has to change `arrivals`.
struct fifo {
    struct algorithm algorithm;
    uintptr_t (*arrivals)(void *l);
};

static uintptr_t arrivals_ticket(void *l)
{
    return atomic_load_explicit(&((struct ticket *)l)->next, memory_order_relaxed);
}

static uintptr_t arrivals_mcs(void *l)
{
    return (uintptr_t)atomic_load_explicit(&((struct mcs *)l)->tail, memory_order_relaxed);
}

static uintptr_t arrivals_clh(void *l)
{
    return (uintptr_t)atomic_load_explicit(&((struct clh *)l)->tail, memory_order_relaxed);
}

static const struct fifo fifos[] = {
    {ALGORITHM(ticket), arrivals_ticket},
    {ALGORITHM(mcs), arrivals_mcs},
    {ALGORITHM(clh), arrivals_clh},
};

struct waiter {
    const struct algorithm *algorithm;
    unsigned id;
    pthread_t thread;
};

static unsigned served[WAITERS]; // guarded by: the algorithm under test
static unsigned served_count;    // guarded by: the algorithm under test

static void *wait_and_sign(void *arg)
{
    struct waiter *w = arg;
    struct spin_node me = {};

    w->algorithm->acquire(w->algorithm->lock, &me);
    served[served_count++] = w->id;
    w->algorithm->release(w->algorithm->lock, &me);
    return NULL;
}

static void check_fifo(const struct fifo *f)
{
    const struct algorithm *a = &f->algorithm;
    struct waiter waiters[WAITERS];
    struct spin_node me = {};

    a->acquire(a->lock, &me);
    served_count = 0;
    for (unsigned i = 0; i < WAITERS; i++) {
        uintptr_t before = f->arrivals(a->lock);

        waiters[i] = (struct waiter){.algorithm = a, .id = i};
        assert_int_equal(pthread_create(&waiters[i].thread, NULL, wait_and_sign, &waiters[i]), 0);
        while (f->arrivals(a->lock) == before) {
            sched_yield();
        }
    }
    a->release(a->lock, &me);
    for (unsigned i = 0; i < WAITERS; i++) {
        assert_int_equal(pthread_join(waiters[i].thread, NULL), 0);
        assert_int_equal(served[i], i);
    }
}

static void test_fifo(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(fifos); i++) {
        check_fifo(&fifos[i]);
    }
}

// A ticket lock must survive its counters wrapping round.
static void test_ticket_wraps(void **state)
{
    (void)state;
    struct ticket l = {.next = UINT32_MAX, .owner = UINT32_MAX};

    for (unsigned round = 0; round < 4; round++) {
        assert_true(ticket_trylock(&l, NULL));
        assert_false(ticket_trylock(&l, NULL));
        ticket_unlock(&l, NULL);
    }
    assert_int_equal(l.next, 3);
    assert_int_equal(l.owner, 3);
}

// ---- The node pool -----------------------------------------------------------------------------

static void test_pool_gives_distinct_nodes(void **state)
{
    (void)state;
    static struct spin_pool pool;
    struct spin_node *taken[SPIN_DEPTH];

    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < SPIN_DEPTH; i++) {
            taken[i] = spin_pool_get(&pool);
            assert_int_equal((uintptr_t)taken[i] % SPIN_LINE_BYTES, 0);
            for (unsigned j = 0; j < i; j++) {
                assert_ptr_not_equal(taken[i], taken[j]);
            }
        }
        for (unsigned i = 0; i < SPIN_DEPTH; i++) {
            spin_pool_put(&pool, taken[(i * 5 + round) % SPIN_DEPTH]); // 5 and 12 are coprime
        }
    }
}

static void test_pool_ends_in_a_panic(void **state)
{
    (void)state;
    static struct spin_pool pool;

    for (unsigned i = 0; i < SPIN_DEPTH; i++) {
        (void)spin_pool_get(&pool);
    }
    expect_panic("assertion failed", (void)spin_pool_get(&pool));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_excludes),
        cmocka_unit_test(test_busted_is_seen),
        cmocka_unit_test(test_trylock_refuses_while_held),
        cmocka_unit_test(test_busted_admits_on_one_hart),
        cmocka_unit_test(test_null_admits_everybody),
        cmocka_unit_test(test_fifo),
        cmocka_unit_test(test_ticket_wraps),
        cmocka_unit_test(test_pool_gives_distinct_nodes),
        cmocka_unit_test(test_pool_ends_in_a_panic),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
