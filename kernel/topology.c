// SPDX-License-Identifier: MIT
// kernel/topology.c - which run queue a thread waits in.
//
// With `perhart`, as for restricted threads with `global`: the hart that the thread ran on last if
// that idles; else one that idles; else the last one again; else the one with the fewest waiting.
// A new thread has not run anywhere, so its last choice is the fewest waiting. With `steal` the
// thread stays, a new one with its creator, and whoever idles comes for it.
#include "kernel/topology.h"

#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "kernel/base/string.h"
#include "kernel/console.h"
#include "kernel/kick.h"
#include "kernel/processor.h"
#include "kernel/runq.h"

struct topology topology;

// One boot option with few values.
struct option {
    const char *key;
    const char *value;
    const char *const *names;
    unsigned count;
};

// Returns: the place of its value among the names; -EINVAL, reported.
static int find_value(const struct option *option)
{
    for (unsigned i = 0; i < option->count; i++) {
        if (strcmp(option->value, option->names[i]) == 0) {
            return (int)i;
        }
    }
    printk("bootargs: %s=%s is not one of:", option->key, option->value);
    for (unsigned i = 0; i < option->count; i++) {
        printk(" %s", option->names[i]);
    }
    printk("\n");
    return -EINVAL;
}

static int read_options(const struct bootargs *args)
{
    static const char *const queues[] = {"global", "perhart", "steal"};
    static const char *const victims[] = {"longest", "random"};
    static const char *const takes[] = {"one", "half"};
    int queue = find_value(&(struct option){"queues", args->queues, queues, ARRAY_SIZE(queues)});
    int victim = find_value(&(struct option){"victim", args->victim, victims, ARRAY_SIZE(victims)});
    int take = find_value(&(struct option){"take", args->take, takes, ARRAY_SIZE(takes)});

    if (queue < 0 || victim < 0 || take < 0) {
        return -EINVAL;
    }
    topology = (struct topology){(enum queues)queue, victim == 1, take == 1};
    return 0;
}

int topology_init(const struct bootargs *args)
{
    if (read_options(args) != 0) {
        return -EINVAL;
    }
    for (unsigned cpu = 0; cpu < harts_present(); cpu++) {
        struct processor *p = processor_of(cpu);

        spin_init(&p->own.lock, "run queue", RANK_RUNQ);
        p->rq = topology.queues == QUEUES_GLOBAL ? &runq_shared : &p->own;
        random_seed(&p->random, args->seed + cpu);
    }
    return 0;
}

static unsigned fewest_waiting(uint64_t harts)
{
    unsigned best = bit_lowest(harts);

    for (harts &= harts - 1; harts != 0; harts &= harts - 1) {
        unsigned cpu = bit_lowest(harts);

        if (processor_of(cpu)->own.queue.waiting < processor_of(best)->own.queue.waiting) {
            best = cpu;
        }
    }
    return best;
}

// Is this hart the one of `cpu`, and only an interrupt keeps it from idling?
static bool idles_here(unsigned cpu)
{
    struct processor *p = this_processor();

    return p->hart.cpu == cpu && p->current == p->idle;
}

// The hart for `t`, which may not stay with the one it ran on last, or need not: some idle.
static NOINLINE unsigned choose_hart(const struct thread *t, uint64_t idle)
{
    uint64_t allowed = t->affinity & harts_online_mask(); // not empty, or it would be refused
    unsigned last = t->state.cpu;
    bool may_stay = (allowed & bit(last)) != 0;

    if (may_stay && idles_here(last)) {
        return last;
    }
    if ((idle & allowed) != 0) {
        return bit_lowest(idle & allowed);
    }
    bool is_new = t->switches == 0 && topology.queues != QUEUES_STEAL;
    return may_stay && !is_new ? last : fewest_waiting(allowed);
}

struct runq *topology_place(struct thread *t)
{
    t->restricted = runq_restricts(t->affinity);
    if (!t->restricted && topology.queues == QUEUES_GLOBAL) {
        return &runq_shared;
    }
    uint64_t idle = topology.queues == QUEUES_STEAL ? 0 : kick_idle_mask() & t->affinity;
    bool stays = t->switches != 0 && topology_may_stay(t, idle);

    if (!stays || !(t->affinity & bit(t->state.cpu))) {
        t->state.cpu = choose_hart(t, idle);
    }
    return processor_of(t->state.cpu)->rq;
}
