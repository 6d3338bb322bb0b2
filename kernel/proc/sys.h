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
long sys_fdatasync(uint64_t fd);
long sys_utimensat(uint64_t dirfd, uint64_t path, uint64_t at, uint64_t flags);
long sys_exit(uint64_t code);
long sys_exit_group(uint64_t code);
long sys_waitid(uint64_t type, uint64_t id, uint64_t info, uint64_t options, uint64_t rusage);
long sys_set_tid_address(uint64_t at);
long sys_umask(uint64_t mask);
long sys_getpid(void);
long sys_getppid(void);
long sys_gettid(void);
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
long sys_wait4(uint64_t pid, uint64_t status, uint64_t options, uint64_t rusage);
long sys_renameat2(uint64_t old_dirfd, uint64_t old_path, uint64_t dirfd, uint64_t path,
                   uint64_t flags);
long sys_mlock2(uint64_t at, uint64_t bytes, uint64_t flags);
long sys_statx(uint64_t dirfd, uint64_t path, uint64_t flags, uint64_t mask, uint64_t at);
long sys_close_range(uint64_t first, uint64_t last, uint64_t flags);
long sys_faccessat2(uint64_t dirfd, uint64_t path, uint64_t mode, uint64_t flags);
