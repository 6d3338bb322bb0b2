// SPDX-License-Identifier: MIT
// kernel/proc/itimer.c - the interval timers of processes.
#include "kernel/proc/itimer.h"

#include "kernel/abi/errno.h"
#include "kernel/proc/signal.h"
#include "kernel/proc/sys.h"
#include "kernel/proc/user_time.h"
#include "kernel/timer.h"

struct setting {
    uint64_t value_ns; // until it goes off; 0: not at all
    uint64_t interval_ns;
};

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

static struct setting setting_of(const struct process *p) REQUIRES(p->lock)
{
    struct alarm_setting setting = alarm_setting(&p->alarm);

    if (setting.deadline == TIME_NEVER) {
        return (struct setting){};
    }
    return (struct setting){.value_ns = deadline_distance_ns(setting.deadline),
                            .interval_ns = ticks_to_ns(setting.interval)};
}

// Returns: what it was.
static struct setting exchange(struct process *p, struct setting wanted)
{
    struct alarm_setting setting = {.deadline = TIME_NEVER};

    if (wanted.value_ns != 0) {
        setting.deadline = deadline_after_ns(wanted.value_ns);
        setting.interval = ns_to_ticks(wanted.interval_ns);
    }
    spin_lock(&p->lock);
    struct setting before = setting_of(p);
    alarm_set(&p->alarm, setting);
    spin_unlock(&p->lock);
    return before;
}

void itimer_cancel(struct process *p)
{
    (void)exchange(p, (struct setting){});
}

// ---- The calls ----------------------------------------------------------------------------------

// Returns: 0; -EINVAL not that of real time, the only one there is.
static int check_which(int which)
{
    return which == ITIMER_REAL ? 0 : -EINVAL;
}

static int get_setting(struct setting *setting, uva_t from)
{
    int err = get_timeval(&setting->interval_ns, from);

    return err != 0 ? err : get_timeval(&setting->value_ns, from + sizeof(struct timeval));
}

static long put_setting(uva_t to, const struct setting *setting)
{
    long err = put_timeval(to, setting->interval_ns);

    return err != 0 ? err : put_timeval(to + sizeof(struct timeval), setting->value_ns);
}

long sys_getitimer(uint64_t which, uint64_t to)
{
    struct process *p = current_process();
    int err = check_which((int)which);

    if (err != 0) {
        return err;
    }
    spin_lock(&p->lock);
    struct setting now = setting_of(p);
    spin_unlock(&p->lock);
    return put_setting(to, &now);
}

long sys_setitimer(uint64_t which, uint64_t from, uint64_t to)
{
    struct setting wanted = {};
    int err = check_which((int)which);

    if (err == 0 && from != 0) {
        err = get_setting(&wanted, from);
    }
    if (err != 0) {
        return err;
    }
    struct setting before = exchange(current_process(), wanted);
    return to != 0 ? put_setting(to, &before) : 0;
}
