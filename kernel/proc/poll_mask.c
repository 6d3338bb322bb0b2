// SPDX-License-Identifier: MIT
// kernel/proc/poll_mask.c - the signals that ppoll() and pselect6() block while they wait.
#include "kernel/proc/poll_mask.h"

#include "kernel/abi/errno.h"
#include "kernel/proc/process.h"
#include "kernel/proc/signal.h"
#include "mm/user/copy.h"

#define NEVER_BLOCKED ((uint64_t)1 << (SIGKILL - 1) | (uint64_t)1 << (SIGSTOP - 1))

static void block(struct user_thread *user, uint64_t mask)
{
    struct process *p = user->process;

    spin_lock(&p->lock);
    user->blocked = mask & ~NEVER_BLOCKED;
    spin_unlock(&p->lock);
}

int poll_mask_set(uint64_t at, uint64_t bytes)
{
    struct user_thread *user = current()->user;
    uint64_t mask;

    if (at == 0) {
        return 0;
    }
    if (bytes != sizeof(mask)) {
        return -EINVAL;
    }
    if (copy_from_user(&mask, at, sizeof(mask)) != 0) {
        return -EFAULT;
    }
    user->saved_blocked = user->blocked;
    block(user, mask);
    if (signal_is_pending()) {
        thread_notify(current()); // one that has just been let through ends the wait
    }
    return 0;
}

void poll_mask_restore(uint64_t at, long result)
{
    struct user_thread *user = current()->user;

    if (at == 0) {
        return;
    }
    if (result == -ERESTARTNOHAND) {
        user->restore_blocked = true;
    } else {
        block(user, user->saved_blocked);
    }
}
