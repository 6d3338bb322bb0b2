// SPDX-License-Identifier: MIT
// kernel/proc/alarm.c - timers of programs, which send a signal when they go off.
#include "kernel/proc/alarm.h"

#include "kernel/dispatch.h"
#include "kernel/proc/process.h"
#include "kernel/runq.h"

// The end of the list is END.
_Atomic(struct alarm *) alarms_due;
struct alarm alarms_end;
#define END (&alarms_end)

static struct thread *sender; // constant after alarm_init()
static bool policy_preempts;  // the same

// Put `alarm` into the list, unless it is there.
static void push(struct alarm *alarm)
{
    struct alarm *none = NULL;
    // relaxed: publishes nothing but itself; see the release below.
    struct alarm *first = atomic_load_explicit(&alarms_due, memory_order_relaxed);

    if (!atomic_compare_exchange_strong_explicit(&alarm->next, &none, first, memory_order_relaxed,
                                                 memory_order_relaxed)) {
        return;
    }
    alarm->ops->get(alarm);
    // release: pairs with the acquire in alarm_send_all_due().
    while (!atomic_compare_exchange_weak_explicit(&alarms_due, &first, alarm, memory_order_release,
                                                  memory_order_relaxed)) {
        atomic_store_explicit(&alarm->next, first, memory_order_relaxed);
    }
}

// May the sender wait for this thread's hart for ever?
static bool keeps_its_hart(const struct thread *t)
{
    return !policy_preempts || t->rt_priority != 0;
}

// In the timer interrupt, the timers' lock held.
static void expired(struct timer *timer)
{
    push(container_of(timer, struct alarm, timer));
    dispatch_unpark(sender);
    if (current()->user != NULL && keeps_its_hart(current())) {
        thread_notify(current());
    }
}

// It has gone off since it was set: set it anew if it has an interval. Returns: how often it has.
static uint64_t set_again(struct alarm *alarm)
{
    uint64_t interval = alarm->interval_ticks;
    uint64_t now = time_now_ticks();
    uint64_t at = alarm->deadline;
    uint64_t times = interval != 0 ? (now - at) / interval + 1 : 1;

    alarm->set = interval != 0;
    if (alarm->set) {
        uint64_t next = at + times * interval;

        alarm->deadline = next > at ? next : TIME_NEVER;
        timer_start(&alarm->timer, alarm->deadline);
    }
    return times;
}

// Send what `alarm` has gone off for, unless it has been set to a later time, or not at all, before
// that. Cancelled first: its node may be on its way off another hart's heap.
static void send(struct alarm *alarm) NO_TSA
{
    struct process *p = alarm->process;

    spin_lock(&p->lock);
    timer_cancel(&alarm->timer);
    if (alarm->set && alarm->deadline <= time_now_ticks()) {
        alarm->ops->send(alarm, set_again(alarm));
    } else if (alarm->set) {
        timer_start(&alarm->timer, alarm->deadline);
    }
    spin_unlock(&p->lock);
    alarm->ops->put(alarm);
}

void alarm_send_all_due(void)
{
    // acquire: pairs with the release in push().
    struct alarm *alarm = atomic_exchange_explicit(&alarms_due, END, memory_order_acquire);

    while (alarm != END) {
        struct alarm *next = atomic_load_explicit(&alarm->next, memory_order_relaxed);

        // release: what it goes off for from now on, it is in the list for once more.
        atomic_store_explicit(&alarm->next, NULL, memory_order_release);
        send(alarm);
        alarm = next;
    }
}

static int send_for_ever(void *unused)
{
    (void)unused;
    for (;;) {
        if (thread_park(TIME_NEVER) != 0) { // killed: nobody may
            return 0;
        }
        alarm_send_due();
    }
}

int alarm_init(void)
{
    atomic_store_explicit(&alarms_due, END, memory_order_relaxed);
    policy_preempts = runq_policy.should_preempt != NULL;
    int tid = thread_spawn(&(struct thread_attr){.name = "alarms", .detached = true}, send_for_ever,
                           NULL);

    sender = tid > 0 ? thread_get(tid) : NULL;
    return tid > 0 ? 0 : tid;
}

void alarm_new(struct alarm *alarm, struct process *p, const struct alarm_ops *ops)
{
    *alarm = (struct alarm){.timer = {.expired = expired}, .process = p, .ops = ops};
}

void alarm_set(struct alarm *alarm, struct alarm_setting setting)
{
    timer_cancel(&alarm->timer);
    alarm->set = setting.deadline != TIME_NEVER;
    alarm->interval_ticks = setting.interval;
    if (alarm->set) {
        alarm->deadline = setting.deadline;
        timer_start(&alarm->timer, setting.deadline);
    }
}

struct alarm_setting alarm_setting(const struct alarm *alarm)
{
    if (!alarm->set) {
        return (struct alarm_setting){.deadline = TIME_NEVER};
    }
    return (struct alarm_setting){.deadline = alarm->deadline, .interval = alarm->interval_ticks};
}
