// SPDX-License-Identifier: MIT
// kernel/proc/poll_mask.c - the signals that ppoll() and pselect6() block while they wait.
#include "kernel/proc/poll_mask.h"

#include "kernel/abi/errno.h"
#include "kernel/proc/signal_mask.h"
#include "kernel/proc/sys_signal.h"

int poll_mask_set(uint64_t at, uint64_t bytes)
{
    uint64_t mask;

    if (at == 0) {
        return 0;
    }
    int err = get_signal_set(&mask, at, bytes);
    if (err == 0) {
        signal_mask_for_call(mask);
    }
    return err;
}

void poll_mask_restore(uint64_t at, long result)
{
    if (at != 0) {
        signal_mask_call_over(result == -ERESTARTNOHAND);
    }
}
