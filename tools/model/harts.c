// SPDX-License-Identifier: MIT
// tools/model/harts.c - keeps the harts and lets the one with the least clock go on.
#include "tools/model/harts.h"

#include <stddef.h>

#include "tools/model/clock.h"
#include "tools/model/turns.h"

enum {
    // Cycles of a turn at most, so that QEMU's memory reclamation (RCU) gets on.
    TURN_CYCLES = 1 << 20,
    // While exploring: how much longer a turn may be, as much as two misses, so that of two harts
    // either may come first even if it has to wait for a line; how long a hart may be kept waiting.
    EXPLORE_JITTER = 160,
    EXPLORE_STALL = 4000,
};

struct hart *harts_running;
uint64_t harts_turn_end;

static struct hart harts[TURNS_HARTS_MAX];
static struct turns turns;
static bool running_timers;

void harts_init(unsigned count, uint64_t quantum, uint64_t seed, bool exploring)
{
    turns_init(&turns, count, quantum, seed);
    if (exploring) {
        turns.jitter = EXPLORE_JITTER;
        turns.stall = EXPLORE_STALL;
    }
    for (unsigned i = 0; i < count; i++) {
        harts[i].number = i;
    }
}

unsigned harts_count(void)
{
    return turns.harts;
}

struct hart *harts_get(unsigned number)
{
    return &harts[number];
}

struct hart *harts_of_cpu(const void *cpu)
{
    for (unsigned i = 0; i < turns.harts; i++) {
        if (harts[i].cpu == cpu) {
            return &harts[i];
        }
    }
    return NULL;
}

static void set_due(struct hart *hart)
{
    turns.due[hart->number] = hart->asleep || hart->held ? TURNS_NEVER : hart->clock;
}

void harts_sleep(struct hart *hart)
{
    hart->asleep = true;
    set_due(hart);
}

void harts_go_on(struct hart *hart)
{
    hart->asleep = false;
    set_due(hart);
}

void harts_hold(struct hart *hart, bool held)
{
    if (held != hart->held) {
        hart->held = held;
        set_due(hart);
    }
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

void harts_wake(struct hart *hart, uint64_t now)
{
    if (hart->clock < now) {
        hart->clock = now;
    }
    harts_go_on(hart);
    harts_turn_end = least(harts_turn_end, hart->clock + turns.quantum);
}

bool harts_all_sleep(void)
{
    return turns_next(&turns) == TURNS_NOBODY && clock_deadline() == CLOCK_NEVER;
}

bool harts_is_running_timers(void)
{
    return running_timers;
}

static void run_timers(void)
{
    running_timers = true;
    clock_run_timers();
    running_timers = false;
}

// While exploring: is the hart kept waiting, although it would be next?
static bool is_stalled(struct hart *hart)
{
    uint64_t stall = turns_stall(&turns);

    if (stall == 0) {
        return false;
    }
    hart->clock += stall;
    set_due(hart);
    return true;
}

struct hart *harts_choose(void)
{
    for (;;) {
        int next = turns_next(&turns);
        uint64_t at = next == TURNS_NOBODY ? TURNS_NEVER : turns.due[next];

        if (clock_deadline() <= at && clock_deadline() != CLOCK_NEVER) {
            run_timers();
        } else if (next == TURNS_NOBODY) {
            return NULL;
        } else if (!is_stalled(&harts[next])) {
            clock_publish(at);
            return &harts[next];
        }
    }
}

uint64_t harts_begin_turn(struct hart *hart)
{
    uint64_t end = least(turns_end(&turns, (int)hart->number), hart->clock + TURN_CYCLES);

    harts_turn_end = least(end, clock_deadline());
    harts_running = hart;
    return end > hart->clock ? end - hart->clock : 0;
}

bool harts_chance(unsigned percent)
{
    return turns_chance(&turns, percent);
}
