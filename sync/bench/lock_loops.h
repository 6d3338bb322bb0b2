// SPDX-License-Identifier: MIT
// sync/bench/lock_loops.h - one sample of `bench locks`: harts that take one lock in turn.
//
// Each hart loops: lock, `cs` iterations of work, unlock, `think` iterations. Interrupts are off
// for LOCK_CHUNK turns at most, so that no holder and no waiter is preempted by this kernel, and
// on between chunks, so that the machine goes on. Waiting polls the stop word (cpu_relax()).
//
//   line            written by                  read by
//   lock            the algorithm               the algorithm
//   guarded         the holder                  the holder
//   stop            once, by who ends it        everybody, each turn
//   a lock_hart     its hart                    the command, after joining it
#pragma once

#include "kernel/base/types.h"
#include "spin_all.h" // generated: every lock of all.def and controls.def
#include "sync/bench/exclusion.h"
#include "sync/bench/lock_order.h"
#include "sync/spin/busted.h" // BUSTED_PERIOD
#include "sync/spin/node.h"

enum {
    LOCK_CHUNK = 16,
    LOCK_PROBES = 4 * BUSTED_PERIOD,
    LOCK_TRACED_TARGET = 10000, // acquisitions of a traced sample: 10 are above its wait_p99.9
    LOCK_LOG_MAX = LOCK_TRACED_TARGET + MAX_HARTS // each hart may come once more
};

struct lock_case;

union any_lock {
#define SPIN(name) struct name name;
#include "sync/spin/all.def"
#include "sync/spin/controls.def"
#undef SPIN
};

// What one hart did. Its own lines: nobody else writes here but to `node`, as the lock requires.
struct lock_hart {
    struct spin_node node;
    unsigned who;       // from 1
    uint64_t acquired;  // within the sample
    uint64_t late;      // acquisitions past the sample's target
    uint64_t handoffs;  // acquisitions whose last owner was another hart
    uint64_t overlaps;  // times it saw a second owner
    uint64_t arrived;   // traced loops only: its place among all arrivals, MODEL_ORDER
    uint64_t transfers; // if lines are counted: how many came here from another hart's cache
    uint64_t upgrades;  // and of those here how many were taken from all others
};

struct lock_sample {
    _Alignas(SPIN_LINE_BYTES) union any_lock lock;
    _Alignas(SPIN_LINE_BYTES) struct exclusion guarded; // guarded by: lock
    _Alignas(SPIN_LINE_BYTES)
        atomic_uint stop; // 0 or 1; relaxed: who sees it late takes a few turns more
    // Constant once the harts have started.
    _Alignas(SPIN_LINE_BYTES) uint64_t cs;
    uint64_t think;
    uint64_t target;        // acquisitions that end the sample
    struct lock_stamp *log; // has LOCK_LOG_MAX entries; NULL: the plain loops run
    unsigned harts;
    bool counts_lines; // the timing model can say what became of them
    bool violated;     // known once it has ended
    unsigned region;   // of the timing model's report; 0: none
    const struct lock_case *running;
    // How it starts and ends; `deadline` and `start` are written before `go`, `end` after `stop`.
    atomic_uint arrived; // threads that run
    atomic_uint awake;   // and those of them that wait for `go`
    atomic_uint go;
    uint64_t deadline; // ticks
    uint64_t start;    // bench_now() when all had arrived
    uint64_t end;      // bench_now() when stop was set
    struct lock_hart hart[MAX_HARTS];
};

// One algorithm's loops, compiled for it alone: nothing measured is called through a pointer.
struct lock_case {
    const char *name;
    // Up to `turns` turns of `me`, fewer if the sample stops. Context: interrupts off.
    void (*turns)(struct lock_sample *s, struct lock_hart *me, unsigned turns);
    // The same, and write each into the log.
    void (*traced)(struct lock_sample *s, struct lock_hart *me, unsigned turns);
    // Hold a free lock LOCK_PROBES times and try to take it again. Returns: how often that worked,
    // which on one hart is what a broken lock shows. Context: interrupts off.
    unsigned (*probe)(union any_lock *l);
    bool by_default; // false for controls
};

// The traced loops; see lock_traced.c.
#define SPIN(name)                                                                                 \
    void lock_traced_##name(struct lock_sample *s, struct lock_hart *me, unsigned turns);
#include "sync/spin/all.def"
#include "sync/spin/controls.def"
#undef SPIN

// Every lock of all.def and controls.def; ends with a NULL name.
extern const struct lock_case lock_cases[];

// Is a second owner a violation? Not for null, which takes no lock: its rows price the harness.
bool lock_case_excludes(const struct lock_case *c);

// End the sample now, unless it has ended.
void lock_sample_stop(struct lock_sample *s);

static inline bool lock_sample_stopped(const struct lock_sample *s)
{
    return atomic_load_explicit(&s->stop, memory_order_relaxed) != 0;
}
