// SPDX-License-Identifier: MIT
// kernel/abi/prctl.h - the options of prctl() that there are, and other numbers of calls that ask
// about the system. Source: prctl(2), reboot(2), getrandom(2), personality(2).
#pragma once

#define PR_GET_PDEATHSIG    2
#define PR_SET_DUMPABLE     4
#define PR_GET_DUMPABLE     3
#define PR_SET_NAME         15
#define PR_GET_NAME         16
#define PR_SET_TIMERSLACK   29
#define PR_GET_TIMERSLACK   30
#define PR_SET_NO_NEW_PRIVS 38
#define PR_GET_NO_NEW_PRIVS 39

#define GRND_NONBLOCK 1
#define GRND_RANDOM   2
#define GRND_INSECURE 4

#define PERSONALITY_QUERY 0xffffffff

#define LINUX_REBOOT_MAGIC1        0xfee1dead
#define LINUX_REBOOT_MAGIC2        672274793
#define LINUX_REBOOT_MAGIC2A       85072278
#define LINUX_REBOOT_MAGIC2B       369367448
#define LINUX_REBOOT_MAGIC2C       537993216
#define LINUX_REBOOT_CMD_RESTART   0x01234567
#define LINUX_REBOOT_CMD_HALT      0xcdef0123
#define LINUX_REBOOT_CMD_CAD_ON    0x89abcdef
#define LINUX_REBOOT_CMD_CAD_OFF   0x00000000
#define LINUX_REBOOT_CMD_POWER_OFF 0x4321fedc

#define SYS_RISCV_FLUSH_ICACHE_LOCAL 1
