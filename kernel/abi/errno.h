// SPDX-License-Identifier: MIT
// kernel/abi/errno.h - error numbers, as Linux numbers them for riscv64; functions return them
// negated.
//
// The numbers are shared with user space and never change. On the host they agree with libc's, so
// both headers may be included in one file.
// Source: POSIX.1-2017 <errno.h> for the names, Linux's generic list for the numbers.
#pragma once

#define EPERM           1
#define ENOENT          2
#define ESRCH           3
#define EINTR           4
#define EIO             5
#define ENXIO           6
#define E2BIG           7
#define ENOEXEC         8
#define EBADF           9
#define ECHILD          10
#define EAGAIN          11
#define ENOMEM          12
#define EACCES          13
#define EFAULT          14
#define EBUSY           16
#define EEXIST          17
#define EXDEV           18
#define ENODEV          19
#define ENOTDIR         20
#define EISDIR          21
#define EINVAL          22
#define ENFILE          23
#define EMFILE          24
#define ENOTTY          25
#define ETXTBSY         26
#define EFBIG           27
#define ENOSPC          28
#define ESPIPE          29
#define EROFS           30
#define EMLINK          31
#define EPIPE           32
#define EDOM            33
#define ERANGE          34
#define EDEADLK         35
#define ENOLCK          37
#define ENAMETOOLONG    36
#define ENOSYS          38
#define ENOTEMPTY       39
#define ELOOP           40
#define EOVERFLOW       75
#define ENOTSOCK        88
#define ELIBBAD         80
#define EPROTONOSUPPORT 93
#define ESOCKTNOSUPPORT 94
#define EOPNOTSUPP      95
#define EAFNOSUPPORT    97
#define EADDRINUSE      98
#define ETIMEDOUT       110
#define EALREADY        114
#define EINPROGRESS     115
#define ECANCELED       125
#define EOWNERDEAD      130
#define ENOTRECOVERABLE 131

#define ENOTSUP     EOPNOTSUPP // one number under two names, as in libc
#define EWOULDBLOCK EAGAIN

// Never seen by a program: how a call that a signal interrupted goes on, which the signal's action
// decides. Linux's numbers.
#define ERESTARTSYS           512 // again, unless a handler without SA_RESTART ran: then EINTR
#define ERESTARTNOINTR        513 // again in any case
#define ERESTARTNOHAND        514 // again, unless a handler ran
#define ERESTART_RESTARTBLOCK 516 // by restart_syscall(), unless a handler ran
