// SPDX-License-Identifier: MIT
// user/fuzz/inject_work.h - what `inject` lets allocations fail in: some of everything.
#pragma once

// What became of it: exit statuses.
enum {
    WORK_DONE = 0,
    WORK_WRONG = 1,    // a result that no want of memory explains; a message was printed
    WORK_REFUSED = 12, // a call said ENOMEM or EAGAIN, or a process of it was killed
};

// Where it makes a file, which stays behind if it is killed.
#define WORK_FILE "/tmp/inject"

// Fork, exec, map, start threads, use files and pipes; after a refusal, go on with the next.
// Returns: a status.
int work(void);
