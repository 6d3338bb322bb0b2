// SPDX-License-Identifier: MIT
// kernel/proc/itimer.c - the interval timers of processes.
#include "kernel/proc/itimer.h"

#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "kernel/proc/cpu_timer.h"
#include "kernel/proc/signal.h"
#include "kernel/proc/sys.h"
#include "kernel/proc/user_time.h"
#include "kernel/timer.h"

static void get(struct alarm *alarm)
{
    (void)process_get(alarm->process);
}

static void put(struct alarm *alarm)
{
    process_put(alarm->process);
}

static void send(struct alarm *alarm, uint64_t times) NO_TSA
{
    (void)times; // once is as good as more often
    (void)signal_send_locked(alarm->process, NULL, SIGALRM, NULL);
}

static const struct alarm_ops itimer_ops = {.get = get, .put = put, .send = send};

void itimer_new(struct process *p)
{
    alarm_new(&p->alarm, p, &itimer_ops);
}

static struct itimer_setting setting_of(const struct process *p) REQUIRES(p->lock)
{
    struct alarm_setting setting = alarm_setting(&p->alarm);

    if (setting.deadline == TIME_NEVER) {
        return (struct itimer_setting){};
    }
    return (struct itimer_setting){.value_ns = deadline_distance_ns(setting.deadline),
                                   .interval_ns = ticks_to_ns(setting.interval)};
}

// Returns: what it was.
static struct itimer_setting exchange(struct process *p, struct itimer_setting wanted)
{
    struct alarm_setting setting = {.deadline = TIME_NEVER};

    if (wanted.value_ns != 0) {
        setting.deadline = deadline_after_ns(wanted.value_ns);
        setting.interval = ns_to_ticks(wanted.interval_ns);
    }
    spin_lock(&p->lock);
    struct itimer_setting before = setting_of(p);
    alarm_set(&p->alarm, setting);
    spin_unlock(&p->lock);
    return before;
}

void itimer_cancel(struct process *p)
{
    // Nobody sets it any more: without the lock it can at worst be seen as set when it no longer
    // is.
    if (p->alarm.set) {
        (void)exchange(p, (struct itimer_setting){});
    }
}

// ---- The calls ----------------------------------------------------------------------------------

static bool is_known(int which)
{
    return which == ITIMER_REAL || which == ITIMER_VIRTUAL || which == ITIMER_PROF;
}

static int get_setting(struct itimer_setting *setting, uva_t from)
{
    int err = get_timeval(&setting->interval_ns, from);

    return err != 0 ? err : get_timeval(&setting->value_ns, from + sizeof(struct timeval));
}

static long put_setting(uva_t to, const struct itimer_setting *setting)
{
    long err = put_timeval(to, setting->interval_ns);
    // What is set is never said to be 0.
    uint64_t value_ns =
        setting->value_ns != 0 ? max_u64(setting->value_ns, NS_PER_US) : setting->value_ns;

    return err != 0 ? err : put_timeval(to + sizeof(struct timeval), value_ns);
}

static struct itimer_setting real_setting(struct process *p)
{
    spin_lock(&p->lock);
    struct itimer_setting now = setting_of(p);
    spin_unlock(&p->lock);
    return now;
}

long sys_getitimer(uint64_t which, uint64_t to)
{
    struct process *p = current_process();

    if (!is_known((int)which)) {
        return -EINVAL;
    }
    struct itimer_setting now =
        (int)which == ITIMER_REAL ? real_setting(p) : cpu_timer_setting(p, (int)which);
    return put_setting(to, &now);
}

long sys_setitimer(uint64_t which, uint64_t from, uint64_t to)
{
    struct process *p = current_process();
    struct itimer_setting wanted = {};
    struct itimer_setting before;
    int err = is_known((int)which) ? 0 : -EINVAL;

    if (err == 0 && from != 0) {
        err = get_setting(&wanted, from);
    }
    if (err == 0 && (int)which != ITIMER_REAL) {
        err = cpu_timer_exchange(p, (int)which, wanted, &before);
    }
    if (err != 0) {
        return err;
    }
    if ((int)which == ITIMER_REAL) {
        before = exchange(p, wanted);
    }
    return to != 0 ? put_setting(to, &before) : 0;
}
