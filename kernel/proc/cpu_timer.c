// SPDX-License-Identifier: MIT
// kernel/proc/cpu_timer.c - interval timers that go by the time a process runs.
//
// No switch and no tick looks at them. A timer is an alarm in real time, set to when the process
// can be there at the earliest: with all harts its own. If it is not there by then, what is left
// decides on the next look. There is a pause between looks, and a longer one while it has not run.
#include "kernel/proc/cpu_timer.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/signal.h"
#include "kernel/abi/time.h"
#include "kernel/base/bits.h"
#include "kernel/proc/cpu_time.h"
#include "kernel/proc/signal.h"
#include "mm/objcache.h"

#define PAUSE_MIN_NS 1000000UL  // the most by which it is late while 1 to 63 threads run
#define PAUSE_MAX_NS 10000000UL // the same after the process has slept

struct cpu_timer {
    struct alarm alarm;
    int signo;            // constant
    uint64_t at_ns;       // guarded by: process->lock, as all below; TIME_NEVER: not set
    uint64_t interval_ns; // 0: once
    uint64_t seen_ns;     // what the process had run at the last look
    uint64_t pause_ns;    // the least before the next
};

struct cpu_timers {
    struct cpu_timer timer[2]; // ITIMER_VIRTUAL, ITIMER_PROF
};

static struct objcache timers_cache = OBJCACHE_INIT(timers_cache, struct cpu_timers);

// ---- Going off ----------------------------------------------------------------------------------

static void get(struct alarm *alarm)
{
    (void)process_get(alarm->process);
}

static void put(struct alarm *alarm)
{
    process_put(alarm->process);
}

// Look again when the process, which has run `now_ns`, may have come to the end. Context:
// process->lock is held.
static void arm(struct cpu_timer *timer, uint64_t now_ns)
{
    struct alarm_setting setting = {.deadline = TIME_NEVER};

    if (timer->at_ns != TIME_NEVER) {
        uint64_t left = timer->at_ns > now_ns ? timer->at_ns - now_ns : 0;

        setting.deadline = deadline_after_ns(max_u64(left / harts_online(), timer->pause_ns));
    }
    timer->seen_ns = now_ns;
    alarm_set(&timer->alarm, setting);
}

// It has come: the next time is one that has not, however many were missed.
static void go_off(struct cpu_timer *timer, uint64_t now_ns) NO_TSA
{
    uint64_t missed = timer->interval_ns != 0 ? (now_ns - timer->at_ns) / timer->interval_ns : 0;

    timer->at_ns =
        timer->interval_ns != 0 ? timer->at_ns + (missed + 1) * timer->interval_ns : TIME_NEVER;
    (void)signal_send_locked(timer->alarm.process, NULL, timer->signo, NULL);
}

// Each look adds up what all threads have run.
static uint64_t least_pause_ns(const struct process *p)
{
    return PAUSE_MIN_NS * (1 + p->nr_threads / 64);
}

static void look(struct alarm *alarm, uint64_t times) NO_TSA
{
    struct cpu_timer *timer = container_of(alarm, struct cpu_timer, alarm);
    uint64_t now_ns = process_run_ns_locked(alarm->process);

    (void)times; // it is set anew each time
    uint64_t least_ns = least_pause_ns(alarm->process);

    timer->pause_ns = now_ns != timer->seen_ns
                          ? least_ns
                          : max_u64(least_ns, min_u64(2 * timer->pause_ns, PAUSE_MAX_NS));
    if (now_ns >= timer->at_ns) {
        go_off(timer, now_ns);
    }
    arm(timer, now_ns);
}

static const struct alarm_ops cpu_timer_ops = {.get = get, .put = put, .send = look};

// ---- Making and setting -------------------------------------------------------------------------

static void init(struct cpu_timer *timer, struct process *p, int signo)
{
    *timer = (struct cpu_timer){.signo = signo, .at_ns = TIME_NEVER, .pause_ns = PAUSE_MIN_NS};
    alarm_new(&timer->alarm, p, &cpu_timer_ops);
}

// Returns: whether the process has timers from now on.
static bool make(struct process *p)
{
    struct cpu_timers *timers = objcache_alloc(&timers_cache);

    if (timers == NULL) {
        return false;
    }
    init(&timers->timer[0], p, SIGVTALRM);
    init(&timers->timer[1], p, SIGPROF);
    spin_lock(&p->lock);
    bool first = p->cpu_timers == NULL;
    if (first) {
        p->cpu_timers = timers;
    }
    spin_unlock(&p->lock);
    if (!first) {
        cpu_timers_free(timers);
    }
    return true;
}

static bool has_timers(struct process *p)
{
    spin_lock(&p->lock);
    bool has = p->cpu_timers != NULL;
    spin_unlock(&p->lock);
    return has;
}

static struct cpu_timer *timer_of(struct process *p, int which) REQUIRES(p->lock)
{
    return p->cpu_timers != NULL ? &p->cpu_timers->timer[which - ITIMER_VIRTUAL] : NULL;
}

static struct itimer_setting setting_of(const struct cpu_timer *timer, uint64_t now_ns)
{
    if (timer == NULL || timer->at_ns == TIME_NEVER) {
        return (struct itimer_setting){};
    }
    // One that is about to go off has not yet.
    uint64_t left = timer->at_ns > now_ns ? timer->at_ns - now_ns : 1;
    return (struct itimer_setting){.value_ns = left, .interval_ns = timer->interval_ns};
}

struct itimer_setting cpu_timer_setting(struct process *p, int which)
{
    spin_lock(&p->lock);
    struct itimer_setting now = setting_of(timer_of(p, which), process_run_ns_locked(p));
    spin_unlock(&p->lock);
    return now;
}

static void set(struct cpu_timer *timer, struct itimer_setting wanted, uint64_t now_ns)
{
    bool never = wanted.value_ns == 0 || wanted.value_ns > TIME_NEVER - now_ns;

    timer->at_ns = never ? TIME_NEVER : now_ns + wanted.value_ns;
    timer->interval_ns = wanted.interval_ns;
    timer->pause_ns = PAUSE_MIN_NS;
    arm(timer, now_ns);
}

int cpu_timer_exchange(struct process *p, int which, struct itimer_setting wanted,
                       struct itimer_setting *before)
{
    if (wanted.value_ns != 0 && !has_timers(p) && !make(p)) {
        return -ENOMEM;
    }
    spin_lock(&p->lock);
    struct cpu_timer *timer = timer_of(p, which);
    uint64_t now_ns = process_run_ns_locked(p);
    *before = setting_of(timer, now_ns);
    if (timer != NULL) {
        set(timer, wanted, now_ns);
    }
    spin_unlock(&p->lock);
    return 0;
}

// ---- The end ------------------------------------------------------------------------------------

void cpu_timers_stop(struct process *p)
{
    spin_lock(&p->lock);
    set(timer_of(p, ITIMER_VIRTUAL), (struct itimer_setting){}, 0);
    set(timer_of(p, ITIMER_PROF), (struct itimer_setting){}, 0);
    spin_unlock(&p->lock);
}

void cpu_timers_free(struct cpu_timers *timers)
{
    objcache_free(&timers_cache, timers);
}
