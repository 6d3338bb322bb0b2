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

// siginfo.si_code by who has sent it. Those of programs are not positive.
#define SI_USER   0    // kill()
#define SI_KERNEL 0x80 // nobody in particular
#define SI_QUEUE  (-1) // sigqueue(), with a value
#define SI_TIMER  (-2) // timer_create()
#define SI_TKILL  (-6) // tkill(), tgkill()

// sigprocmask()
#define SIG_BLOCK   0
#define SIG_UNBLOCK 1
#define SIG_SETMASK 2

// sigaction.handler
#define SIG_DFL 0
#define SIG_IGN 1

// sigaction.flags
#define SA_NOCLDSTOP      0x1
#define SA_NOCLDWAIT      0x2
#define SA_SIGINFO        0x4
#define SA_EXPOSE_TAGBITS 0x800
#define SA_ONSTACK        0x08000000
#define SA_RESTART        0x10000000
#define SA_NODEFER        0x40000000
#define SA_RESETHAND      0x80000000

// sigaltstack.flags
#define SS_ONSTACK    1
#define SS_DISABLE    2
#define SS_AUTODISARM 0x80000000

// sigevent.notify
#define SIGEV_SIGNAL    0
#define SIGEV_NONE      1
#define SIGEV_THREAD    2
#define SIGEV_THREAD_ID 4

#define MINSIGSTKSZ 2048

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

// riscv64 has no restorer in it: handlers return to the vDSO.
struct ksigaction {
    uint64_t handler; // SIG_DFL, SIG_IGN or where it is
    uint64_t flags;
    uint64_t mask; // bit signo - 1
};
_Static_assert(sizeof(struct ksigaction) == 24, "Linux's struct sigaction");

struct ksigaltstack {
    uint64_t at;
    uint32_t flags;
    uint32_t pad;
    uint64_t bytes;
};
_Static_assert(sizeof(struct ksigaltstack) == 24, "Linux's stack_t");

// What a timer does when it goes off.
struct sigevent {
    uint64_t value;
    int32_t signo;
    int32_t notify;
    int32_t tid;
    int32_t pad[11];
};
_Static_assert(sizeof(struct sigevent) == 64, "Linux's sigevent_t");

// What is on the stack of a handler: struct rt_sigframe.
struct ucontext {
    uint64_t flags;
    uint64_t link;
    struct ksigaltstack stack;
    uint64_t mask;
    uint64_t mask_reserved[16]; // for masks of 1024 signals, and alignment
    struct {
        uint64_t registers[32]; // the pc, then x1 to x31
        uint64_t f[32];
        uint32_t fcsr;
        uint32_t fp_reserved[64];
        uint32_t extension_reserved; // 0
        uint32_t extension_magic;    // 0: no more, of ...
        uint32_t extension_bytes;    // no bytes
    } machine;
};

struct signal_frame {
    struct siginfo info;
    struct ucontext context;
};
_Static_assert(sizeof(struct ucontext) == 960 && sizeof(struct signal_frame) == 1088,
               "Linux's struct rt_sigframe");
_Static_assert(__builtin_offsetof(struct ucontext, machine) == 176, "Linux's struct ucontext");
#endif
