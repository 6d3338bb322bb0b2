// SPDX-License-Identifier: MIT
// kernel/test/plant.c - `plant KIND`: a race on purpose, for TIMING=explore to find.
//
// Ends with 1 if the bug showed, and with 0 if it did not. docs/debugging.md has the tutorial.
#include "kernel/test/plant.h"

#include <stdatomic.h>

#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "kernel/base/random.h"
#include "kernel/base/string.h"
#include "kernel/bootargs.h"
#include "kernel/command.h"
#include "kernel/console.h"
#include "kernel/processor.h"
#include "kernel/riscv/relax.h"
#include "kernel/thread.h"

enum { ROUNDS = 16, THINK_MOST = 2000, STATUS_CANNOT = 2 };

static const struct plant *const plants[] = {
    &plant_lost_update,
    &plant_abba,
    &plant_missed_wakeup,
    &plant_double_free,
};

static const struct plant *plant; // constant while it is played, as the next
static bool fixed;
static bool found;           // written by hart 0 between two meetings
static atomic_uint arrivals; // at meetings; release, pairs with the acquire in meet()

// Wait until all have called this `times` times. Returns: whether they have; else the caller was
// killed, since not all could be started.
static bool meet(unsigned times)
{
    atomic_fetch_add_explicit(&arrivals, 1, memory_order_release);
    while (atomic_load_explicit(&arrivals, memory_order_acquire) < times * PLANT_HARTS) {
        if (thread_killed()) {
            return false;
        }
        cpu_relax();
    }
    return true;
}

// A while that differs by hart, round and seed, so that turns seldom coincide.
static void think(struct random *random)
{
    for (uint64_t turns = random_below(random, THINK_MOST); turns > 0; turns--) {
        compiler_barrier();
    }
}

// Come together before a round. One looks at the round before, and makes the next ready.
// Returns: whether there is a next one.
static bool begin_round(unsigned who, unsigned round)
{
    if (!meet(2 * round + 1)) {
        return false;
    }
    if (who == 0) {
        found = round != 0 && plant->showed();
        plant->prepare();
    }
    return meet(2 * round + 2) && !found && round < ROUNDS;
}

static int play(void *player)
{
    unsigned who = (unsigned)(uintptr_t)player;
    struct random random;

    random_seed(&random, bootargs.seed + who);
    for (unsigned round = 0; begin_round(who, round); round++) {
        think(&random);
        plant->turn(who, fixed);
    }
    return 0;
}

// Play to the end, each player on a hart of its own. Returns: 0 or -errno.
static int play_all(void)
{
    uint64_t harts = harts_online_mask();
    tid_t tids[PLANT_HARTS];
    int started = 0;
    int err = 0;

    for (; started < PLANT_HARTS && err == 0; harts &= harts - 1) {
        struct thread_attr attr = {.name = "player", .affinity = bit(bit_lowest(harts))};
        int tid = thread_spawn(&attr, play, (void *)(uintptr_t)started);

        if (tid > 0) {
            tids[started++] = tid;
        } else {
            err = tid;
        }
    }
    for (int i = 0; i < started; i++) {
        if (err != 0) {
            (void)thread_kill(tids[i], 0);
        }
        (void)thread_join(tids[i], NULL);
    }
    return err;
}

static int plant_one(const struct plant *chosen, bool without_bug)
{
    if (harts_online() < PLANT_HARTS) {
        printk("plant: this takes more than one hart\n");
        return STATUS_CANNOT;
    }
    plant = chosen;
    fixed = without_bug;
    found = false;
    atomic_store_explicit(&arrivals, 0, memory_order_relaxed);
    int err = play_all();
    if (err == 0) {
        printk("plant %s%s: the bug %s\n", plant->name, fixed ? " fixed" : "",
               found ? "showed" : "did not show");
    }
    return err != 0 ? err : found;
}

static int plant_run(int argc, char **argv)
{
    bool without_bug = argc == 3 && strcmp(argv[2], "fixed") == 0;

    for (unsigned i = 0; argc == 2 + without_bug && i < ARRAY_SIZE(plants); i++) {
        if (strcmp(argv[1], plants[i]->name) == 0) {
            return plant_one(plants[i], without_bug);
        }
    }
    return -EINVAL;
}
COMMAND(plant, "plant", "lost-update|abba|missed-wakeup|double-free [fixed]",
        "a race that some interleavings show, TIMING=explore finds them; fixed: its correct twin",
        plant_run);
