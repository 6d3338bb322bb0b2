// SPDX-License-Identifier: MIT
// kernel/proc/sys.h - the system calls, in the order of kernel/abi/syscalls.def.
//
// Arguments are what the program's registers held: a call casts those that are narrower, and checks
// them all. Returns: the result, or -errno. Context: thread of a program, interrupts on, no locks.
// docs/syscalls.md says what each has of Linux's.
#pragma once

#include "kernel/base/types.h"

long sys_getcwd(uint64_t buffer, uint64_t size);
long sys_eventfd2(uint64_t count, uint64_t flags);
long sys_dup(uint64_t fd);
long sys_dup3(uint64_t from, uint64_t to, uint64_t flags);
long sys_fcntl(uint64_t fd, uint64_t command, uint64_t argument);
long sys_ioctl(uint64_t fd, uint64_t request, uint64_t argument);
long sys_flock(uint64_t fd, uint64_t operation);
long sys_mknodat(uint64_t dirfd, uint64_t path, uint64_t mode, uint64_t device);
long sys_mkdirat(uint64_t dirfd, uint64_t path, uint64_t mode);
long sys_unlinkat(uint64_t dirfd, uint64_t path, uint64_t flags);
long sys_symlinkat(uint64_t target, uint64_t dirfd, uint64_t path);
long sys_linkat(uint64_t old_dirfd, uint64_t old_path, uint64_t dirfd, uint64_t path,
                uint64_t flags);
long sys_statfs(uint64_t path, uint64_t at);
long sys_fstatfs(uint64_t fd, uint64_t at);
long sys_truncate(uint64_t path, uint64_t bytes);
long sys_ftruncate(uint64_t fd, uint64_t bytes);
long sys_fallocate(uint64_t fd, uint64_t mode, uint64_t offset, uint64_t bytes);
long sys_faccessat(uint64_t dirfd, uint64_t path, uint64_t mode);
long sys_chdir(uint64_t path);
long sys_fchdir(uint64_t fd);
long sys_fchmod(uint64_t fd, uint64_t mode);
long sys_fchmodat(uint64_t dirfd, uint64_t path, uint64_t mode);
long sys_fchownat(uint64_t dirfd, uint64_t path, uint64_t uid, uint64_t gid, uint64_t flags);
long sys_fchown(uint64_t fd, uint64_t uid, uint64_t gid);
long sys_openat(uint64_t dirfd, uint64_t path, uint64_t flags, uint64_t mode);
long sys_close(uint64_t fd);
long sys_pipe2(uint64_t fds, uint64_t flags);
long sys_getdents64(uint64_t fd, uint64_t buffer, uint64_t count);
long sys_lseek(uint64_t fd, uint64_t offset, uint64_t whence);
long sys_read(uint64_t fd, uint64_t buffer, uint64_t count);
long sys_write(uint64_t fd, uint64_t buffer, uint64_t count);
long sys_readv(uint64_t fd, uint64_t segments, uint64_t nr);
long sys_writev(uint64_t fd, uint64_t segments, uint64_t nr);
long sys_pread64(uint64_t fd, uint64_t buffer, uint64_t count, uint64_t offset);
long sys_pwrite64(uint64_t fd, uint64_t buffer, uint64_t count, uint64_t offset);
long sys_preadv(uint64_t fd, uint64_t segments, uint64_t nr, uint64_t offset);
long sys_pwritev(uint64_t fd, uint64_t segments, uint64_t nr, uint64_t offset);
long sys_sendfile(uint64_t to, uint64_t from, uint64_t offset_at, uint64_t count);
long sys_pselect6(uint64_t nr, uint64_t readable, uint64_t writable, uint64_t exceptional,
                  uint64_t timeout, uint64_t mask_at);
long sys_ppoll(uint64_t fds, uint64_t nr, uint64_t timeout, uint64_t mask, uint64_t mask_bytes);
long sys_readlinkat(uint64_t dirfd, uint64_t path, uint64_t buffer, uint64_t size);
long sys_newfstatat(uint64_t dirfd, uint64_t path, uint64_t at, uint64_t flags);
long sys_fstat(uint64_t fd, uint64_t at);
long sys_sync(void);
long sys_fsync(uint64_t fd);
long sys_fadvise64(uint64_t fd, uint64_t offset, uint64_t bytes, uint64_t advice);
long sys_fdatasync(uint64_t fd);
long sys_utimensat(uint64_t dirfd, uint64_t path, uint64_t at, uint64_t flags);
long sys_personality(uint64_t persona);
long sys_exit(uint64_t code);
long sys_exit_group(uint64_t code);
long sys_waitid(uint64_t type, uint64_t id, uint64_t info, uint64_t options, uint64_t rusage);
long sys_set_tid_address(uint64_t at);
long sys_futex(uint64_t at, uint64_t operation, uint64_t value, uint64_t fourth, uint64_t other,
               uint64_t value3);
long sys_set_robust_list(uint64_t list, uint64_t bytes);
long sys_get_robust_list(uint64_t tid, uint64_t list, uint64_t bytes);
long sys_nanosleep(uint64_t request, uint64_t remainder);
long sys_getitimer(uint64_t which, uint64_t to);
long sys_setitimer(uint64_t which, uint64_t from, uint64_t to);
long sys_timer_create(uint64_t clock, uint64_t event_at, uint64_t id_at);
long sys_timer_gettime(uint64_t id, uint64_t to);
long sys_timer_getoverrun(uint64_t id);
long sys_timer_settime(uint64_t id, uint64_t flags, uint64_t from, uint64_t to);
long sys_timer_delete(uint64_t id);
long sys_clock_settime(uint64_t id, uint64_t from);
long sys_clock_gettime(uint64_t id, uint64_t at);
long sys_clock_getres(uint64_t id, uint64_t at);
long sys_clock_nanosleep(uint64_t id, uint64_t flags, uint64_t request, uint64_t remainder);
long sys_sched_setparam(uint64_t tid, uint64_t param);
long sys_sched_setscheduler(uint64_t tid, uint64_t policy, uint64_t param);
long sys_sched_getscheduler(uint64_t tid);
long sys_sched_getparam(uint64_t tid, uint64_t param);
long sys_sched_setaffinity(uint64_t tid, uint64_t bytes, uint64_t from);
long sys_sched_getaffinity(uint64_t tid, uint64_t bytes, uint64_t to);
long sys_sched_yield(void);
long sys_sched_get_priority_max(uint64_t policy);
long sys_sched_get_priority_min(uint64_t policy);
long sys_sched_rr_get_interval(uint64_t tid, uint64_t at);
long sys_restart_syscall(void);
long sys_kill(uint64_t pid, uint64_t signo);
long sys_tkill(uint64_t tid, uint64_t signo);
long sys_tgkill(uint64_t pid, uint64_t tid, uint64_t signo);
long sys_sigaltstack(uint64_t new_at, uint64_t old_at);
long sys_rt_sigsuspend(uint64_t set_at, uint64_t set_bytes);
long sys_rt_sigaction(uint64_t signo, uint64_t action_at, uint64_t old_at, uint64_t set_bytes);
long sys_rt_sigprocmask(uint64_t how, uint64_t set_at, uint64_t old_at, uint64_t set_bytes);
long sys_rt_sigpending(uint64_t set_at, uint64_t set_bytes);
long sys_rt_sigtimedwait(uint64_t set_at, uint64_t info_at, uint64_t timeout_at,
                         uint64_t set_bytes);
long sys_rt_sigqueueinfo(uint64_t pid, uint64_t signo, uint64_t info_at);
void sys_rt_sigreturn(void); // SYSCALL_ANEW
long sys_setpriority(uint64_t which, uint64_t who, uint64_t nice);
long sys_getpriority(uint64_t which, uint64_t who);
long sys_reboot(uint64_t magic1, uint64_t magic2, uint64_t command);
long sys_setregid(uint64_t real, uint64_t effective);
long sys_setgid(uint64_t id);
long sys_setreuid(uint64_t real, uint64_t effective);
long sys_setuid(uint64_t id);
long sys_setresuid(uint64_t real, uint64_t effective, uint64_t saved);
long sys_getresuid(uint64_t real, uint64_t effective, uint64_t saved);
long sys_setresgid(uint64_t real, uint64_t effective, uint64_t saved);
long sys_getresgid(uint64_t real, uint64_t effective, uint64_t saved);
long sys_times(uint64_t at);
long sys_setpgid(uint64_t pid, uint64_t pgid);
long sys_getpgid(uint64_t pid);
long sys_getsid(uint64_t pid);
long sys_setsid(void);
long sys_getgroups(uint64_t n, uint64_t to);
long sys_setgroups(uint64_t n, uint64_t from);
long sys_uname(uint64_t to);
long sys_getrlimit(uint64_t resource, uint64_t to);
long sys_setrlimit(uint64_t resource, uint64_t from);
long sys_getrusage(uint64_t who, uint64_t to);
long sys_umask(uint64_t mask);
long sys_prctl(uint64_t option, uint64_t argument);
long sys_getcpu(uint64_t cpu, uint64_t node);
long sys_gettimeofday(uint64_t at, uint64_t zone);
long sys_getpid(void);
long sys_getppid(void);
long sys_getuid(void);
long sys_geteuid(void);
long sys_getgid(void);
long sys_getegid(void);
long sys_gettid(void);
long sys_sysinfo(uint64_t to);
long sys_socket(uint64_t family, uint64_t type, uint64_t protocol);
long sys_socketpair(uint64_t family, uint64_t type, uint64_t protocol, uint64_t fds);
long sys_sendto(uint64_t fd, uint64_t buffer, uint64_t count, uint64_t flags);
long sys_recvfrom(uint64_t fd, uint64_t buffer, uint64_t count, uint64_t flags);
long sys_shutdown(uint64_t fd, uint64_t how);
long sys_brk(uint64_t end);
long sys_munmap(uint64_t at, uint64_t bytes);
long sys_mremap(uint64_t at, uint64_t bytes, uint64_t new_bytes, uint64_t flags, uint64_t new_at);
long sys_clone(uint64_t flags, uint64_t stack, uint64_t parent_tid, uint64_t tls,
               uint64_t child_tid);
long sys_execve(uint64_t path, uint64_t argv, uint64_t envp);
long sys_mmap(uint64_t at, uint64_t bytes, uint64_t prot, uint64_t flags, uint64_t fd,
              uint64_t offset);
long sys_mprotect(uint64_t at, uint64_t bytes, uint64_t prot);
long sys_msync(uint64_t at, uint64_t bytes, uint64_t flags);
long sys_mlock(uint64_t at, uint64_t bytes);
long sys_munlock(uint64_t at, uint64_t bytes);
long sys_mlockall(uint64_t flags);
long sys_munlockall(void);
long sys_mincore(uint64_t at, uint64_t bytes, uint64_t vector);
long sys_madvise(uint64_t at, uint64_t bytes, uint64_t advice);
long sys_rt_tgsigqueueinfo(uint64_t pid, uint64_t tid, uint64_t signo, uint64_t info_at);
long sys_riscv_flush_icache(uint64_t start, uint64_t end, uint64_t flags);
long sys_wait4(uint64_t pid, uint64_t status, uint64_t options, uint64_t rusage);
long sys_prlimit64(uint64_t pid, uint64_t resource, uint64_t from, uint64_t to);
long sys_sched_setattr(uint64_t tid, uint64_t from, uint64_t flags);
long sys_sched_getattr(uint64_t tid, uint64_t to, uint64_t size, uint64_t flags);
long sys_renameat2(uint64_t old_dirfd, uint64_t old_path, uint64_t dirfd, uint64_t path,
                   uint64_t flags);
long sys_getrandom(uint64_t to, uint64_t bytes, uint64_t flags);
long sys_mlock2(uint64_t at, uint64_t bytes, uint64_t flags);
long sys_statx(uint64_t dirfd, uint64_t path, uint64_t flags, uint64_t mask, uint64_t at);
long sys_spawn(uint64_t path);
long sys_task_info(uint64_t at);
long sys_close_range(uint64_t first, uint64_t last, uint64_t flags);
long sys_faccessat2(uint64_t dirfd, uint64_t path, uint64_t mode, uint64_t flags);
