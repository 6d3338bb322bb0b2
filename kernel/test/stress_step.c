// SPDX-License-Identifier: MIT
// kernel/test/stress_step.c - the random things that a worker of `stress` does.
#include "kernel/abi/errno.h"
#include "kernel/invariants.h"
#include "kernel/processor.h"
#include "kernel/riscv/irq.h"
#include "kernel/runq.h"
#include "kernel/test/stress.h"

enum { KILL_CODE = 100000 };

static struct stress_child *random_child(struct stress_worker *w)
{
    return &w->children[random_below(&w->random, STRESS_CHILDREN)];
}

static void join(struct stress_child *child)
{
    int code = -1;
    int result = thread_join(child->tid, &code);

    if (result != 0 || code != child->code) {
        stress_violation(result != 0 ? "thread_join()" : "an exit code",
                         result != 0 ? result : code, result != 0 ? 0 : child->code);
    }
    if (thread_join(child->tid, NULL) != -ESRCH) {
        stress_violation("a second join", 0, -ESRCH);
    }
    child->tid = 0;
}

void stress_join_all(struct stress_worker *w)
{
    for (unsigned i = 0; i < STRESS_CHILDREN; i++) {
        if (w->children[i].tid != 0) {
            join(&w->children[i]);
        }
    }
}

// Fill a free place, or empty a taken one.
static void step_spawn_or_join(struct stress_worker *w)
{
    struct stress_child *child = random_child(w);

    if (child->tid != 0) {
        join(child);
        return;
    }
    int tid = stress_spawn_child(&w->random, &child->code);
    if (tid > 0) {
        child->tid = tid;
    } else {
        stress_refused(tid, true);
    }
}

static void step_kill(struct stress_worker *w)
{
    struct stress_child *child = random_child(w);

    if (child->tid == 0) {
        return;
    }
    int result = thread_kill(child->tid, KILL_CODE + child->tid);
    if (result == 0 && child->code < KILL_CODE) {
        child->code = KILL_CODE + child->tid; // the first kill's code stays
    } else if (result != 0 && result != -ESRCH) {
        stress_violation("thread_kill()", result, 0);
    }
}

static void step_unpark(struct stress_worker *w)
{
    struct stress_child *child = random_child(w);

    if (child->tid != 0 && thread_unpark(child->tid) != 0) {
        stress_violation("thread_unpark()", -1, 0);
    }
}

static void step_detach(struct stress_worker *w)
{
    struct stress_child *child = random_child(w);

    if (child->tid == 0) {
        return;
    }
    int result = thread_detach(child->tid);
    if (result != 0) {
        stress_violation("thread_detach()", result, 0);
    }
    child->tid = 0;
}

static void set_priority(struct stress_worker *w, const struct stress_child *child)
{
    int expected = runq_policy.set_params == NULL ? -ENOTSUP : 0;
    int result = thread_set_priority(child->tid, 2 + (int)random_below(&w->random, 31));

    if (result != expected) {
        stress_violation("thread_set_priority()", result, expected);
    }
}

static void step_priority(struct stress_worker *w)
{
    struct stress_child *child = random_child(w);

    if (child->tid != 0) {
        set_priority(w, child);
    }
}

static void set_affinity(const struct stress_child *child, uint64_t mask)
{
    int expected = mask & harts_online_mask() ? 0 : -EINVAL;
    int result = thread_set_affinity(child->tid, mask);

    if (result != expected) {
        stress_violation("thread_set_affinity()", result, expected);
    }
}

static void step_child_affinity(struct stress_worker *w)
{
    struct stress_child *child = random_child(w);

    if (child->tid != 0) {
        set_affinity(child, random_next(&w->random));
    }
}

static int return_0(void *unused)
{
    (void)unused;
    return 0;
}

// Start a thread and change it while it certainly waits: it may run here only, with interrupts off.
static void step_change_waiting(struct stress_worker *w)
{
    struct stress_child *child = random_child(w);

    if (child->tid != 0) {
        return;
    }
    unsigned long saved = irq_save();
    struct thread_attr attr = {.affinity = UINT64_C(1) << this_hart()->cpu};
    int tid = thread_spawn(&attr, return_0, NULL);

    if (tid > 0) {
        *child = (struct stress_child){.tid = tid};
        set_priority(w, child);
        set_affinity(child, random_next(&w->random) | attr.affinity);
    } else {
        stress_refused(tid, true);
    }
    irq_restore(saved);
}

// Move about, and look whether we are where we should be.
static void step_own_affinity(struct stress_worker *w)
{
    uint64_t mask = UINT64_C(1) << random_below(&w->random, harts_present());

    if (!(mask & harts_online_mask())) {
        return;
    }
    int result = thread_set_affinity(current()->tid, mask);
    unsigned long saved = irq_save();
    unsigned cpu = this_hart()->cpu;
    irq_restore(saved);
    if (result != 0 || !(mask >> cpu & 1)) {
        stress_violation("running on cpu", cpu, (long)mask);
    }
    (void)thread_set_affinity(current()->tid, ~UINT64_C(0));
}

static void step_count(struct stress_worker *w)
{
    stress_count();
    w->counted++;
}

static void step_yield(struct stress_worker *w)
{
    (void)w;
    thread_yield();
}

static void step_sleep(struct stress_worker *w)
{
    int result = thread_sleep(random_below(&w->random, 100000));

    if (result != 0) {
        stress_violation("thread_sleep()", result, 0);
    }
}

static void step_check(struct stress_worker *w)
{
    (void)w;
    unsigned violations = invariants_check();

    if (violations != 0) {
        stress_violation("invariants broken", violations, 0);
    }
}

void stress_step(struct stress_worker *w)
{
    static void (*const steps[])(struct stress_worker *) = {
        step_spawn_or_join,  step_spawn_or_join, step_spawn_or_join, step_spawn_or_join,
        step_kill,           step_unpark,        step_detach,        step_priority,
        step_child_affinity, step_own_affinity,  step_count,         step_count,
        step_yield,          step_sleep,         step_check,         step_change_waiting,
    };

    steps[random_below(&w->random, ARRAY_SIZE(steps))](w);
}
