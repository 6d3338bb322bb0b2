// SPDX-License-Identifier: MIT
// kernel/abi/poll.h - poll() and select(). Source: poll(2), select(2), Linux's generic numbers.
#pragma once

#include <stdint.h>

#define POLLIN     0x0001
#define POLLPRI    0x0002
#define POLLOUT    0x0004
#define POLLERR    0x0008
#define POLLHUP    0x0010
#define POLLNVAL   0x0020
#define POLLRDNORM 0x0040
#define POLLRDBAND 0x0080
#define POLLWRNORM 0x0100
#define POLLWRBAND 0x0200
#define POLLRDHUP  0x2000

struct kpollfd {
    int32_t fd;
    int16_t events;
    int16_t revents;
};
