// SPDX-License-Identifier: MIT
// tools/model/fiber.h - a second stack that a thread can run on, and go back and forth to.
//
// Every hart has one: QEMU's loop for that hart runs on it, and is left and entered again between
// two instructions, which costs some tens of nanoseconds; to return from that loop and call it anew
// costs twenty times that.
#pragma once

#include <setjmp.h>
#include <stddef.h>

struct fiber {
    jmp_buf at;  // where it goes on; it is not running
    void *stack; // NULL for the stack that the thread came with
    size_t size; // bytes of stack, the guard page included
};

// Make a fiber that will run main(argument), which must never return, when it is first switched to.
// Ends the process with a message if there is no memory.
void fiber_make(struct fiber *fiber, void (*main)(void *argument), void *argument);

// Leave off in `from`, which is what runs now, and go on in `to`. Returns when somebody switches
// back to `from`. Only between fibers of one thread.
void fiber_switch(struct fiber *from, struct fiber *to);
