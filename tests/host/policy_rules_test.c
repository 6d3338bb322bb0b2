// SPDX-License-Identifier: MIT
// tests/host/policy_rules_test.c - what prio, o1, stride and hrrn promise beyond order: shares,
// bursts, slices, ranges. policy_model_test.c has the order.
#include <limits.h>

#include "kernel/base/compiler.h"
#include "kernel/base/random.h"
#include "kernel/base/string.h"
#include "sched/hrrn.c"
#include "sched/o1.c"
#include "sched/prio.c"
#include "sched/stride.c"
#include "tests/host/shim/expect_panic.h"

enum { QUANTUM = 1000, ENTITIES = 8 };

static struct sched_entity entities[ENTITIES];
static struct sched_queue queue;
static const struct sched_policy *policy;

// ---- A hart with one queue ---------------------------------------------------------------------

static void begin(const struct sched_policy *p)
{
    policy = p;
    host_ticks = 0;
    for (unsigned i = 0; i < ENTITIES; i++) {
        entities[i] = (struct sched_entity){.params.priority = SCHED_PRIORITY_DEFAULT};
    }
    p->init(&queue, QUANTUM);
}

static struct sched_entity *enter(unsigned who, enum sched_reason why)
{
    policy->enqueue(&queue, &entities[who], why);
    return &entities[who];
}

static int set_priority(unsigned who, int priority, bool waits)
{
    return policy->set_params(&queue, &entities[who], (struct sched_params){priority}, waits);
}

static void run_for(struct sched_entity *e, uint64_t ticks)
{
    e->ran_ticks += ticks;
    host_ticks += ticks;
    if (policy->charge != NULL) {
        policy->charge(&queue, e, ticks);
    }
}

// Let the next one run until it is to stop. Returns: it, not queued.
static struct sched_entity *run_slice(void)
{
    struct sched_entity *e = policy->pick(&queue);

    run_for(e, e->event_ticks - e->ran_ticks);
    assert_true(policy->should_preempt(&queue, e));
    return e;
}

static void run_slices(unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        policy->enqueue(&queue, run_slice(), SCHED_PREEMPTED);
    }
}

static void check_refused(int low, int high)
{
    const int wrong[] = {low - 1, 0, -1, INT_MIN};

    for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
        assert_int_equal(set_priority(0, wrong[i], false), -EINVAL);
        assert_int_equal(entities[0].params.priority, SCHED_PRIORITY_DEFAULT);
    }
    assert_int_equal(set_priority(0, low, false), 0);
    assert_int_equal(set_priority(0, high, false), 0);
    assert_int_equal(entities[0].params.priority, high);
}

static void test_priorities_have_a_range(void **state)
{
    (void)state;
    begin(&prio_policy);
    check_refused(1, 32);
    assert_int_equal(set_priority(0, 33, false), -EINVAL);
    begin(&o1_policy);
    check_refused(1, 32);
    assert_int_equal(set_priority(0, 33, false), -EINVAL);
    begin(&stride_policy);
    check_refused(2, INT_MAX);
    assert_null(hrrn_policy.set_params);
}

// ---- prio --------------------------------------------------------------------------------------

static void test_prio_gives_way_to_a_better_one_at_once(void **state)
{
    (void)state;
    begin(&prio_policy);
    enter(0, SCHED_NEW);
    struct sched_entity *running = policy->pick(&queue);
    run_for(running, QUANTUM / 2);
    assert_int_equal(set_priority(1, 15, false), 0);
    assert_false(policy->preempts(enter(1, SCHED_WAKE), running));
    assert_false(policy->should_preempt(&queue, running));
    assert_false(policy->preempts(enter(2, SCHED_WAKE), running)); // an equal
    assert_false(policy->should_preempt(&queue, running));
    assert_int_equal(set_priority(3, 17, false), 0);
    assert_true(policy->preempts(enter(3, SCHED_WAKE), running));
    assert_true(policy->should_preempt(&queue, running));
}

static void test_prio_a_preempted_one_goes_on_before_its_equals(void **state)
{
    (void)state;
    begin(&prio_policy);
    enter(0, SCHED_NEW);
    struct sched_entity *running = policy->pick(&queue);
    run_for(running, QUANTUM / 4);
    enter(1, SCHED_NEW);
    assert_int_equal(set_priority(2, 20, false), 0);
    enter(2, SCHED_WAKE);
    assert_ptr_equal(policy->exchange(&queue, running, SCHED_PREEMPTED), &entities[2]);
    assert_ptr_equal(policy->pick(&queue), running);
    assert_int_equal(running->event_ticks, QUANTUM); // with the rest of its quantum
}

// ---- o1 ----------------------------------------------------------------------------------------

static void test_o1_slices_are_in_proportion(void **state)
{
    const int priorities[] = {1, 8, 16, 32};
    const uint64_t slices[] = {63, 500, 1000, 2000}; // 62.5 is rounded up

    (void)state;
    begin(&o1_policy);
    for (unsigned i = 0; i < ARRAY_SIZE(priorities); i++) {
        assert_int_equal(set_priority(i, priorities[i], false), 0);
        assert_int_equal(enter(i, SCHED_NEW)->event_ticks, slices[i]);
    }
}

// The worst has its turn in each epoch, however many better ones come.
static void test_d32_o1_nobody_is_starved(void **state)
{
    unsigned picked = 0;

    (void)state;
    begin(&o1_policy);
    assert_int_equal(set_priority(0, 1, false), 0);
    enter(0, SCHED_NEW);
    for (unsigned i = 0; i < 100; i++) {
        entities[1] = (struct sched_entity){.params.priority = 32};
        enter(1, SCHED_NEW); // always another
        for (unsigned turn = 0; turn < 2; turn++) {
            struct sched_entity *e = run_slice();

            if (e == &entities[0]) {
                policy->enqueue(&queue, e, SCHED_PREEMPTED);
                picked++;
            }
        }
        if (policy->next(&queue, NULL) == &entities[1]) {
            policy->dequeue(&queue, &entities[1]);
        }
    }
    assert_true(picked >= 99);
}

static void test_d32_o1_is_first_in_first_out_in_an_epoch(void **state)
{
    (void)state;
    begin(&o1_policy);
    for (unsigned i = 0; i < ENTITIES; i++) {
        enter(i, SCHED_NEW);
    }
    policy->dequeue(&queue, &entities[3]); // killed while it waits
    for (unsigned turn = 0; turn < 3 * ENTITIES; turn++) {
        if (turn % ENTITIES != 3) {
            struct sched_entity *e = run_slice();

            assert_ptr_equal(e, &entities[turn % ENTITIES]);
            policy->enqueue(&queue, e, SCHED_PREEMPTED);
        }
    }
}

// A change of affinity takes a thread out of its queue and puts it back.
static void test_o1_who_leaves_and_comes_back_is_not_earlier(void **state)
{
    (void)state;
    begin(&o1_policy);
    enter(0, SCHED_NEW);
    run_for(policy->pick(&queue), QUANTUM / 2);
    enter(1, SCHED_NEW); // for the next epoch
    policy->dequeue(&queue, &entities[1]);
    enter(1, SCHED_PREEMPTED);
    enter(0, SCHED_WAKE); // with half a slice for this one
    assert_ptr_equal(policy->pick(&queue), &entities[0]);
}

// ---- stride ------------------------------------------------------------------------------------

static void test_stride_shares_are_in_proportion(void **state)
{
    enum { HOGS = 6, ROUNDS = 100, FIRST = 5, SUM = 45 };

    (void)state;
    begin(&stride_policy);
    for (unsigned i = 0; i < HOGS; i++) {
        assert_int_equal(set_priority(i, FIRST + (int)i, false), 0);
        enter(i, SCHED_NEW);
    }
    run_slices(SUM * ROUNDS);
    for (unsigned i = 0; i < HOGS; i++) {
        uint64_t ideal = (FIRST + i) * ROUNDS * QUANTUM;

        assert_in_range(entities[i].ran_ticks, ideal - QUANTUM, ideal + QUANTUM);
    }
}

// Turns of any length: time counts, and a whole pass is not charged for a part of a slice.
static void test_d33_stride_charges_the_time_used(void **state)
{
    struct random r;

    (void)state;
    random_seed(&r, 1);
    begin(&stride_policy);
    assert_int_equal(set_priority(1, 32, false), 0);
    enter(0, SCHED_NEW);
    enter(1, SCHED_NEW);
    for (unsigned i = 0; i < 30000; i++) {
        struct sched_entity *e = policy->pick(&queue);

        // Number 1 never uses more than a tenth of a slice.
        run_for(e, 1 + random_below(&r, e == &entities[0] ? QUANTUM : QUANTUM / 10));
        policy->enqueue(&queue, e, SCHED_PREEMPTED);
    }
    uint64_t twice = 2 * entities[0].ran_ticks;
    assert_in_range(entities[1].ran_ticks, twice - 4 * QUANTUM, twice + 4 * QUANTUM);
}

// How many slices in a row does `who` get, as one of two that always want to run?
static unsigned burst_of(unsigned who)
{
    unsigned slices = 0;

    for (;;) {
        struct sched_entity *e = run_slice();

        policy->enqueue(&queue, e, SCHED_PREEMPTED);
        if (e != &entities[who]) {
            return slices;
        }
        slices++;
    }
}

static void test_d33_stride_gives_no_burst_to_who_comes(void **state)
{
    const enum sched_reason reasons[] = {SCHED_NEW, SCHED_WAKE, SCHED_MIGRATED};

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(reasons); i++) {
        begin(&stride_policy);
        enter(0, SCHED_NEW);
        run_slices(1000);
        enter(1, reasons[i]); // its pass is that of the beginning
        assert_in_range(burst_of(1), 0, 2);
    }
}

static void test_d33_stride_keeps_who_comes_from_waiting(void **state)
{
    (void)state;
    begin(&stride_policy);
    enter(0, SCHED_NEW);
    enter(1, SCHED_NEW);
    run_slices(10);
    stride_entity(&entities[2])->pass = UINT64_MAX / 2; // of another queue, far ahead of this one
    enter(2, SCHED_MIGRATED);
    run_slices(3);
    assert_int_equal(entities[2].ran_ticks, QUANTUM);
}

// Nobody waited, so nobody charged; then somebody wakes.
static void test_d33_stride_running_alone_makes_no_debt(void **state)
{
    (void)state;
    begin(&stride_policy);
    enter(0, SCHED_NEW);
    struct sched_entity *alone = policy->pick(&queue);
    enter(1, SCHED_WAKE);
    run_for(alone, 1000000 * (uint64_t)QUANTUM);
    policy->enqueue(&queue, alone, SCHED_PREEMPTED);
    assert_in_range(burst_of(1), 1, 3);
}

// The memory of a thread that is no more, zeroed for the next.
static void test_d33_stride_keeps_nothing_of_a_dead_thread(void **state)
{
    (void)state;
    begin(&stride_policy);
    assert_int_equal(set_priority(0, 2, false), 0);
    enter(0, SCHED_NEW);
    enter(1, SCHED_NEW);
    run_slices(100);
    policy->dequeue(&queue, &entities[0]);
    entities[0] = (struct sched_entity){.params.priority = SCHED_PRIORITY_DEFAULT};
    enter(0, SCHED_NEW);
    uint64_t before = entities[1].ran_ticks;
    run_slices(100);
    assert_in_range(entities[0].ran_ticks, 49 * QUANTUM, 51 * QUANTUM);
    assert_in_range(entities[1].ran_ticks - before, 49 * QUANTUM, 51 * QUANTUM);
}

static void test_stride_equals_that_yield_take_turns(void **state)
{
    struct random r;

    (void)state;
    random_seed(&r, 3);
    begin(&stride_policy);
    for (unsigned i = 0; i < ENTITIES; i++) {
        enter(i, SCHED_NEW);
    }
    for (unsigned turn = 0; turn < 10 * ENTITIES; turn++) {
        struct sched_entity *e = policy->pick(&queue);

        assert_ptr_equal(e, &entities[turn % ENTITIES]);
        run_for(e, random_below(&r, QUANTUM));
        policy->enqueue(&queue, e, SCHED_YIELDED);
    }
}

static void test_stride_new_priority_counts_from_then_on(void **state)
{
    (void)state;
    begin(&stride_policy);
    enter(0, SCHED_NEW);
    enter(1, SCHED_NEW);
    run_slices(100);
    assert_int_equal(set_priority(0, 48, true), 0);
    uint64_t before = entities[0].ran_ticks;
    run_slices(100);
    assert_in_range(entities[0].ran_ticks - before, 74 * QUANTUM, 76 * QUANTUM);
}

// ---- hrrn --------------------------------------------------------------------------------------

// Ratios at 400: 0 has had 100 and waited 300, so 4; 1 has had 300 and waited 100, so 4/3; 2 has
// had nothing and waited 10: that is 11 by the tick that counts at least.
static void test_hrrn_picks_the_highest_ratio(void **state)
{
    (void)state;
    begin(&hrrn_policy);
    enter(0, SCHED_NEW);
    enter(1, SCHED_NEW);
    assert_ptr_equal(policy->pick(&queue), &entities[0]);
    run_for(&entities[0], 100);
    enter(0, SCHED_PREEMPTED);
    assert_ptr_equal(policy->pick(&queue), &entities[1]);
    run_for(&entities[1], 290);
    enter(2, SCHED_NEW);
    run_for(&entities[1], 10);
    enter(1, SCHED_PREEMPTED);
    assert_ptr_equal(policy->pick(&queue), &entities[2]);
    assert_ptr_equal(policy->pick(&queue), &entities[0]);
    assert_ptr_equal(policy->pick(&queue), &entities[1]);
}

static void test_hrrn_a_wake_begins_a_new_burst(void **state)
{
    (void)state;
    begin(&hrrn_policy);
    enter(0, SCHED_NEW);
    run_for(policy->pick(&queue), 100000);
    enter(1, SCHED_NEW);
    run_for(policy->pick(&queue), 10);
    enter(1, SCHED_PREEMPTED);
    enter(0, SCHED_WAKE);
    host_ticks += 50; // 0: 51 by 1 tick; 1: 60 by 10
    assert_ptr_equal(policy->pick(&queue), &entities[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_priorities_have_a_range),
        cmocka_unit_test(test_prio_gives_way_to_a_better_one_at_once),
        cmocka_unit_test(test_prio_a_preempted_one_goes_on_before_its_equals),
        cmocka_unit_test(test_o1_slices_are_in_proportion),
        cmocka_unit_test(test_d32_o1_nobody_is_starved),
        cmocka_unit_test(test_d32_o1_is_first_in_first_out_in_an_epoch),
        cmocka_unit_test(test_o1_who_leaves_and_comes_back_is_not_earlier),
        cmocka_unit_test(test_stride_shares_are_in_proportion),
        cmocka_unit_test(test_d33_stride_charges_the_time_used),
        cmocka_unit_test(test_d33_stride_gives_no_burst_to_who_comes),
        cmocka_unit_test(test_d33_stride_keeps_who_comes_from_waiting),
        cmocka_unit_test(test_d33_stride_running_alone_makes_no_debt),
        cmocka_unit_test(test_d33_stride_keeps_nothing_of_a_dead_thread),
        cmocka_unit_test(test_stride_equals_that_yield_take_turns),
        cmocka_unit_test(test_stride_new_priority_counts_from_then_on),
        cmocka_unit_test(test_hrrn_picks_the_highest_ratio),
        cmocka_unit_test(test_hrrn_a_wake_begins_a_new_burst),
    };

    return cmocka_run_group_tests_name("policy rules", tests, NULL, NULL);
}
