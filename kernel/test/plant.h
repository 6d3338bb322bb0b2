// SPDX-License-Identifier: MIT
// kernel/test/plant.h - races on purpose, for TIMING=explore to find: what each one is made of.
//
// A plant is played in rounds. In each, every hart that takes part has one turn, after thinking for
// a while that differs from hart to hart and from round to round, so that they seldom meet where it
// matters: the window is a few instructions, and the interleaving decides. Between two rounds one
// hart looks whether the bug has shown, by what cannot be so otherwise, never by how long something
// took. Each has a twin without the bug, the control.
#pragma once

#include "kernel/base/types.h"

enum {
    PLANT_HARTS = 2,
    PLANT_PATIENCE_NS = 1000000, // for what should happen within a round
};

struct plant {
    const char *name;
    // Make ready for a round. Context: the other harts wait.
    void (*prepare)(void);
    // The turn of `who`, 0..PLANT_HARTS-1; `fixed`: without the bug. Context: thread, on a hart of
    // its own; may sleep.
    void (*turn)(unsigned who, bool fixed);
    // Did the bug show in the last round? Prints what happened if so. Context: the others wait.
    bool (*showed)(void);
};

extern const struct plant plant_lost_update;
extern const struct plant plant_abba;
extern const struct plant plant_missed_wakeup;
extern const struct plant plant_double_free;
