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
#define ENODEV          19
#define EINVAL          22
#define ENFILE          23
#define ENOTTY          25
#define ENOSPC          28
#define EPIPE           32
#define EDOM            33
#define ERANGE          34
#define EDEADLK         35
#define ENAMETOOLONG    36
#define ENOSYS          38
#define EOVERFLOW       75
#define EOPNOTSUPP      95
#define EADDRINUSE      98
#define ETIMEDOUT       110
#define EALREADY        114
#define EINPROGRESS     115
#define ECANCELED       125
#define EOWNERDEAD      130
#define ENOTRECOVERABLE 131

#define ENOTSUP     EOPNOTSUPP // one number under two names, as in libc
#define EWOULDBLOCK EAGAIN
