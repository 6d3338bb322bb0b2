// SPDX-License-Identifier: MIT
// kernel/proc/sys_signal.c - what a program says about signals: masks, the stack for handlers; and
// the return from one. Actions are in sys_sigaction.c.
#include "kernel/abi/errno.h"
#include "kernel/proc/signal.h"
#include "kernel/proc/signal_frame.h"
#include "kernel/proc/signal_mask.h"
#include "kernel/proc/signal_queue.h"
#include "kernel/proc/sys.h"
#include "kernel/proc/sys_signal.h"
#include "kernel/riscv/csr.h"
#include "mm/user/copy.h"

// ---- Masks -------------------------------------------------------------------------------------

int get_signal_set(uint64_t *set, uint64_t at, uint64_t bytes)
{
    return bytes != SIGNAL_SET_BYTES ? -EINVAL : copy_from_user(set, at, sizeof(*set));
}

// What `how` makes of `old` and `set`. Returns: 0; -EINVAL.
static int combine(uint64_t how, uint64_t old, uint64_t set, uint64_t *result)
{
    switch ((int)how) {
    case SIG_BLOCK:
        *result = old | set;
        return 0;
    case SIG_UNBLOCK:
        *result = old & ~set;
        return 0;
    case SIG_SETMASK:
        *result = set;
        return 0;
    default:
        return -EINVAL;
    }
}

long sys_rt_sigprocmask(uint64_t how, uint64_t set_at, uint64_t old_at, uint64_t set_bytes)
{
    uint64_t old = current()->user->blocked;
    uint64_t set;
    uint64_t mask;

    if (set_bytes != SIGNAL_SET_BYTES) {
        return -EINVAL;
    }
    if (set_at != 0) {
        int err = get_signal_set(&set, set_at, set_bytes);

        err = err != 0 ? err : combine(how, old, set, &mask);
        if (err != 0) {
            return err;
        }
        signal_mask_set(mask);
    }
    return old_at != 0 ? copy_to_user(old_at, &old, sizeof(old)) : 0;
}

long sys_rt_sigpending(uint64_t set_at, uint64_t set_bytes)
{
    struct user_thread *user = current()->user;

    if (set_bytes > SIGNAL_SET_BYTES) {
        return -EINVAL;
    }
    spin_lock(&user->process->lock);
    uint64_t waiting = signal_waiting(user) & user->blocked;
    spin_unlock(&user->process->lock);
    return copy_to_user(set_at, &waiting, set_bytes);
}

// A signal that the new mask lets through ends the sleep, or does not let it begin.
long sys_rt_sigsuspend(uint64_t set_at, uint64_t set_bytes)
{
    uint64_t mask;
    int err = get_signal_set(&mask, set_at, set_bytes);

    if (err != 0) {
        return err;
    }
    signal_mask_for_call(mask);
    (void)thread_sleep(TIME_NEVER);
    signal_mask_call_over(true);
    return -ERESTARTNOHAND;
}

// ---- The stack for handlers, and the way back --------------------------------------------------

long sys_sigaltstack(uint64_t new_at, uint64_t old_at)
{
    uint64_t sp = user_frame()->x[REG_SP];
    struct ksigaltstack old = signal_altstack_get(sp);
    struct ksigaltstack stack;

    if (new_at != 0) {
        if (copy_from_user(&stack, new_at, sizeof(stack)) != 0) {
            return -EFAULT;
        }
        int err = signal_altstack_set(sp, &stack);
        if (err != 0) {
            return err;
        }
    }
    return old_at != 0 ? copy_to_user(old_at, &old, sizeof(old)) : 0;
}

void sys_rt_sigreturn(void)
{
    signal_frame_pop(user_frame());
}
