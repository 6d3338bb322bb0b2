// SPDX-License-Identifier: MIT
// kernel/abi/resource.h - limits and usage, as Linux has them for riscv64. Source: getrlimit(2),
// getrusage(2), sysinfo(2), uname(2).
#pragma once

#include <stdint.h>

#include "kernel/abi/time.h"

#define RLIMIT_CPU        0
#define RLIMIT_FSIZE      1
#define RLIMIT_DATA       2
#define RLIMIT_STACK      3
#define RLIMIT_CORE       4
#define RLIMIT_RSS        5
#define RLIMIT_NPROC      6
#define RLIMIT_NOFILE     7
#define RLIMIT_MEMLOCK    8
#define RLIMIT_AS         9
#define RLIMIT_LOCKS      10
#define RLIMIT_SIGPENDING 11
#define RLIMIT_MSGQUEUE   12
#define RLIMIT_NICE       13
#define RLIMIT_RTPRIO     14
#define RLIMIT_RTTIME     15

#define RLIM_INFINITY UINT64_MAX

#define RUSAGE_SELF     0
#define RUSAGE_CHILDREN (-1)
#define RUSAGE_THREAD   1

struct rusage {
    struct timeval ru_utime;
    struct timeval ru_stime;
    int64_t ru_maxrss; // in KiB
    int64_t ru_counts[13];
};
_Static_assert(sizeof(struct rusage) == 144, "Linux's");

struct sysinfo {
    int64_t uptime; // in seconds
    uint64_t loads[3];
    uint64_t totalram; // in mem_unit bytes, as the next
    uint64_t freeram;
    uint64_t sharedram;
    uint64_t bufferram;
    uint64_t totalswap;
    uint64_t freeswap;
    uint16_t procs;
    uint16_t pad;
    uint64_t totalhigh;
    uint64_t freehigh;
    uint32_t mem_unit;
};
_Static_assert(sizeof(struct sysinfo) == 112, "Linux's");

enum { UTSNAME_BYTES = 65 };

struct utsname {
    char sysname[UTSNAME_BYTES];
    char nodename[UTSNAME_BYTES];
    char release[UTSNAME_BYTES];
    char version[UTSNAME_BYTES];
    char machine[UTSNAME_BYTES];
    char domainname[UTSNAME_BYTES];
};
_Static_assert(sizeof(struct utsname) == 390, "Linux's");
