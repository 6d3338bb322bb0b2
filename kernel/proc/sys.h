// SPDX-License-Identifier: MIT
// kernel/proc/sys.h - the system calls, in the order of kernel/abi/syscalls.def.
//
// Arguments are what the program's registers held: a call casts those that are narrower, and checks
// them all. Returns: the result, or -errno. Context: thread of a program, interrupts on, no locks.
// docs/syscalls.md says what each has of Linux's.
#pragma once

#include "kernel/base/types.h"

long sys_exit(uint64_t code);
long sys_exit_group(uint64_t code);
long sys_set_tid_address(uint64_t at);
long sys_waitid(uint64_t type, uint64_t id, uint64_t info, uint64_t options, uint64_t rusage);
long sys_getpid(void);
long sys_getppid(void);
long sys_gettid(void);
long sys_clone(uint64_t flags, uint64_t stack, uint64_t parent_tid, uint64_t tls,
               uint64_t child_tid);
long sys_execve(uint64_t path, uint64_t argv, uint64_t envp);
long sys_wait4(uint64_t pid, uint64_t status, uint64_t options, uint64_t rusage);
