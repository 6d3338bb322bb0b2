// SPDX-License-Identifier: MIT
// kernel/proc/sys_kill.c - sending signals to processes, groups and threads.
//
// There is one user, root, so that anybody may.
#include "kernel/abi/errno.h"
#include "kernel/proc/make.h"
#include "kernel/proc/signal.h"
#include "kernel/proc/sys.h"
#include "mm/user/copy.h"

static bool is_signal(uint64_t signo)
{
    return (int)signo >= 0 && (int)signo <= SIGRTMAX;
}

static struct signal_info info_of_caller(int code)
{
    return (struct signal_info){.code = code, .pid = current_process()->pid};
}

// ---- Processes ---------------------------------------------------------------------------------

// Any thread's number names its process here. Returns: as signal_send(); -ESRCH.
static NOINLINE long send_to_other_number(int pid, int signo, const struct signal_info *info)
{
    struct process *p = process_find(pid);

    if (p != NULL) {
        int err = signal_send(p, signo, info);

        process_put(p);
        return err;
    }
    struct user_thread *user = user_thread_find(pid);
    if (user == NULL) {
        return -ESRCH;
    }
    int err = signal_send(user->process, signo, info);
    user_thread_put(user);
    return err;
}

static long send_by_number(int pid, int signo, const struct signal_info *info)
{
    struct process *p = current_process();

    return pid == p->pid ? signal_send(p, signo, info) : send_to_other_number(pid, signo, info);
}

struct broadcast {
    int signo;
    const struct signal_info *info;
    struct process *but;
    bool found;
};

static void send_to_other(struct process *p, void *context)
{
    struct broadcast *broadcast = context;

    if (p != init_process && p != broadcast->but) {
        broadcast->found = true;
        (void)signal_send(p, broadcast->signo, broadcast->info);
    }
}

static long send_to_all_others(int signo, const struct signal_info *info)
{
    struct broadcast broadcast = {.signo = signo, .info = info, .but = current_process()};

    process_each(send_to_other, &broadcast);
    return broadcast.found ? 0 : -ESRCH;
}

long sys_kill(uint64_t pid_argument, uint64_t signo)
{
    struct signal_info info = info_of_caller(SI_USER);
    int pid = (int)pid_argument;

    if (!is_signal(signo)) {
        return -EINVAL;
    }
    if (pid > 0) {
        return send_by_number(pid, (int)signo, &info);
    }
    if (pid == -1) {
        return send_to_all_others((int)signo, &info);
    }
    if (pid == INT32_MIN) {
        return -ESRCH;
    }
    return signal_send_group(pid == 0 ? current_process()->pgid : -pid, (int)signo, &info);
}

// ---- Threads -----------------------------------------------------------------------------------

// Send `signo` to the thread `tid`, if it is of the process `pid` (0: any).
static NOINLINE long send_to_thread(int pid, int tid, int signo, const struct signal_info *info)
{
    struct user_thread *user = current()->user;
    bool is_self = tid == current()->tid;
    long err = -ESRCH;

    if (!is_self) {
        user = user_thread_find(tid);
    }
    if (user == NULL) {
        return -ESRCH;
    }
    if (pid == 0 || user->process->pid == pid) {
        err = signal_send_thread(user, signo, info);
    }
    if (!is_self) {
        user_thread_put(user);
    }
    return err;
}

long sys_tkill(uint64_t tid, uint64_t signo)
{
    struct signal_info info = info_of_caller(SI_TKILL);

    if ((int)tid <= 0 || !is_signal(signo)) {
        return -EINVAL;
    }
    return send_to_thread(0, (int)tid, (int)signo, &info);
}

long sys_tgkill(uint64_t pid, uint64_t tid, uint64_t signo)
{
    struct signal_info info = info_of_caller(SI_TKILL);

    if ((int)pid <= 0 || (int)tid <= 0 || !is_signal(signo)) {
        return -EINVAL;
    }
    return send_to_thread((int)pid, (int)tid, (int)signo, &info);
}

// ---- With a value ------------------------------------------------------------------------------

// What a program wants a signal to carry. Only to itself may it say what the kernel says.
// Returns: 0; -EFAULT; -EPERM.
static int get_info(struct signal_info *info, uint64_t at, bool to_self)
{
    struct siginfo from;

    if (copy_from_user(&from, at, sizeof(from)) != 0) {
        return -EFAULT;
    }
    if ((from.code >= SI_USER || from.code == SI_TKILL) && !to_self) {
        return -EPERM;
    }
    *info = (struct signal_info){.code = from.code,
                                 .error = from.error,
                                 .pid = from.sender.pid,
                                 .uid = from.sender.uid,
                                 .value = from.sender.value};
    return 0;
}

long sys_rt_sigqueueinfo(uint64_t pid, uint64_t signo, uint64_t at)
{
    struct signal_info info;
    int err = get_info(&info, at, (int)pid == current_process()->pid);

    if (err != 0) {
        return err;
    }
    return is_signal(signo) ? send_by_number((int)pid, (int)signo, &info) : -EINVAL;
}

long sys_rt_tgsigqueueinfo(uint64_t pid, uint64_t tid, uint64_t signo, uint64_t at)
{
    struct signal_info info;

    if ((int)pid <= 0 || (int)tid <= 0) {
        return -EINVAL;
    }
    int err = get_info(&info, at, (int)tid == current()->tid);
    if (err != 0) {
        return err;
    }
    return is_signal(signo) ? send_to_thread((int)pid, (int)tid, (int)signo, &info) : -EINVAL;
}
