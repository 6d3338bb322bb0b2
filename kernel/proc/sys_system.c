// SPDX-License-Identifier: MIT
// kernel/proc/sys_system.c - what programs ask about the system and about themselves.
//
// There is one user, root, who is in one group.
#include "kernel/abi/errno.h"
#include "kernel/abi/prctl.h"
#include "kernel/abi/resource.h"
#include "kernel/base/bits.h"
#include "kernel/base/string.h"
#include "kernel/fs/devices.h"
#include "kernel/proc/process.h"
#include "kernel/proc/sys.h"
#include "kernel/proc/user_time.h"
#include "kernel/timer.h"
#include "mm/frame.h"
#include "mm/layout.h"
#include "mm/user/aspace.h"
#include "mm/user/copy.h"

enum { RANDOM_CHUNK = 64, DEFAULT_SLACK_NS = 50000 };

// ---- The system ---------------------------------------------------------------------------------

long sys_uname(uint64_t to)
{
    static const struct utsname name = {
        .sysname = "Linux", // whose interface it is: programs look at this and the release
        .nodename = "hartbeat",
        .release = "6.1.0-hartbeat",
        .version = "Hartbeat",
        .machine = "riscv64",
        .domainname = "(none)",
    };

    return copy_to_user(to, &name, sizeof(name));
}

long sys_sysinfo(uint64_t to)
{
    struct sysinfo info = {.uptime = (int64_t)(time_now_ns() / NS_PER_SECOND),
                           .totalram = frames_total() * PAGE_SIZE,
                           .freeram = frames_free_count() * PAGE_SIZE,
                           .procs = (uint16_t)min_u64(thread_count(), UINT16_MAX),
                           .mem_unit = 1};

    return copy_to_user(to, &info, sizeof(info));
}

static bool is_magic(uint32_t magic)
{
    return magic == LINUX_REBOOT_MAGIC2 || magic == LINUX_REBOOT_MAGIC2A ||
           magic == LINUX_REBOOT_MAGIC2B || magic == LINUX_REBOOT_MAGIC2C;
}

// All that end the machine power it off: whoever started it starts it again.
long sys_reboot(uint64_t magic1, uint64_t magic2, uint64_t command)
{
    if ((uint32_t)magic1 != LINUX_REBOOT_MAGIC1 || !is_magic((uint32_t)magic2)) {
        return -EINVAL;
    }
    switch ((uint32_t)command) {
    case LINUX_REBOOT_CMD_CAD_ON: // there is no such key
    case LINUX_REBOOT_CMD_CAD_OFF:
        return 0;
    case LINUX_REBOOT_CMD_RESTART:
    case LINUX_REBOOT_CMD_HALT:
    case LINUX_REBOOT_CMD_POWER_OFF:
        process_end_machine(0);
    default:
        return -EINVAL;
    }
}

long sys_getrandom(uint64_t to, uint64_t bytes, uint64_t flags)
{
    const unsigned known = GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE;
    unsigned char chunk[RANDOM_CHUNK];
    uint64_t done = 0;

    if (((unsigned)flags & ~known) != 0 ||
        ((unsigned)flags & (GRND_RANDOM | GRND_INSECURE)) == (GRND_RANDOM | GRND_INSECURE)) {
        return -EINVAL;
    }
    bytes = min_u64(bytes, INT32_MAX);
    while (done < bytes && !thread_killed()) {
        size_t piece = min_u64(bytes - done, sizeof(chunk));

        random_fill(chunk, piece);
        size_t copied = copy_to_user_part(to + done, chunk, piece);
        done += copied;
        if (copied < piece) {
            return done != 0 ? (long)done : -EFAULT;
        }
    }
    return (long)done;
}

long sys_personality(uint64_t persona)
{
    return (uint32_t)persona == 0 || (uint32_t)persona == PERSONALITY_QUERY ? 0 : -EINVAL;
}

long sys_riscv_flush_icache(uint64_t start, uint64_t end, uint64_t flags)
{
    if ((flags & ~(uint64_t)SYS_RISCV_FLUSH_ICACHE_LOCAL) != 0) {
        return -EINVAL;
    }
    (void)start;
    (void)end;
    aspace_flush_code(current_aspace());
    return 0;
}

// ---- Users --------------------------------------------------------------------------------------

long sys_getuid(void)
{
    return 0;
}

long sys_geteuid(void)
{
    return 0;
}

long sys_getgid(void)
{
    return 0;
}

long sys_getegid(void)
{
    return 0;
}

// None beside the first.
long sys_getgroups(uint64_t n, uint64_t to)
{
    (void)to;
    return (int)n < 0 ? -EINVAL : 0;
}

long sys_setgroups(uint64_t n, uint64_t from)
{
    (void)from;
    return (int)n == 0 ? 0 : -EPERM;
}

// Whoever one becomes, it is root. `id` -1 stands for no change.
static long become(uint64_t id)
{
    return (uint32_t)id == 0 || (int)id == -1 ? 0 : -EPERM;
}

static long become_both(uint64_t first, uint64_t second)
{
    long err = become(first);

    return err != 0 ? err : become(second);
}

long sys_setuid(uint64_t id)
{
    return (int)id == -1 ? -EINVAL : become(id);
}

long sys_setgid(uint64_t id)
{
    return sys_setuid(id);
}

long sys_setreuid(uint64_t real, uint64_t effective)
{
    return become_both(real, effective);
}

long sys_setregid(uint64_t real, uint64_t effective)
{
    return become_both(real, effective);
}

long sys_setresuid(uint64_t real, uint64_t effective, uint64_t saved)
{
    long err = become_both(real, effective);

    return err != 0 ? err : become(saved);
}

long sys_setresgid(uint64_t real, uint64_t effective, uint64_t saved)
{
    return sys_setresuid(real, effective, saved);
}

static long put_root_thrice(uva_t real, uva_t effective, uva_t saved)
{
    return put_user_u32(real, 0) != 0 || put_user_u32(effective, 0) != 0 ||
                   put_user_u32(saved, 0) != 0
               ? -EFAULT
               : 0;
}

long sys_getresuid(uint64_t real, uint64_t effective, uint64_t saved)
{
    return put_root_thrice(real, effective, saved);
}

long sys_getresgid(uint64_t real, uint64_t effective, uint64_t saved)
{
    return put_root_thrice(real, effective, saved);
}

// ---- prctl --------------------------------------------------------------------------------------

// Copied as it is: the name may be shorter than its room, and lie at the end of a page.
static long set_name(uva_t from)
{
    struct user_thread *user = current()->user;
    char name[PROCESS_NAME_BYTES] = {};
    size_t copied = copy_from_user_part(name, from, sizeof(name) - 1);

    if (copied < sizeof(name) - 1 && strnlen(name, copied) == copied) {
        return -EFAULT;
    }
    str_copy(current()->name, name, sizeof(current()->name));
    if (user->process->leader == current()) {
        str_copy(user->process->name, name, sizeof(user->process->name));
    }
    return 0;
}

static long get_name(uva_t to)
{
    char name[PROCESS_NAME_BYTES] = {};

    str_copy(name, current()->name, sizeof(name));
    return copy_to_user(to, name, sizeof(name));
}

long sys_prctl(uint64_t option, uint64_t argument)
{
    struct user_thread *user = current()->user;

    switch ((int)option) {
    case PR_SET_NAME:
        return set_name(argument);
    case PR_GET_NAME:
        return get_name(argument);
    case PR_SET_TIMERSLACK: // kept for whoever asks: timers here have none
        user->timer_slack_ns = (int64_t)argument > 0 ? argument : DEFAULT_SLACK_NS;
        return 0;
    case PR_GET_TIMERSLACK:
        return (long)(user->timer_slack_ns != 0 ? user->timer_slack_ns : DEFAULT_SLACK_NS);
    case PR_GET_DUMPABLE:
        return 1;
    default:
        return -EINVAL;
    }
}
