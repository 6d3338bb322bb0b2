// SPDX-License-Identifier: MIT
// tools/model/engine.h - what goes on in a burst: harts take turns, each on a fiber of its own.
//
// Each hart runs QEMU's inner loop, cpu_exec(), on its fiber. At the start of each block, when the
// hart's turn is over, the engine goes over to the fiber of the hart with the least clock. When the
// burst ends, every hart leaves its inner loop, before the block that it had not begun, as if it
// had never been there. So when bursts end, which only the host decides, changes nothing for the
// guest.
//
// Context: the harts' thread, where nothing else is said.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tools/model/harts.h"

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
enum { ENGINE_LIMIT_STATUS = 96, ENGINE_ASLEEP_STATUS = 97, ENGINE_STALE_STATUS = 98 };

// Context: the thread that loads the plugin.
void engine_init(const struct engine_options *options);

// Make the harts' fibers. Context: QEMU has made its harts; before the first burst.
void engine_adopt_harts(void);

// Run a burst. Returns the hart that has hit a breakpoint, NULL if none has. Context: BQL not held.
struct hart *engine_run_burst(void);

// End QEMU, having said why on stderr. Context: in a burst.
_Noreturn void engine_end(int status, const char *why);

// Is there a burst now?
bool engine_in_burst(void);

// Have the burst end soon, now or, if there is none, the next; and: that has been seen to.
// Context: any thread.
void engine_interrupt(void);
void engine_interrupt_seen(void);

// An interrupt has been raised at a hart, by a timer or by the hart that runs.
void engine_post(struct hart *hart);

// The turn of the hart that runs is over: go on when it is its turn again, or leave the block.
// `from` is the return address into the block.
void engine_turn_over(uintptr_t from);

// The hart that runs did something that may have set a timer or called another hart.
void engine_reconsider(void);

// To be called first in each block of `instructions`, in a burst.
static inline void engine_block(uint64_t instructions, uintptr_t from)
{
    if (__builtin_expect(harts_running->clock >= harts_turn_end, 0)) {
        engine_turn_over(from);
    }
    harts_running->clock += instructions;
    harts_running->instructions += instructions;
}
