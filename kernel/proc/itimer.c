// SPDX-License-Identifier: MIT
// kernel/proc/itimer.c - the interval timers of processes.
//
// A timer that goes off leaves its process in a list of those that are due and wakes a thread of
// the kernel, which sends SIGALRM: signals take locks that a timer interrupt may not.
#include "kernel/proc/itimer.h"

#include "kernel/abi/errno.h"
#include "kernel/dispatch.h"
#include "kernel/proc/signal.h"
#include "kernel/proc/sys.h"
#include "kernel/proc/user_time.h"
#include "kernel/timer.h"

// Linked by process.alarm_next; NULL there: not in the list. The end of the list is END.
static _Atomic(struct process *) due;
static struct process end;
#define END (&end)

static struct thread *sender; // constant after itimer_init()

// ---- Going off ----------------------------------------------------------------------------------

// Put `p` into the list, unless it is there.
static void push(struct process *p)
{
    struct process *none = NULL;
    // relaxed: publishes nothing but itself; see the release below.
    struct process *first = atomic_load_explicit(&due, memory_order_relaxed);

    if (!atomic_compare_exchange_strong_explicit(&p->alarm_next, &none, first, memory_order_relaxed,
                                                 memory_order_relaxed)) {
        return;
    }
    (void)process_get(p);
    // release: pairs with the acquire in send_all().
    while (!atomic_compare_exchange_weak_explicit(&due, &first, p, memory_order_release,
                                                  memory_order_relaxed)) {
        atomic_store_explicit(&p->alarm_next, first, memory_order_relaxed);
    }
}

// In the timer interrupt, the timers' lock held: which guards the interval, too.
static void expired(struct timer *timer) NO_TSA
{
    struct process *p = container_of(timer, struct process, alarm);
    uint64_t interval = p->alarm_interval_ticks;

    if (interval != 0) {
        uint64_t late = time_now_ticks() - timer->node.key;

        timer_restart(timer, timer->node.key + (late / interval + 1) * interval);
    }
    push(p);
    dispatch_unpark(sender);
}

static void send_all(void)
{
    // acquire: pairs with the release in push().
    struct process *p = atomic_exchange_explicit(&due, END, memory_order_acquire);

    while (p != END) {
        struct process *next = atomic_load_explicit(&p->alarm_next, memory_order_relaxed);

        // release: what it goes off for from now on, it is in the list for once more.
        atomic_store_explicit(&p->alarm_next, NULL, memory_order_release);
        signal_send(p, SIGALRM, NULL);
        process_put(p);
        p = next;
    }
}

static int send_for_ever(void *unused)
{
    (void)unused;
    for (;;) {
        if (thread_park(TIME_NEVER) != 0) { // killed: nobody may
            return 0;
        }
        send_all();
    }
}

int itimer_init(void)
{
    atomic_store_explicit(&due, END, memory_order_relaxed);
    int tid = thread_spawn(&(struct thread_attr){.name = "alarms", .detached = true}, send_for_ever,
                           NULL);

    sender = tid > 0 ? thread_get(tid) : NULL;
    return tid > 0 ? 0 : tid;
}

// ---- Setting it ---------------------------------------------------------------------------------

struct setting {
    uint64_t value_ns; // until it goes off; 0: not at all
    uint64_t interval_ns;
};

static struct setting setting_of(const struct process *p) REQUIRES(p->lock)
{
    uint64_t now = time_now_ticks();
    uint64_t at = p->alarm.node.key;

    if (!heap_is_queued(&p->alarm.node)) { // racy: it goes off just now
        return (struct setting){};
    }
    return (struct setting){.value_ns = ticks_to_ns(at > now ? at - now : 1),
                            .interval_ns = ticks_to_ns(p->alarm_interval_ticks)};
}

// Returns: what it was.
static struct setting exchange(struct process *p, struct setting wanted)
{
    spin_lock(&p->lock);
    struct setting before = setting_of(p);
    timer_cancel(&p->alarm);
    if (wanted.value_ns != 0) {
        p->alarm_interval_ticks = ns_to_ticks(wanted.interval_ns);
        p->alarm.expired = expired;
        timer_start(&p->alarm, deadline_after_ns(wanted.value_ns));
    }
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

static int put_setting(uva_t to, const struct setting *setting)
{
    int err = put_timeval(to, setting->interval_ns);

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
