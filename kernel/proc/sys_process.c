// SPDX-License-Identifier: MIT
// kernel/proc/sys_process.c - who is calling, and leaving.
#include "kernel/abi/errno.h"
#include "kernel/proc/process.h"
#include "kernel/proc/sys.h"
#include "kernel/proc/wait_status.h"

long sys_getpid(void)
{
    return current_process()->pid;
}

// Racy: the parent may be about to end. Its structure stays until its children have another.
long sys_getppid(void)
{
    return current_process()->parent_pid;
}

long sys_gettid(void)
{
    return current()->tid;
}

long sys_set_tid_address(uint64_t at)
{
    current()->user->clear_child_tid = at;
    return current()->tid;
}

long sys_exit(uint64_t code)
{
    process_exit_thread(wait_status_exit((int)code));
}

long sys_exit_group(uint64_t code)
{
    process_exit_group(wait_status_exit((int)code));
}
