// SPDX-License-Identifier: MIT
// kernel/proc/sys_sigwait.c - waiting for a signal instead of handling it: rt_sigtimedwait().
#include "kernel/abi/errno.h"
#include "kernel/proc/signal.h"
#include "kernel/proc/signal_action.h"
#include "kernel/proc/signal_frame.h"
#include "kernel/proc/signal_mask.h"
#include "kernel/proc/signal_queue.h"
#include "kernel/proc/sys.h"
#include "kernel/proc/sys_signal.h"
#include "kernel/proc/user_time.h"
#include "mm/user/copy.h"

// While it waits for them the thread does not block the signals of `set`, so that whoever sends one
// finds it; and they are not ignored. Nothing is delivered before it has blocked them again.
static int wait_for(uint64_t set, uint64_t deadline_ticks, struct signal_info *info)
{
    struct user_thread *user = current()->user;
    int result = 0;

    spin_lock(&user->process->lock);
    int signo = signal_take(user, set, info);
    if (signo == 0 && deadline_ticks != 0) {
        uint64_t blocked = user->blocked;

        user->awaited = blocked & set;
        user->blocked = blocked & ~set;
        spin_unlock(&user->process->lock);
        result = thread_sleep_until(deadline_ticks);
        spin_lock(&user->process->lock);
        user->awaited = 0;
        signal_mask_set_locked(user, blocked);
        signo = signal_take(user, set, info);
    }
    spin_unlock(&user->process->lock);
    return signo != 0 ? signo : result == -EINTR ? -EINTR : -EAGAIN;
}

// Returns: 0, and when a wait of the timeout at `at` (0: none) is over: 0 if it is not to begin;
// -EFAULT; -EINVAL.
static int get_deadline(uint64_t *deadline_ticks, uint64_t at)
{
    uint64_t ns = 0;
    int err = at != 0 ? get_timespec(&ns, at) : 0;

    *deadline_ticks = at == 0 ? TIME_NEVER : ns == 0 ? 0 : deadline_after_ns(ns);
    return err;
}

long sys_rt_sigtimedwait(uint64_t set_at, uint64_t info_at, uint64_t timeout_at, uint64_t set_bytes)
{
    struct signal_info info;
    uint64_t deadline_ticks;
    uint64_t set;
    int err = get_signal_set(&set, set_at, set_bytes);

    err = err != 0 ? err : get_deadline(&deadline_ticks, timeout_at);
    if (err != 0) {
        return err;
    }
    int signo = wait_for(set & ~SIGNALS_UNBLOCKABLE, deadline_ticks, &info);
    if (signo > 0 && info_at != 0) {
        struct siginfo to;

        signal_info_to_user(&to, signo, &info);

        if (copy_to_user(info_at, &to, sizeof(to)) != 0) {
            return -EFAULT;
        }
    }
    return signo;
}
