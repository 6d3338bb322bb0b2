// SPDX-License-Identifier: MIT
// tools/model/turns.h - whose turn it is: the hart with the least clock, and until when.
//
// Knows neither QEMU nor what a hart does. A hart that sleeps is due at TURNS_NEVER. A turn ends
// when the hart's clock passes that of the next hart by `quantum`: long enough to be cheap, and
// short enough that no hart sees another's line long before or after it could have.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define TURNS_NEVER UINT64_MAX

enum { TURNS_HARTS_MAX = 64, TURNS_NOBODY = -1 };

struct turns {
    uint64_t due[TURNS_HARTS_MAX]; // clock at which each goes on
    unsigned harts;
    uint64_t quantum; // cycles
    uint64_t jitter;  // cycles, at most, that a turn is longer
    uint64_t stall;   // cycles, at most, by which one turn in TURNS_STALL_ONE_IN begins later
    uint64_t random;  // state of the generator; never 0
};

// Turns between two stalls, on average. A power of two.
enum { TURNS_STALL_ONE_IN = 64 };

// All asleep; `quantum` is set, the others are 0. The seed may be anything.
void turns_init(struct turns *turns, unsigned harts, uint64_t quantum, uint64_t seed);

// Who is due first; of several the one with the lowest number. TURNS_NOBODY if all sleep.
int turns_next(const struct turns *turns);

// Until when the turn of `who` lasts, who is due and first: a clock, TURNS_NEVER if it is alone.
uint64_t turns_end(struct turns *turns, int who);

// True in `percent` of 100 calls, at random.
bool turns_chance(struct turns *turns, unsigned percent);

// By how much the turn that comes next begins later: 0 but for exploring.
uint64_t turns_stall(struct turns *turns);
