// SPDX-License-Identifier: MIT
// tests/host/policy_test.c - every policy keeps what policy.h promises; fifo's and rr's own rules.
//
// The policies are compiled into this program, for nothing in the host archive refers to them. Both
// that exist keep the order of arrival, so one model, an array, does for both.
#include "kernel/base/compiler.h"
#include "kernel/base/random.h"
#include "kernel/base/string.h"
#include "sched/fifo.c"
#include "sched/rr.c"
#include "tests/host/shim/expect_panic.h"

enum { QUANTUM = 100, ENTITIES = 12, ROUNDS = 20000 };

extern const struct sched_policy *const __start_policies[];
extern const struct sched_policy *const __stop_policies[];

static struct sched_entity entities[ENTITIES];
static struct sched_queue queue;

static int prepare(void **state)
{
    (void)state;
    memset(entities, 0, sizeof(entities));
    return 0;
}

// ---- Every policy ------------------------------------------------------------------------------

// What waits in a queue, in the order in which it is to be picked.
struct model {
    unsigned order[ENTITIES];
    unsigned length;
};

static bool model_holds(const struct model *m, unsigned entity)
{
    for (unsigned i = 0; i < m->length; i++) {
        if (m->order[i] == entity) {
            return true;
        }
    }
    return false;
}

// Returns: the entity that was at `place`.
static unsigned model_take(struct model *m, unsigned place)
{
    unsigned taken = m->order[place];

    m->length--;
    for (unsigned i = place; i < m->length; i++) {
        m->order[i] = m->order[i + 1];
    }
    return taken;
}

static void enqueue_one(const struct sched_policy *p, struct model *m, struct random *r)
{
    unsigned entity = (unsigned)random_below(r, ENTITIES);

    if (!model_holds(m, entity)) {
        m->order[m->length++] = entity;
        p->enqueue(&queue, &entities[entity],
                   (enum sched_reason)random_below(r, SCHED_MIGRATED + 1));
    }
}

static void pick_one(const struct sched_policy *p, struct model *m, struct random *r)
{
    struct sched_entity *e = p->pick(&queue);

    assert_ptr_equal(e, &entities[model_take(m, 0)]);
    e->ran_ticks += random_below(r, 2 * QUANTUM);
}

static void dequeue_one(const struct sched_policy *p, struct model *m, struct random *r)
{
    unsigned place = (unsigned)random_below(r, m->length);

    p->dequeue(&queue, &entities[model_take(m, place)]);
}

static void step(const struct sched_policy *p, struct model *m, struct random *r)
{
    uint64_t what = random_below(r, 4);

    if (what < 2 || m->length == 0) {
        enqueue_one(p, m, r);
    } else if (what == 2) {
        pick_one(p, m, r);
    } else {
        dequeue_one(p, m, r);
    }
}

static void check_order(const struct sched_policy *p)
{
    struct model m = {};
    struct random r;

    random_seed(&r, 1);
    p->init(&queue, QUANTUM);
    for (unsigned i = 0; i < ROUNDS; i++) {
        step(p, &m, &r);
    }
    while (m.length > 0) {
        pick_one(p, &m, &r);
    }
}

static void test_order_is_that_of_arrival(void **state)
{
    for (const struct sched_policy *const *p = __start_policies; p < __stop_policies; p++) {
        (void)prepare(state);
        check_order(*p);
    }
}

static void check_two_queues(const struct sched_policy *p)
{
    struct sched_queue other;

    p->init(&queue, QUANTUM);
    p->init(&other, QUANTUM);
    p->enqueue(&queue, &entities[0], SCHED_NEW);
    p->enqueue(&other, &entities[1], SCHED_NEW);
    p->enqueue(&queue, &entities[2], SCHED_NEW);
    p->dequeue(&queue, &entities[0]);
    p->enqueue(&other, &entities[0], SCHED_MIGRATED);
    assert_ptr_equal(p->pick(&queue), &entities[2]);
    assert_ptr_equal(p->pick(&other), &entities[1]);
    assert_ptr_equal(p->pick(&other), &entities[0]);
}

static void test_queues_are_independent(void **state)
{
    for (const struct sched_policy *const *p = __start_policies; p < __stop_policies; p++) {
        (void)prepare(state);
        check_two_queues(*p);
    }
}

static bool is_registered(const char *name)
{
    for (const struct sched_policy *const *p = __start_policies; p < __stop_policies; p++) {
        if (strcmp((*p)->name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void test_both_are_registered(void **state)
{
    (void)state;
    assert_int_equal(__stop_policies - __start_policies, 2);
    assert_true(is_registered("fifo"));
    assert_true(is_registered("rr"));
}

// thread_set_priority() answers -ENOTSUP under both.
static void test_neither_takes_parameters(void **state)
{
    (void)state;
    assert_null(fifo_policy.set_params);
    assert_null(rr_policy.set_params);
}

// ---- fifo --------------------------------------------------------------------------------------

static void test_fifo_never_preempts(void **state)
{
    (void)state;
    assert_null(fifo_policy.should_preempt);
}

// ---- rr ----------------------------------------------------------------------------------------

// Let an entity into the queue and out again, to run. Returns: it.
static struct sched_entity *turn(struct sched_entity *e, enum sched_reason why)
{
    rr_policy.enqueue(&queue, e, why);
    assert_ptr_equal(rr_policy.pick(&queue), e);
    return e;
}

// Let a running entity run on. Returns: whether it is to give way.
static bool runs_out(struct sched_entity *e, uint64_t ticks)
{
    e->ran_ticks += ticks;
    return rr_policy.should_preempt(&queue, e);
}

static void test_rr_preempts_after_a_quantum(void **state)
{
    (void)state;
    rr_policy.init(&queue, QUANTUM);
    struct sched_entity *e = turn(&entities[0], SCHED_NEW);

    assert_int_equal(e->event_ticks, QUANTUM);
    assert_false(runs_out(e, QUANTUM - 1));
    assert_true(runs_out(e, 1));
    assert_true(runs_out(e, QUANTUM));
}

static void test_rr_keeps_what_is_left_of_a_slice(void **state)
{
    (void)state;
    rr_policy.init(&queue, QUANTUM);
    struct sched_entity *e = turn(&entities[0], SCHED_NEW);

    assert_false(runs_out(e, 40));
    (void)turn(e, SCHED_WAKE);
    assert_false(runs_out(e, 59));
    assert_true(runs_out(e, 1));
}

static void test_rr_refills_a_slice_that_is_used_up(void **state)
{
    (void)state;
    rr_policy.init(&queue, QUANTUM);
    struct sched_entity *e = turn(&entities[0], SCHED_NEW);

    assert_true(runs_out(e, QUANTUM + 7)); // the interrupt came late
    (void)turn(e, SCHED_PREEMPTED);
    assert_false(runs_out(e, QUANTUM - 1));
    assert_true(runs_out(e, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_order_is_that_of_arrival, prepare),
        cmocka_unit_test_setup(test_queues_are_independent, prepare),
        cmocka_unit_test(test_both_are_registered),
        cmocka_unit_test(test_neither_takes_parameters),
        cmocka_unit_test(test_fifo_never_preempts),
        cmocka_unit_test_setup(test_rr_preempts_after_a_quantum, prepare),
        cmocka_unit_test_setup(test_rr_keeps_what_is_left_of_a_slice, prepare),
        cmocka_unit_test_setup(test_rr_refills_a_slice_that_is_used_up, prepare),
    };

    return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
