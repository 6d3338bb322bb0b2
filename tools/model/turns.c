// SPDX-License-Identifier: MIT
// tools/model/turns.c - picks the least clock.
#include "tools/model/turns.h"

void turns_init(struct turns *turns, unsigned harts, uint64_t quantum, uint64_t seed)
{
    // The constants are those of splitmix64, so that seeds that follow each other look unlike.
    uint64_t mixed = (seed + 1) * 0x9e3779b97f4a7c15;

    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    *turns = (struct turns){.harts = harts, .quantum = quantum, .random = mixed | 1};
    for (unsigned i = 0; i < TURNS_HARTS_MAX; i++) {
        turns->due[i] = TURNS_NEVER;
    }
}

int turns_next(const struct turns *turns)
{
    uint64_t least = TURNS_NEVER;
    int who = TURNS_NOBODY;

    for (unsigned i = 0; i < turns->harts; i++) {
        if (turns->due[i] < least) {
            least = turns->due[i];
            who = (int)i;
        }
    }
    return who;
}

// xorshift64*. Source: Vigna, "An experimental exploration of Marsaglia's xorshift generators,
// scrambled", ACM TOMS 42(4), 2016.
static uint64_t random_below(struct turns *turns, uint64_t limit)
{
    turns->random ^= turns->random >> 12;
    turns->random ^= turns->random << 25;
    turns->random ^= turns->random >> 27;
    return (turns->random * 0x2545f4914f6cdd1d >> 32) % limit;
}

uint64_t turns_end(struct turns *turns, int who)
{
    uint64_t second = TURNS_NEVER;

    for (unsigned i = 0; i < turns->harts; i++) {
        if ((int)i != who && turns->due[i] < second) {
            second = turns->due[i];
        }
    }
    if (second == TURNS_NEVER) {
        return TURNS_NEVER;
    }
    uint64_t extra = turns->jitter > 0 ? random_below(turns, turns->jitter + 1) : 0;

    return second + turns->quantum + extra;
}

bool turns_chance(struct turns *turns, unsigned percent)
{
    return percent > 0 && random_below(turns, 100) < percent;
}

uint64_t turns_stall(struct turns *turns)
{
    if (turns->stall == 0 || random_below(turns, TURNS_STALL_ONE_IN) != 0) {
        return 0;
    }
    return random_below(turns, turns->stall + 1);
}
