// SPDX-License-Identifier: MIT
// kernel/proc/sys_time.c - clocks, and sleeping by them.
#include "kernel/abi/errno.h"
#include "kernel/dispatch.h"
#include "kernel/proc/cpu_time.h"
#include "kernel/proc/sys.h"
#include "kernel/proc/user_clock.h"
#include "kernel/proc/user_time.h"
#include "kernel/timer.h"

enum { CPU_CLOCK_POLL_NS = 1000000, TICKS_PER_SECOND = 100 };

// ---- Reading clocks -----------------------------------------------------------------------------

static NOINLINE long clock_gettime_other(uint64_t id, uint64_t at)
{
    uint64_t ns;
    int err = user_clock_read((int)id, &ns);
    return err != 0 ? err : put_timespec(at, ns);
}

long sys_clock_gettime(uint64_t id, uint64_t at)
{
    // The first is what nearly everybody asks for, and all that a program without vDSO pays for.
    return id == CLOCK_MONOTONIC || likely(user_clock_is_start((int)id))
               ? put_timespec(at, time_now_ns())
               : clock_gettime_other(id, at);
}

long sys_clock_getres(uint64_t id, uint64_t at)
{
    uint64_t ns;
    int err = user_clock_read((int)id, &ns);

    return err != 0 || at == 0 ? err : put_timespec(at, 1);
}

// Nobody may set the date.
long sys_clock_settime(uint64_t id, uint64_t from)
{
    uint64_t ns;
    int err = (int)id != CLOCK_REALTIME ? -EINVAL : get_timespec(&ns, from);

    return err != 0 ? err : -EPERM;
}

long sys_gettimeofday(uint64_t at, uint64_t zone)
{
    if (at != 0 && put_timeval(at, wall_now_ns()) != 0) {
        return -EFAULT;
    }
    return zone != 0 ? clear_user(zone, sizeof(struct timezone)) : 0;
}

static int64_t clock_ticks(uint64_t ns)
{
    return (int64_t)(ns / (NS_PER_SECOND / TICKS_PER_SECOND));
}

long sys_times(uint64_t at)
{
    struct process *p = current_process();
    struct tms tms = {.tms_utime = clock_ticks(process_run_ns(p)),
                      .tms_cutime = clock_ticks(process_children_run_ns(p))};

    if (at != 0 && copy_to_user(at, &tms, sizeof(tms)) != 0) {
        return -EFAULT;
    }
    return clock_ticks(time_now_ns());
}

// ---- Sleeping -----------------------------------------------------------------------------------

// Sleep until `deadline_ticks`; interrupted, leave what remains at `remainder`, if that is not 0,
// and how to go on. Returns: 0; -ERESTART_RESTARTBLOCK; -EFAULT.
static long sleep_restartable(uint64_t deadline_ticks, uva_t remainder);

static long sleep_again(struct restart *restart)
{
    return sleep_restartable(restart->arguments[0], restart->arguments[1]);
}

static long sleep_restartable(uint64_t deadline_ticks, uva_t remainder)
{
    if (thread_sleep_until(deadline_ticks) == 0) {
        return 0;
    }
    uint64_t now = time_now_ticks();

    if (now >= deadline_ticks) {
        return 0;
    }
    if (remainder != 0 && put_timespec(remainder, ticks_to_ns(deadline_ticks - now)) != 0) {
        return -EFAULT;
    }
    current()->user->restart =
        (struct restart){.fn = sleep_again, .arguments = {deadline_ticks, remainder}};
    return -ERESTART_RESTARTBLOCK;
}

long sys_nanosleep(uint64_t request, uint64_t remainder)
{
    uint64_t ns;
    int err = get_timespec(&ns, request);

    return err != 0 ? err : sleep_restartable(deadline_after_ns(ns), remainder);
}

// Sleep until the process has run for `until_ns`. Looks again and again: nothing tells of it.
static long sleep_by_process_time(uint64_t until_ns)
{
    struct process *p = current_process();
    uint64_t now_ns;

    while ((now_ns = process_run_ns(p)) < until_ns) {
        uint64_t least_ns = (until_ns - now_ns) / harts_present();
        int err = thread_sleep_until(
            deadline_after_ns(least_ns > CPU_CLOCK_POLL_NS ? least_ns : CPU_CLOCK_POLL_NS));

        if (err != 0) {
            return -ERESTARTNOHAND;
        }
    }
    return 0;
}

long sys_clock_nanosleep(uint64_t id, uint64_t flags, uint64_t request, uint64_t remainder)
{
    bool absolute = (flags & TIMER_ABSTIME) != 0;
    uint64_t ns;
    int err = user_clock_check_sleep((int)id);

    if (err == 0) {
        err = get_timespec(&ns, request);
    }
    if (err != 0) {
        return err;
    }
    if ((int)id == CLOCK_PROCESS_CPUTIME_ID) {
        return sleep_by_process_time(absolute ? ns : ns + process_run_ns(current_process()));
    }
    if (!absolute) {
        return sleep_restartable(deadline_after_ns(ns), remainder);
    }
    err = thread_sleep_until(deadline_at(ns, user_clock_is_wall((int)id)));
    return err == -EINTR ? -ERESTARTNOHAND : err;
}

long sys_restart_syscall(void)
{
    struct restart *restart = &current()->user->restart;

    return restart->fn != NULL ? restart->fn(restart) : -EINTR;
}
