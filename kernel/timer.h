// SPDX-License-Identifier: MIT
// kernel/timer.h - time, and one heap of timers a hart. All times are ticks of the platform's
// timebase unless the name says ns; a deadline of 0 or in the past fires at once.
#pragma once

#include "kernel/base/heap.h"
#include "kernel/base/types.h"
#include "kernel/riscv/time.h"
#include "sync/spinlock.h"

#define TIME_NEVER UINT64_MAX // the deadline, in ticks or ns, that never comes

// processor.timer_set when no interrupt is programmed: later than every event a policy can name.
#define TIMER_UNSET ((uint64_t)INT64_MAX)

struct processor;

// One hart's timers.
struct timer_queue {
    struct spinlock lock; // rank RANK_TIMER
    struct heap heap;     // guarded by: lock; of timer.node, by deadline in ticks
};

// Zeroed memory is a timer that is not started.
struct timer {
    struct heap_node node;
    struct timer_queue *queue; // of the hart it was started on; written by its owner only
    void (*expired)(struct timer *timer); // runs in the timer interrupt, queue lock held
};

// Set the timebase. Returns: 0; -EINVAL if it is not between 1 kHz and 1 GHz. Context: boot.
NODISCARD int time_init(uint64_t ticks_per_second, bool has_sstc);

// Monotonic time since the machine started.
static inline uint64_t time_now_ns(void); // below
uint64_t time_now_ticks(void);

// Conversions. To ticks rounds up, so that no wait is short, and saturates at TIME_NEVER.
uint64_t ticks_to_ns(uint64_t ticks);
uint64_t ns_to_ticks(uint64_t ns);

// How long a tick is, as 32.32 fixed point: what ticks_to_ns() multiplies by. Constant after
// time_init().
extern uint64_t time_ns_per_tick;
enum { TIME_FRACTION_BITS = 32 };

// Unlike any number of ticks, the time since the start fits for 584 years.
static inline uint64_t time_now_ns(void)
{
    return (uint64_t)((unsigned __int128)read_time() * time_ns_per_tick >> TIME_FRACTION_BITS);
}

// The deadline `ns` nanoseconds from now, in ticks; TIME_NEVER for TIME_NEVER.
uint64_t deadline_after_ns(uint64_t ns);

void timer_queue_init(struct timer_queue *queue);

// Call expired(timer) on this hart once `deadline_ticks` has come.
// Context: interrupts off; the timer is not started; its owner is the only one to start or cancel.
void timer_start(struct timer *timer, uint64_t deadline_ticks);

// The same from timer->expired() itself, for one that goes on. Context: the queue's lock held.
void timer_restart(struct timer *timer, uint64_t deadline_ticks) REQUIRES(timer->queue->lock);

// Stop `timer`, wherever it was started. When it returns, expired() is not running and will not.
// Context: no lock of rank RANK_TIMER or above held.
void timer_cancel(struct timer *timer);

// Make this hart's timer interrupt come no later than `ticks`. Context: interrupts off.
void timer_program(struct processor *p, uint64_t ticks);

// The timer interrupt. Context: interrupts off.
void timer_interrupt(struct processor *p);
