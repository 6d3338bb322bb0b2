// SPDX-License-Identifier: MIT
// kernel/proc/user_timer.c - the timers that a process makes with timer_create().
//
// As long as a timer's signal waits, the timer sends no other: it counts there how often it went
// off unheard.
#include "kernel/proc/user_timer.h"

#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "kernel/proc/signal_queue.h"
#include "kernel/proc/sys.h"
#include "kernel/proc/user_clock.h"
#include "kernel/proc/user_time.h"
#include "mm/objcache.h"

enum { TIMERS_MAX = 1024 }; // of one process

struct user_timer {
    struct alarm alarm; // of a process that it holds a reference to
    atomic_uint refs;   // the process's own while it is in its list, and the alarm's
    struct list link;   // guarded by: process->lock
    int id;
    bool wall;        // counts the date, not the time since the start
    int signo;        // 0: none
    int tid;          // the thread that gets it; 0: the process
    uint64_t value;   // goes with it
    unsigned overrun; // guarded by: process->lock; unheard before the last that was taken
};

static struct objcache timer_cache = OBJCACHE_INIT(timer_cache, struct user_timer);

#define OVERRUN_MAX ((uint64_t)INT32_MAX)

// ---- Going off ----------------------------------------------------------------------------------

static struct user_timer *timer_of(struct alarm *alarm)
{
    return container_of(alarm, struct user_timer, alarm);
}

static void timer_put(struct user_timer *timer)
{
    struct process *p = timer->alarm.process;

    // acq_rel: as process_put().
    if (atomic_fetch_sub_explicit(&timer->refs, 1, memory_order_acq_rel) == 1) {
        objcache_free(&timer_cache, timer);
        process_put(p);
    }
}

static void get(struct alarm *alarm)
{
    // relaxed: it is set, so its process has a reference.
    (void)atomic_fetch_add_explicit(&timer_of(alarm)->refs, 1, memory_order_relaxed);
}

static void put(struct alarm *alarm)
{
    timer_put(timer_of(alarm));
}

static struct user_thread *thread_with(struct process *p, int tid) REQUIRES(p->lock)
{
    struct list *node;

    list_for_each(node, &p->threads)
    {
        struct user_thread *user = list_entry(node, struct user_thread, link);

        if (user->thread->tid == tid) {
            return user;
        }
    }
    return NULL;
}

static unsigned add_overruns(uint64_t some, uint64_t more)
{
    return (unsigned)min_u64(some + min_u64(more, OVERRUN_MAX), OVERRUN_MAX);
}

static void send(struct alarm *alarm, uint64_t times) NO_TSA
{
    struct process *p = alarm->process;
    struct user_timer *timer = timer_of(alarm);
    struct user_thread *user = timer->tid != 0 ? thread_with(p, timer->tid) : NULL;

    if (timer->signo == 0 || (timer->tid != 0 && user == NULL)) {
        return;
    }
    struct signal_info *waits = signal_queue_find_timer(user != NULL ? &user->signals : &p->signals,
                                                        timer->signo, timer->id);
    if (waits != NULL) {
        waits->uid = add_overruns(waits->uid, times);
        return;
    }
    struct signal_info info = {.code = SI_TIMER,
                               .pid = timer->id,
                               .uid = add_overruns(0, times - 1),
                               .value = timer->value};
    (void)signal_send_locked(p, user, timer->signo, &info);
}

static const struct alarm_ops timer_ops = {.get = get, .put = put, .send = send};

static struct user_timer *find(struct process *p, int id) REQUIRES(p->lock)
{
    struct list *node;

    list_for_each(node, &p->timers)
    {
        struct user_timer *timer = list_entry(node, struct user_timer, link);

        if (timer->id == id) {
            return timer;
        }
    }
    return NULL;
}

void user_timer_heard(struct process *p, const struct signal_info *info)
{
    struct user_timer *timer = find(p, info->pid);

    if (timer != NULL) {
        timer->overrun = info->uid;
    }
}

// ---- Making and deleting ------------------------------------------------------------------------

// Take `timer` from its process. Context: the lock is held; drop the reference without it.
static void unlink_timer(struct user_timer *timer) NO_TSA
{
    alarm_set(&timer->alarm, (struct alarm_setting){.deadline = TIME_NEVER});
    list_remove(&timer->link);
    timer->alarm.process->nr_timers--;
}

void user_timers_drop(struct process *p)
{
    spin_lock(&p->lock);
    while (!list_is_empty(&p->timers)) {
        struct user_timer *timer = list_entry(list_first(&p->timers), struct user_timer, link);

        unlink_timer(timer);
        spin_unlock(&p->lock);
        timer_put(timer);
        spin_lock(&p->lock);
    }
    spin_unlock(&p->lock);
}

// Returns: 0; -EAGAIN the process has too many.
static int link_timer(struct process *p, struct user_timer *timer)
{
    int err = -EAGAIN;

    spin_lock(&p->lock);
    if (p->nr_timers < TIMERS_MAX) {
        while (find(p, p->next_timer) != NULL) {
            p->next_timer = p->next_timer < INT32_MAX ? p->next_timer + 1 : 0;
        }
        timer->id = p->next_timer;
        p->next_timer = timer->id < INT32_MAX ? timer->id + 1 : 0;
        if (timer->signo == SIGALRM && timer->value == UINT64_MAX) {
            timer->value = (uint64_t)timer->id;
        }
        list_push_back(&p->timers, &timer->link);
        p->nr_timers++;
        err = 0;
    }
    spin_unlock(&p->lock);
    return err;
}

// What a timer does that nobody has said more of. Its value will be its number.
static const struct sigevent usual = {
    .value = UINT64_MAX, .signo = SIGALRM, .notify = SIGEV_SIGNAL};

// Returns: 0; -EINVAL.
static int check_event(const struct sigevent *event)
{
    bool known = true;

    if (event->notify == SIGEV_NONE) {
        return 0;
    }
    if (event->notify == (SIGEV_SIGNAL | SIGEV_THREAD_ID)) {
        struct process *p = current_process();

        spin_lock(&p->lock);
        known = thread_with(p, event->tid) != NULL;
        spin_unlock(&p->lock);
    } else if (event->notify != SIGEV_SIGNAL && event->notify != SIGEV_THREAD) {
        return -EINVAL;
    }
    return known && event->signo > 0 && event->signo <= SIGRTMAX ? 0 : -EINVAL;
}

static struct user_timer *make(int clock, const struct sigevent *event)
{
    struct user_timer *timer = objcache_alloc(&timer_cache);

    if (timer == NULL) {
        return NULL;
    }
    *timer = (struct user_timer){.wall = user_clock_is_wall(clock),
                                 .signo = event->notify != SIGEV_NONE ? event->signo : 0,
                                 .tid = event->notify & SIGEV_THREAD_ID ? event->tid : 0,
                                 .value = event->value};
    atomic_init(&timer->refs, 1);
    alarm_new(&timer->alarm, process_get(current_process()), &timer_ops);
    return timer;
}

// Returns: 0; -EINVAL; -EOPNOTSUPP there is the clock, but nothing goes off by it.
static int check_clock(int clock)
{
    uint64_t ns;
    int err = user_clock_read(clock, &ns);

    if (err == 0 && user_clock_check_sleep(clock) != 0) {
        err = -EOPNOTSUPP;
    }
    return err != 0 || clock != CLOCK_PROCESS_CPUTIME_ID ? err : -EOPNOTSUPP;
}

static int delete_timer(int id)
{
    struct process *p = current_process();

    spin_lock(&p->lock);
    struct user_timer *timer = find(p, id);
    if (timer != NULL) {
        unlink_timer(timer);
    }
    spin_unlock(&p->lock);
    if (timer == NULL) {
        return -EINVAL;
    }
    timer_put(timer);
    return 0;
}

long sys_timer_create(uint64_t clock, uint64_t event_at, uint64_t id_at)
{
    struct sigevent event = usual;
    int err = check_clock((int)clock);

    if (err == 0 && event_at != 0) {
        err = copy_from_user(&event, event_at, sizeof(event));
    }
    err = err != 0 ? err : check_event(&event);
    if (err != 0) {
        return err;
    }
    struct user_timer *timer = make((int)clock, &event);
    if (timer == NULL) {
        return -EAGAIN;
    }
    err = link_timer(current_process(), timer);
    if (err != 0) {
        timer_put(timer);
        return err;
    }
    int id = timer->id; // others may delete it from now on, but not give away its number so soon
    if (put_user_u32(id_at, (uint32_t)id) != 0) {
        (void)delete_timer(id);
        return -EFAULT;
    }
    return 0;
}

long sys_timer_delete(uint64_t id)
{
    return delete_timer((int)id);
}

// ---- Setting ------------------------------------------------------------------------------------

struct setting {
    uint64_t interval_ns;
    uint64_t value_ns;
};

static struct setting setting_of(const struct user_timer *timer)
{
    struct alarm_setting setting = alarm_setting(&timer->alarm);

    bool over = setting.deadline <= time_now_ticks() && setting.interval == 0;

    if (setting.deadline == TIME_NEVER || (over && timer->signo == 0)) {
        return (struct setting){};
    }
    return (struct setting){.interval_ns = ticks_to_ns(setting.interval),
                            .value_ns = deadline_distance_ns(setting.deadline)};
}

static int get_setting(struct setting *setting, uva_t from)
{
    int err = get_timespec(&setting->interval_ns, from);

    return err != 0 ? err : get_timespec(&setting->value_ns, from + sizeof(struct timespec));
}

static long put_setting(uva_t to, const struct setting *setting)
{
    long err = put_timespec(to, setting->interval_ns);

    return err != 0 ? err : put_timespec(to + sizeof(struct timespec), setting->value_ns);
}

static struct alarm_setting in_ticks(const struct setting *wanted, bool absolute, bool wall)
{
    struct alarm_setting setting = {.deadline = TIME_NEVER};

    if (wanted->value_ns != 0) {
        setting.deadline =
            absolute ? deadline_at(wanted->value_ns, wall) : deadline_after_ns(wanted->value_ns);
        setting.interval = ns_to_ticks(wanted->interval_ns);
    }
    return setting;
}

long sys_timer_settime(uint64_t id, uint64_t flags, uint64_t from, uint64_t to)
{
    struct process *p = current_process();
    struct setting wanted;
    struct setting before;
    int err = from == 0 ? -EINVAL : get_setting(&wanted, from);

    if (err != 0) {
        return err;
    }
    spin_lock(&p->lock);
    struct user_timer *timer = find(p, (int)id);
    if (timer != NULL) {
        before = setting_of(timer);
        timer->overrun = 0;
        alarm_set(&timer->alarm, in_ticks(&wanted, (flags & TIMER_ABSTIME) != 0, timer->wall));
    }
    spin_unlock(&p->lock);
    if (timer == NULL) {
        return -EINVAL;
    }
    return to != 0 ? put_setting(to, &before) : 0;
}

long sys_timer_gettime(uint64_t id, uint64_t to)
{
    struct process *p = current_process();
    struct setting now;

    spin_lock(&p->lock);
    const struct user_timer *timer = find(p, (int)id);
    if (timer != NULL) {
        now = setting_of(timer);
    }
    spin_unlock(&p->lock);
    return timer != NULL ? put_setting(to, &now) : -EINVAL;
}

long sys_timer_getoverrun(uint64_t id)
{
    struct process *p = current_process();

    spin_lock(&p->lock);
    const struct user_timer *timer = find(p, (int)id);
    long overrun = timer != NULL ? (long)timer->overrun : -EINVAL;
    spin_unlock(&p->lock);
    return overrun;
}
