// SPDX-License-Identifier: MIT
// tests/host/policy_model_test.c - every policy against a model, from several threads; for TSan
// too.
//
// Two queues, each with a lock and a model of its own, and four threads that do random operations
// on both. The model is an array of what waits, in the order in which it came, and a rule by which
// the policy must choose from it. A policy that keeps anything outside its queue and its entities
// races between the two queues, which TSan sees.
#include <pthread.h>

#include "kernel/base/compiler.h"
#include "kernel/base/random.h"
#include "kernel/base/string.h"
#include "sched/fifo.c"
#include "sched/hrrn.c"
#include "sched/o1.c"
#include "sched/prio.c"
#include "sched/rr.c"
#include "sched/stride.c"
#include "tests/host/shim/expect_panic.h"

enum { QUANTUM = 100, SIDES = 2, EACH = 12, ENTITIES = SIDES * EACH, THREADS = 4, STEPS = 20000 };

// What the model knows of an entity beside what policy.h says.
struct note {
    uint64_t epoch;  // o1: in which it is to run
    uint64_t waited; // hrrn: in this burst, before it came to wait
    uint64_t since;  // when that was
    uint64_t began;  // ran_ticks when the burst began
};

struct crowd {
    unsigned who[ENTITIES];
    unsigned count;
};

struct side {
    pthread_mutex_t lock;
    struct sched_queue queue; // the rest is guarded by: lock
    struct crowd waiting;     // in the order in which they came
    struct crowd off;         // neither here nor on the other side
    uint64_t clock;
    uint64_t epoch; // o1: the one that is on
};

struct rule {
    const struct sched_policy *policy;
    // Is `who`, which waits, the one to be picked?
    bool (*is_next)(struct side *s, unsigned who);
    bool params_reorder; // who gets new parameters goes to the end
};

static const struct rule *rule;
static struct side sides[SIDES];
static struct sched_entity entities[ENTITIES]; // guarded by: the lock of the side they are on
static struct note notes[ENTITIES];            // likewise

// ---- Crowds ------------------------------------------------------------------------------------

static unsigned take_at(struct crowd *c, unsigned place)
{
    unsigned who = c->who[place];

    c->count--;
    for (unsigned i = place; i < c->count; i++) {
        c->who[i] = c->who[i + 1];
    }
    return who;
}

static void put_at(struct crowd *c, unsigned place, unsigned who)
{
    for (unsigned i = c->count; i > place; i--) {
        c->who[i] = c->who[i - 1];
    }
    c->who[place] = who;
    c->count++;
}

static void put_last(struct crowd *c, unsigned who)
{
    put_at(c, c->count, who);
}

// Returns: the place of `who`, which must be there.
static unsigned place_of(const struct crowd *c, unsigned who)
{
    unsigned place = 0;

    while (place < c->count && c->who[place] != who) {
        place++;
    }
    assert_true(place < c->count);
    return place;
}

// ---- What each policy promises -----------------------------------------------------------------

static bool came_first(struct side *s, unsigned who)
{
    return place_of(&s->waiting, who) == 0;
}

// Is `who` the first of those with the highest priority, of the epoch `epoch`?
static bool is_best_of(const struct side *s, unsigned who, uint64_t epoch)
{
    unsigned best = ENTITIES;

    for (unsigned i = 0; i < s->waiting.count; i++) {
        unsigned other = s->waiting.who[i];

        if (notes[other].epoch == epoch &&
            (best == ENTITIES ||
             entities[other].params.priority > entities[best].params.priority)) {
            best = other;
        }
    }
    return best == who;
}

static bool is_best(struct side *s, unsigned who)
{
    return is_best_of(s, who, notes[who].epoch);
}

static bool is_best_of_epoch(struct side *s, unsigned who)
{
    bool over = true;

    for (unsigned i = 0; i < s->waiting.count; i++) {
        over = over && notes[s->waiting.who[i]].epoch != s->epoch;
    }
    s->epoch += over;
    return is_best_of(s, who, s->epoch);
}

static bool has_least_pass(struct side *s, unsigned who)
{
    for (unsigned i = 0; i < s->waiting.count; i++) {
        if (stride_entity(&entities[s->waiting.who[i]])->pass <
            stride_entity(&entities[who])->pass) {
            return false;
        }
    }
    return true;
}

// The ratio of a less that of b, multiplied out; exact, for the numbers of this test are small.
static int64_t ratio_above(const struct side *s, unsigned a, unsigned b)
{
    int64_t waited_a = (int64_t)(notes[a].waited + s->clock - notes[a].since);
    int64_t waited_b = (int64_t)(notes[b].waited + s->clock - notes[b].since);
    int64_t served_a = (int64_t)max_u64(entities[a].ran_ticks - notes[a].began, 1);
    int64_t served_b = (int64_t)max_u64(entities[b].ran_ticks - notes[b].began, 1);

    return (waited_a + served_a) * served_b - (waited_b + served_b) * served_a;
}

static bool has_highest_ratio(struct side *s, unsigned who)
{
    unsigned place = place_of(&s->waiting, who);

    for (unsigned i = 0; i < s->waiting.count; i++) {
        int64_t above = ratio_above(s, s->waiting.who[i], who);

        if (above > 0 || (above == 0 && i < place)) {
            return false;
        }
    }
    return true;
}

static const struct rule rules[] = {
    {&fifo_policy, came_first, false},       {&rr_policy, came_first, false},
    {&prio_policy, is_best, true},           {&o1_policy, is_best_of_epoch, true},
    {&stride_policy, has_least_pass, false}, {&hrrn_policy, has_highest_ratio, false},
};

// ---- Entering and leaving ----------------------------------------------------------------------

static bool has_slice(const struct sched_entity *e)
{
    return e->ran_ticks < e->event_ticks;
}

static bool better_waits(const struct side *s, unsigned who)
{
    for (unsigned i = 0; i < s->waiting.count; i++) {
        if (entities[s->waiting.who[i]].params.priority > entities[who].params.priority) {
            return true;
        }
    }
    return false;
}

// `who` is about to be enqueued for `why`.
static void model_enter(struct side *s, unsigned who, enum sched_reason why)
{
    struct note *n = &notes[who];
    bool fresh = why == SCHED_NEW || why == SCHED_WAKE;
    bool first = rule->policy == &prio_policy && why == SCHED_PREEMPTED &&
                 has_slice(&entities[who]) && better_waits(s, who);
    bool later = why == SCHED_YIELDED || !has_slice(&entities[who]);

    n->epoch = rule->policy == &o1_policy ? s->epoch + later : 0;
    n->began = fresh ? entities[who].ran_ticks : n->began;
    n->waited = fresh ? 0 : n->waited;
    n->since = s->clock;
    put_at(&s->waiting, first ? 0 : s->waiting.count, who);
}

static void model_leave(struct side *s, unsigned who)
{
    notes[who].waited += s->clock - notes[who].since;
    (void)take_at(&s->waiting, place_of(&s->waiting, who));
}

static void enter(struct side *s, unsigned who, enum sched_reason why)
{
    model_enter(s, who, why);
    rule->policy->enqueue(&s->queue, &entities[who], why);
}

// The policy has chosen `e`: it must be right, and may be asked when to stop.
static unsigned chosen(struct side *s, struct sched_entity *e)
{
    assert_true(e >= entities && e < entities + ENTITIES);
    unsigned who = (unsigned)(e - entities);

    assert_true(rule->is_next(s, who));
    assert_true(has_slice(e));
    model_leave(s, who);
    return who;
}

// `who` runs for a while. The promise about event_ticks is what keeps the timer from coming at
// once.
static void run_for(struct side *s, unsigned who, uint64_t ticks)
{
    struct sched_entity *e = &entities[who];
    const struct sched_policy *p = rule->policy;

    e->ran_ticks += ticks;
    s->clock += ticks;
    host_ticks = s->clock;
    if (p->charge != NULL) {
        p->charge(&s->queue, e, ticks);
    }
    if (p->should_preempt != NULL && !p->should_preempt(&s->queue, e)) {
        assert_true(has_slice(e));
    }
}

// ---- Steps, each with the side's lock held -----------------------------------------------------

static void step_enter(struct side *s, struct random *r)
{
    if (s->off.count == 0) {
        return;
    }
    unsigned who = take_at(&s->off, (unsigned)random_below(r, s->off.count));
    enum sched_reason why = (enum sched_reason)random_below(r, SCHED_MIGRATED + 1);

    if (why == SCHED_NEW) { // another thread of the same number
        entities[who] = (struct sched_entity){.params.priority = SCHED_PRIORITY_DEFAULT};
        notes[who] = (struct note){};
    }
    enter(s, who, why);
}

static void step_run(struct side *s, struct random *r)
{
    if (s->waiting.count != 0) {
        unsigned who = chosen(s, rule->policy->pick(&s->queue));

        run_for(s, who, random_below(r, 2 * QUANTUM));
        put_last(&s->off, who);
    }
}

// Who runs gives way, for whatever reason.
static void step_exchange(struct side *s, struct random *r)
{
    enum sched_reason why = random_below(r, 2) == 0 ? SCHED_PREEMPTED : SCHED_YIELDED;

    if (s->waiting.count == 0) {
        return;
    }
    unsigned who = chosen(s, rule->policy->pick(&s->queue));
    run_for(s, who, random_below(r, 2 * QUANTUM));
    if (rule->policy->exchange != NULL) {
        model_enter(s, who, why);
        who = chosen(s, rule->policy->exchange(&s->queue, &entities[who], why));
    } else {
        enter(s, who, why);
        who = chosen(s, rule->policy->pick(&s->queue));
    }
    put_last(&s->off, who);
}

static void step_leave(struct side *s, struct random *r)
{
    if (s->waiting.count != 0) {
        unsigned who = s->waiting.who[random_below(r, s->waiting.count)];

        rule->policy->dequeue(&s->queue, &entities[who]);
        model_leave(s, who);
        put_last(&s->off, who);
    }
}

static void step_params(struct side *s, struct random *r)
{
    bool waits = random_below(r, 2) == 0;
    struct crowd *c = waits ? &s->waiting : &s->off;
    struct sched_params params = {2 + (int)random_below(r, 31)};

    if (rule->policy->set_params == NULL || c->count == 0) {
        return;
    }
    unsigned who = c->who[random_below(r, c->count)];
    assert_int_equal(rule->policy->set_params(&s->queue, &entities[who], params, waits), 0);
    assert_int_equal(entities[who].params.priority, params.priority);
    if (waits && rule->params_reorder) {
        put_last(c, take_at(c, place_of(c, who)));
    }
}

// `next` visits each that waits exactly once; with a preempts, the next to be picked first.
static void step_walk(struct side *s, struct random *r)
{
    bool seen[ENTITIES] = {};
    unsigned count = 0;

    (void)r;
    for (struct sched_entity *e = rule->policy->next(&s->queue, NULL); e != NULL;
         e = rule->policy->next(&s->queue, e)) {
        unsigned who = (unsigned)(e - entities);

        assert_true(who < ENTITIES && !seen[who]);
        assert_true(rule->policy->preempts == NULL || count > 0 || rule->is_next(s, who));
        (void)place_of(&s->waiting, who);
        seen[who] = true;
        count++;
    }
    assert_int_equal(count, s->waiting.count);
}

// From one side to the other; both are locked.
static void move(struct side *from, struct side *to, struct random *r)
{
    if (from->waiting.count != 0) {
        unsigned who = from->waiting.who[random_below(r, from->waiting.count)];

        host_ticks = from->clock;
        rule->policy->dequeue(&from->queue, &entities[who]);
        model_leave(from, who);
        host_ticks = to->clock;
        enter(to, who, SCHED_MIGRATED);
    }
}

// ---- Threads -----------------------------------------------------------------------------------

static void step_one(struct side *s, struct random *r)
{
    static void (*const steps[])(struct side *, struct random *) = {
        step_enter,    step_enter, step_enter,  step_run,
        step_exchange, step_leave, step_params, step_walk,
    };

    pthread_mutex_lock(&s->lock);
    s->clock += random_below(r, QUANTUM);
    host_ticks = s->clock;
    steps[random_below(r, ARRAY_SIZE(steps))](s, r);
    pthread_mutex_unlock(&s->lock);
}

static void step_both(struct random *r)
{
    unsigned from = (unsigned)random_below(r, SIDES);

    pthread_mutex_lock(&sides[0].lock);
    pthread_mutex_lock(&sides[1].lock);
    move(&sides[from], &sides[1 - from], r);
    pthread_mutex_unlock(&sides[1].lock);
    pthread_mutex_unlock(&sides[0].lock);
}

static void *work(void *arg)
{
    struct random r;

    random_seed(&r, (uint64_t)(uintptr_t)arg);
    for (unsigned i = 0; i < STEPS; i++) {
        if (random_below(&r, 10) == 0) {
            step_both(&r);
        } else {
            step_one(&sides[random_below(&r, SIDES)], &r);
        }
    }
    return NULL;
}

static void prepare(void)
{
    memset(notes, 0, sizeof(notes));
    for (unsigned i = 0; i < SIDES; i++) {
        sides[i] = (struct side){.lock = PTHREAD_MUTEX_INITIALIZER};
        rule->policy->init(&sides[i].queue, QUANTUM);
    }
    for (unsigned who = 0; who < ENTITIES; who++) {
        entities[who] = (struct sched_entity){.params.priority = SCHED_PRIORITY_DEFAULT};
        put_last(&sides[who % SIDES].off, who);
    }
}

// Whoever still waits comes out, each once; then everybody is off.
static void drain(void)
{
    unsigned found = 0;

    for (unsigned i = 0; i < SIDES; i++) {
        struct side *s = &sides[i];

        host_ticks = s->clock;
        while (s->waiting.count != 0) {
            put_last(&s->off, chosen(s, rule->policy->pick(&s->queue)));
        }
        assert_null(rule->policy->next(&s->queue, NULL));
        found += s->off.count;
    }
    assert_int_equal(found, ENTITIES);
}

static void check(const struct rule *which)
{
    pthread_t threads[THREADS];

    rule = which;
    print_message("%s\n", rule->policy->name);
    prepare();
    for (uintptr_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, work, (void *)(i + 1)), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    drain();
}

// D-34: queues that share no state, a remove that removes, and nothing put into another's queue
// but under its lock. D-32 and D-33 as far as order and loss go.
static void test_d32_d33_d34_every_policy_keeps_its_promise(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(rules); i++) {
        check(&rules[i]);
    }
}

extern const struct sched_policy *const __start_policies[];
extern const struct sched_policy *const __stop_policies[];

// A policy without a rule here would go untested.
static void test_every_policy_has_a_rule(void **state)
{
    (void)state;
    assert_int_equal(__stop_policies - __start_policies, ARRAY_SIZE(rules));
    for (unsigned i = 0; i < ARRAY_SIZE(rules); i++) {
        for (unsigned j = 0; j < i; j++) {
            assert_ptr_not_equal(rules[i].policy, rules[j].policy);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_policy_has_a_rule),
        cmocka_unit_test(test_d32_d33_d34_every_policy_keeps_its_promise),
    };

    return cmocka_run_group_tests_name("policy model", tests, NULL, NULL);
}
