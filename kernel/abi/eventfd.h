// SPDX-License-Identifier: MIT
// kernel/abi/eventfd.h - flags of eventfd2(). Source: eventfd(2).
#pragma once

#define EFD_SEMAPHORE 1
#define EFD_NONBLOCK  04000
#define EFD_CLOEXEC   02000000
