// SPDX-License-Identifier: MIT
// user/fuzz/values.h - arguments of system calls: valid, nearly valid, or anything.
#pragma once

#include <stdint.h>

// Numbers that look random, from what they depend on; all zero is a valid state.
struct random {
    uint64_t state;
};
uint64_t random_next(struct random *random);
uint64_t random_below(struct random *random, uint64_t limit);

// Make the arena that valid pointers lead into, and the open files. Ends the process if it cannot.
void values_prepare(void);

// An argument, by its letter:
//   a address of pages   b pointer to data      c small number    d file descriptor
//   D one to close       f flags                F flags of wait   i number
//   k process            l length               m mode            M flags of mmap
//   n name of its own    o request of ioctl     O futex operation p path
//   P pollfds            q path to open         r protection      s signal
//   S size of a signal set
//   t folder             T time                 u futex word      v iovecs
//   x program            z 0 or 1               C flags of clone
//   g command of fcntl
uint64_t value_of(struct random *random, char letter);
