// SPDX-License-Identifier: MIT
// tools/model/engine.h - runs the harts in the order of their clocks, all in one thread of QEMU.
//
// QEMU's loop in that thread runs one hart after the other, each until something happens. The
// engine takes its place: when that loop starts a hart's first block, the engine leaves it, and
// asks to be called between two harts; there it runs a *burst*. In a burst each hart runs QEMU's
// inner loop, cpu_exec(), on a fiber of its own. At the start of each block, when the hart's turn
// is over, the engine goes over to the fiber of the hart with the least clock. A burst ends when
// anybody in QEMU wants something of the harts, or all sleep. Then every hart leaves its inner
// loop, before the block that it had not begun, as if it had never been there. So when bursts end,
// which only the host decides, changes nothing for the guest.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tools/model/fiber.h"

struct hart {
    uint64_t clock;        // cycles
    uint64_t instructions; // begun
    uint64_t served;       // clock at which its last miss ended; 0 when it has been looked at
    uint64_t tlb_flushes;
    uint64_t satp_changes;
    uint64_t sum_changes;
    unsigned number;
    void *cpu; // QEMU's
    struct fiber fiber;
    bool inside; // in cpu_exec(): its fiber is to be left before QEMU's loop goes on
    bool posted; // an interrupt was raised since it last looked
    bool asleep; // waits for an interrupt
    bool held;   // a debugger holds it
};

struct engine_options {
    unsigned harts;
    bool exploring;
    uint64_t quantum;  // cycles
    unsigned overtake; // struct machine's
    uint64_t seed;
    uint64_t limit;  // cycles after which QEMU is ended; UINT64_MAX is never
    bool end_asleep; // end QEMU when all sleep and no timer is set: nothing can happen any more
};

// Exit statuses of QEMU when the engine ends it.
enum { ENGINE_LIMIT_STATUS = 96, ENGINE_ASLEEP_STATUS = 97 };

// The hart that runs now, NULL between bursts, and the clock at which it has to ask again.
extern struct hart *engine_running;
extern uint64_t engine_turn_end;

// Context: the thread that loads the plugin.
void engine_load(void);

// Hook QEMU. Returns whether that was possible. Context: before the first hart runs; the harts'
// thread or that which loads.
bool engine_start(const struct engine_options *options);

// The hart numbered `number`.
struct hart *engine_hart(unsigned number);

// Turns taken so far, for figures about the model itself.
uint64_t engine_turns(void);

// Between bursts a block may not run: leave it, and have a burst begin. No return.
_Noreturn void engine_enter(uintptr_t from);

// The turn of the hart that runs is over: go on when it is its turn again, or leave the block.
// `from` is the return address into the block.
void engine_turn_over(uintptr_t from);

// The hart that runs did something that may have set a timer or called another hart.
void engine_reconsider(void);

// To be called first in each block of `instructions`.
static inline void engine_block(uint64_t instructions, uintptr_t from)
{
    if (__builtin_expect(engine_running == NULL, 0)) {
        engine_enter(from);
    }
    if (__builtin_expect(engine_running->clock >= engine_turn_end, 0)) {
        engine_turn_over(from);
    }
    engine_running->clock += instructions;
    engine_running->instructions += instructions;
}
