// SPDX-License-Identifier: MIT
// tests/host/coherence_speed.c - how long the coherence model takes for an access; no test.
//
// `make coherence-speed`. The figures are host nanoseconds, the least of several rounds: another
// program on the same core only ever adds to one.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/host/coherence_machine.h"
#include "tools/model/coherence.h"

#define RAM_BASE 0x80000000u
#define ACCESSES 2000000
#define ROUNDS   9

struct pattern {
    const char *name;
    unsigned harts;  // they take turns
    uint32_t lines;  // that are accessed in turn
    uint32_t step;   // from one line to the next
    unsigned stores; // one access in so many is a store; 0: none
};

static const struct pattern patterns[] = {
    {"hit, the line used last", 1, 1, 1, 4},
    {"hit, another line of the set", 1, 512, 1, 4},
    {"hit, two lines of one set in turn", 1, 2, 64, 4},
    {"miss, more lines than fit", 1, 4096, 1, 4},
    {"transfer, 2 harts store in turn", 2, 1, 1, 1},
    {"transfer, 16 harts store in turn", 16, 1, 1, 1},
    {"transfer, 15 harts load what 1 stores", 16, 1, 1, 16},
};

static double now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void make_accesses(struct coherence *c, const struct pattern *p, uint64_t *clocks)
{
    uint32_t line = 0, hart = 0, until_store = p->stores;

    for (unsigned i = 0; i < ACCESSES; i++) {
        uint64_t pa = RAM_BASE + (uint64_t)line * p->step * LINE_BYTES;

        if (--until_store == 0) {
            clocks[hart] = coherence_access(c, hart, pa, ACCESS_STORE, clocks[hart] + 1, 0);
            until_store = p->stores;
        } else {
            clocks[hart] = coherence_access(c, hart, pa, ACCESS_LOAD, clocks[hart] + 1, 0);
        }
        line = line + 1 == p->lines ? 0 : line + 1;
        hart = hart + 1 == p->harts ? 0 : hart + 1;
    }
}

static void measure(const struct machine *machine, const struct pattern *p)
{
    struct coherence *c = coherence_new(machine, p->harts, RAM_BASE, (uint64_t)64 << 20, 1);
    uint64_t clocks[MACHINE_MAX_HARTS] = {0};
    double least = 1e18;

    if (c == NULL) {
        exit(1);
    }
    for (unsigned round = 0; round < ROUNDS; round++) {
        double begin = now_ns();

        make_accesses(c, p, clocks);
        double taken = now_ns() - begin;

        least = taken < least ? taken : least;
    }
    printf("%-40s %5.1f ns\n", p->name, least / ACCESSES);
    coherence_free(c);
}

int main(void)
{
    struct machine machine;

    if (!machine_from(&machine, FLAT_FIGURES) || !machine_set(&machine, "jitter", "20")) {
        return 1;
    }
    for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
        measure(&machine, &patterns[i]);
    }
    return 0;
}
