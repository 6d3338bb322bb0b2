// SPDX-License-Identifier: MIT
// sched/policy.h - what a scheduling policy is: the order in which one queue's threads run.
//
// A policy is one file in this folder that ends in its ops table, registered with SCHED_POLICY();
// its file name is its name for SCHED=. Every operation runs with the queue's lock held and
// interrupts off, so a policy takes no lock and allocates nothing. An operation it does not support
// is NULL. Which queue a thread waits in is not the policy's business but kernel/runq.c's.
//
// Time is in ticks of the platform's timebase: a policy compares and adds times on every switch,
// and converting there would cost more than it does. The quantum comes converted.
#pragma once

#include "kernel/base/compiler.h"
#include "kernel/base/types.h"

enum {
    SCHED_ENTITY_BYTES = 48,  // a policy's own room in each thread
    SCHED_QUEUE_BYTES = 1088, // and in each queue: two sets of 32 lists, and what goes with them
    SCHED_PRIORITY_DEFAULT = 16,
};

// sched_entity.event_ticks when the policy need not be asked. Far away, but not so far that adding
// the time of day to it overflows.
#define SCHED_NO_EVENT ((uint64_t)INT64_MAX)

// Why a thread enters a queue.
enum sched_reason {
    SCHED_NEW,       // spawned
    SCHED_WAKE,      // it slept
    SCHED_PREEMPTED, // it ran, and would have gone on
    SCHED_YIELDED,   // it ran, and gave way
    SCHED_MIGRATED,  // it comes from another queue, whatever made it leave that one
};

struct sched_params {
    int priority; // meaning and range are the policy's
};

// The part of a thread that belongs to its policy.
struct sched_entity {
    _Alignas(8) unsigned char area[SCHED_ENTITY_BYTES]; // zeroed at spawn; then the policy's alone
    uint64_t base_ticks;    // the caller's: while running, now - base_ticks == the time it ran
    uint64_t ran_ticks;     // time on a hart since spawn; while running, up to the last charge
    uint64_t charged_ticks; // the caller's: what of it the policy has been told of
    uint64_t event_ticks;   // the policy's next event: at this value of ran_ticks should_preempt is
                            // to be asked; set by the policy by the time it is picked; 0 at spawn
    struct sched_params params;
};

// One queue of waiting threads.
struct sched_queue {
    unsigned waiting;                                  // kept by the caller: entities in the queue
    _Alignas(8) unsigned char area[SCHED_QUEUE_BYTES]; // the policy's; set up by init
};

struct sched_policy {
    const char *name;

    // Make `q` an empty queue. `quantum_ticks` > 0 is the boot option.
    void (*init)(struct sched_queue *q, uint64_t quantum_ticks);

    // `e`, which is in no queue, begins to wait in `q`.
    void (*enqueue)(struct sched_queue *q, struct sched_entity *e, enum sched_reason why);

    // `e`, which waits in `q`, leaves it without running.
    void (*dequeue)(struct sched_queue *q, struct sched_entity *e);

    // Remove and return the one to run next. Something waits.
    struct sched_entity *(*pick)(struct sched_queue *q);

    // The waiting entity after `e`, the first if `e` is NULL; NULL past the last. Any order that
    // visits each once will do; with a `preempts`, the first is the one that pick would take. For
    // whoever looks for a thread that a certain hart may run.
    struct sched_entity *(*next)(struct sched_queue *q, struct sched_entity *e);

    // `e`, which ran, gives way: enqueue and then pick, in one. NULL: those two are called, as they
    // are if there is a charge. Worth having where the pair can do with fewer steps; the result has
    // to be the same.
    struct sched_entity *(*exchange)(struct sched_queue *q, struct sched_entity *e,
                                     enum sched_reason why);

    // `e`, picked from `q`, has run for another `ticks`, already added to ran_ticks. NULL: the sum
    // is all the policy needs.
    void (*charge)(struct sched_queue *q, struct sched_entity *e, uint64_t ticks);

    // Should `running`, charged up to now, give way to something that waits? If not, event_ticks is
    // above ran_ticks again, or the timer would come at once. NULL: never; event_ticks is not used.
    bool (*should_preempt)(struct sched_queue *q, struct sched_entity *running);

    // Should `waking`, which has just been enqueued, run instead of `running` at once? If so, the
    // hart of `running` is made to ask should_preempt, which must agree. The two may be of
    // different queues. NULL: a running thread is left alone until its event.
    bool (*preempts)(const struct sched_entity *waking, const struct sched_entity *running);

    // Change `e`, whether it waits in `q` or not (`waits`), to `params`, and store them.
    // Returns: 0; -EINVAL if they are out of the policy's range. NULL: -ENOTSUP to the caller.
    int (*set_params)(struct sched_queue *q, struct sched_entity *e, struct sched_params params,
                      bool waits);
};

// Register the table called `policy`. Static: the table is the last thing in its file.
#define SCHED_POLICY(policy)                                                                       \
    USED SECTION("policies") static const struct sched_policy *const policy##_registered = &(policy)

// The same for one that is wrong on purpose: it can be chosen, but is in no list.
#define SCHED_CONTROL(policy)                                                                      \
    USED SECTION("policy_controls") static const struct sched_policy *const policy##_registered =  \
        &(policy)
