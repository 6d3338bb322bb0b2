// SPDX-License-Identifier: MIT
// kernel/throttle.c - what real-time threads had of each hart.
#include "kernel/throttle.h"

#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "kernel/base/compiler.h"
#include "kernel/processor.h"
#include "kernel/timer.h"
#include "sync/spinlock.h"

enum { NS_PER_US = 1000 };

// One hart's; touched by it with interrupts off.
struct share {
    uint64_t period_end; // ticks
    uint64_t used;       // of this period, in ticks
} ALIGNED(64);

static struct share shares[MAX_HARTS];
_Atomic uint64_t throttled_harts;

static struct spinlock settings_lock = SPINLOCK_INIT("real-time share", RANK_WAITQ);
static struct throttle_settings current_settings GUARDED_BY(settings_lock) = {1000000, 950000};

// The same, in ticks. relaxed: a hart that reads one of them late, or only one, asks again.
static _Atomic uint64_t period_ticks;
static _Atomic uint64_t runtime_ticks;

static void apply_locked(void) REQUIRES(settings_lock)
{
    uint64_t period = ns_to_ticks((uint64_t)current_settings.period_us * NS_PER_US);
    uint64_t runtime = current_settings.runtime_us == THROTTLE_UNLIMITED
                           ? UINT64_MAX
                           : ns_to_ticks((uint64_t)current_settings.runtime_us * NS_PER_US);

    atomic_store_explicit(&period_ticks, period, memory_order_relaxed);
    atomic_store_explicit(&runtime_ticks, runtime, memory_order_relaxed);
}

void throttle_init(void)
{
    spin_lock(&settings_lock);
    apply_locked();
    spin_unlock(&settings_lock);
}

struct throttle_settings throttle_settings(void)
{
    spin_lock(&settings_lock);
    struct throttle_settings now = current_settings;

    spin_unlock(&settings_lock);
    return now;
}

int throttle_set(struct throttle_settings settings)
{
    if (settings.period_us <= 0 || settings.period_us > INT32_MAX ||
        settings.runtime_us < THROTTLE_UNLIMITED || settings.runtime_us > settings.period_us) {
        return -EINVAL;
    }
    spin_lock(&settings_lock);
    current_settings = settings;
    apply_locked();
    spin_unlock(&settings_lock);
    return 0;
}

// ---- On one hart -------------------------------------------------------------------------------

static struct share *share_here(void)
{
    return &shares[this_hart()->cpu];
}

void throttle_charge(uint64_t ticks)
{
    share_here()->used += ticks;
}

// What they had beyond their runtime: no more than others have of a period, as what they had while
// nobody waited is no debt; and no more than the next one has for them, so that it ends there.
static uint64_t overdraft(uint64_t used, uint64_t runtime, uint64_t period)
{
    return used > runtime ? min_u64(used - runtime, min_u64(period - runtime, runtime)) : 0;
}

// Begin a period if the last one is over, or would end later than one that began now.
static void renew(struct share *share, uint64_t now)
{
    uint64_t period = atomic_load_explicit(&period_ticks, memory_order_relaxed);
    uint64_t runtime = atomic_load_explicit(&runtime_ticks, memory_order_relaxed);

    if (share->period_end > now && share->period_end - now <= period) {
        return;
    }
    bool follows = share->period_end <= now && now - share->period_end < period;

    share->used = follows ? overdraft(share->used, runtime, period) : 0;
    share->period_end = now + period;
}

static void remember(bool is_spent)
{
    uint64_t me = bit(this_hart()->cpu);

    if (((throttle_harts() & me) != 0) == is_spent) {
        return;
    }
    if (is_spent) {
        (void)atomic_fetch_or_explicit(&throttled_harts, me, memory_order_relaxed);
    } else {
        (void)atomic_fetch_and_explicit(&throttled_harts, ~me, memory_order_relaxed);
    }
}

bool throttle_is_spent(void)
{
    struct share *share = share_here();
    uint64_t runtime = atomic_load_explicit(&runtime_ticks, memory_order_relaxed);
    uint64_t now = read_time();

    renew(share, now);
    bool is_spent = share->used >= runtime;
    remember(is_spent);
    if (is_spent) {
        timer_program(this_processor(), share->period_end);
    } else if (runtime != UINT64_MAX) {
        timer_program(this_processor(), now + (runtime - share->used));
    }
    return is_spent;
}
