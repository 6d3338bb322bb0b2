// SPDX-License-Identifier: MIT
// tools/model/harts.h - the modelled harts, and which of them goes on: the one with the least
// clock.
//
// Context of all functions: the harts' thread.
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

// The hart that runs now, NULL between bursts, and the clock at which it has to ask again.
extern struct hart *harts_running;
extern uint64_t harts_turn_end;

// So many harts, all asleep, whose turns take `quantum` cycles longer than until the next hart's.
// While exploring, turns are jittered and harts kept waiting, by the seed.
void harts_init(unsigned count, uint64_t quantum, uint64_t seed, bool exploring);

unsigned harts_count(void);

// The hart numbered `number`.
struct hart *harts_get(unsigned number);

// The hart that is QEMU's `cpu`; NULL if none is.
struct hart *harts_of_cpu(const void *cpu);

// From now on the hart waits for an interrupt; does not wait for one; is held, or no longer held,
// by a debugger, and keeps its clock.
void harts_sleep(struct hart *hart);
void harts_go_on(struct hart *hart);
void harts_hold(struct hart *hart, bool held);

// An interrupt at `now` wakes a hart that sleeps. It goes on no earlier than whoever woke it has
// got to, and the turn of the one that runs ends in time for it.
void harts_wake(struct hart *hart, uint64_t now);

// Does nobody go on, ever, and is no timer set that could wake somebody?
bool harts_all_sleep(void);

// Who goes on, NULL if nobody can. Timers that are due before then have run.
struct hart *harts_choose(void);

// Is it harts_choose() that runs timers now? Then interrupts come from them.
bool harts_is_running_timers(void);

// Begin the turn of `hart`, which is the next. Returns: the cycles that it has, none if the hart is
// to ask again at its first block.
uint64_t harts_begin_turn(struct hart *hart);

// True in `percent` of 100 calls, at random.
bool harts_chance(unsigned percent);
