// SPDX-License-Identifier: MIT
// kernel/abi/signal.h - signal numbers, and the layouts that system calls on signals use.
//
// Source: Linux's generic numbers, which riscv64 has; signal(7), sigaction(2).
#pragma once

#define SIGHUP    1
#define SIGINT    2
#define SIGQUIT   3
#define SIGILL    4
#define SIGTRAP   5
#define SIGABRT   6
#define SIGBUS    7
#define SIGFPE    8
#define SIGKILL   9
#define SIGUSR1   10
#define SIGSEGV   11
#define SIGUSR2   12
#define SIGPIPE   13
#define SIGALRM   14
#define SIGTERM   15
#define SIGSTKFLT 16
#define SIGCHLD   17
#define SIGCONT   18
#define SIGSTOP   19
#define SIGTSTP   20
#define SIGTTIN   21
#define SIGTTOU   22
#define SIGURG    23
#define SIGXCPU   24
#define SIGXFSZ   25
#define SIGVTALRM 26
#define SIGPROF   27
#define SIGWINCH  28
#define SIGIO     29
#define SIGPWR    30
#define SIGSYS    31
#define SIGRTMIN  32
#define SIGRTMAX  64

// siginfo.si_code of faults.
#define SEGV_MAPERR 1
#define SEGV_ACCERR 2
#define BUS_ADRALN  1
#define BUS_ADRERR  2
#define ILL_ILLOPC  1
#define TRAP_BRKPT  1

#ifndef __ASSEMBLER__
#include <stdint.h>

// What a handler gets, and sigwaitinfo() and waitid() give: 128 bytes.
struct siginfo {
    int32_t signo;
    int32_t error;
    int32_t code;
    int32_t pad;
    union {
        struct {
            int32_t pid;
            uint32_t uid;
            uint64_t value; // of rt_sigqueueinfo()
        } sender;
        struct {
            int32_t pid;
            uint32_t uid;
            int32_t status;
            int64_t user_time;
            int64_t system_time;
        } child;
        struct {
            uint64_t address;
        } fault;
        uint8_t bytes[112];
    };
};
_Static_assert(sizeof(struct siginfo) == 128, "Linux's siginfo_t");
#endif
