// SPDX-License-Identifier: MIT
// user/bench/hackbench/task.h - the tasks of hackbench: processes or threads.
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

struct hackbench {
    unsigned groups;
    unsigned pairs; // of a sender and a receiver, in a group
    unsigned loops; // messages from each sender to each receiver
    unsigned message_bytes;
    bool pipes;   // not sockets
    bool threads; // not processes
    bool fifo;    // SCHED_FIFO
    // Made by hackbench_start():
    int ready[2]; // each task writes a byte when it is there
    int go[2];    // becomes readable when all may start
    union {
        pid_t pid;
        pthread_t thread;
    } *tasks;
    unsigned started;
};

// Start all tasks and wait until each is there. Ends the program if that fails.
void hackbench_start(struct hackbench *run);

// Let them begin.
void hackbench_go(struct hackbench *run);

// Wait for all of them. Returns: whether each did what it should.
bool hackbench_finish(struct hackbench *run);
