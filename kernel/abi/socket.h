// SPDX-License-Identifier: MIT
// kernel/abi/socket.h - the part of sockets that there is. Source: socketpair(2).
#pragma once

#define AF_UNIX       1
#define AF_INET       2
#define AF_INET6      10
#define SOCK_STREAM   1
#define SOCK_TYPE     0xf
#define SOCK_NONBLOCK 04000
#define SOCK_CLOEXEC  02000000
#define SHUT_RD       0
#define SHUT_WR       1
#define SHUT_RDWR     2
#define MSG_NOSIGNAL  0x4000
#define MSG_DONTWAIT  0x40
