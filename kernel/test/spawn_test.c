// SPDX-License-Identifier: MIT
// kernel/test/spawn_test.c - threads on every hart: their stacks, their numbers, their count.
#include "kernel/ktest_support.h"
#include "kernel/processor.h"
#include "mm/kmap.h"
#include "mm/kstack.h"
#include "mm/memory.h"
#include "sync/block/semaphore.h"

static bool mapped(uint64_t va)
{
    struct pt_leaf leaf;

    return pt_lookup(kernel_root, va, &leaf) == 0;
}

// Is the caller on a stack of its own, all of it there, with nothing below?
static int check_stack(void *unused)
{
    uint64_t sp = (uint64_t)__builtin_frame_address(0);
    uint64_t limit = current()->stack_limit;
    uint64_t top = (uint64_t)current()->stack_top;

    (void)unused;
    KT_CHECK(sp > limit && sp <= top);
    KT_CHECK(top - limit == KSTACK_SIZE);
    KT_CHECK(mapped(limit) && mapped(top - 1));
    KT_CHECK(!mapped(limit - 1) && kstack_is_guard(limit - 1));
    return (int)test_cpu();
}

KTEST(d26_guarded_stack, "D-26: below the stack of every thread, idle ones too, nothing is mapped")
{
    (void)check_stack(NULL);
    for (unsigned cpu = 0; cpu < harts_present(); cpu++) {
        uint64_t limit = processor_of(cpu)->idle->stack_limit;

        KT_CHECK(mapped(limit) && !mapped(limit - 1));
    }
}

KTEST(d22_every_hart,
      "D-22: every hart that the device tree names runs threads, each on its own stack")
{
    KT_CHECK(harts_online() == harts_present());
    for (unsigned cpu = 0; cpu < harts_present(); cpu++) {
        test_join(test_spawn_on(test_bit(cpu), check_stack, NULL), (int)cpu);
        for (unsigned other = 0; other < cpu; other++) {
            KT_CHECK(processor_of(cpu)->idle->stack_top != processor_of(other)->idle->stack_top);
            KT_CHECK(processor_of(cpu)->hart.hartid.raw != processor_of(other)->hart.hartid.raw);
        }
    }
}

static int wait_at(void *gate)
{
    return semaphore_down(gate);
}

// Let the `n` threads in that wait, or will, and join them.
static void open_gate(struct semaphore *gate, const tid_t *tid, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        semaphore_up(gate);
    }
    for (unsigned i = 0; i < n; i++) {
        test_join(tid[i], 0);
    }
}

KTEST(d29_stacks_return, "D-29: the stacks of threads that have ended are unmapped")
{
    enum { THREADS = 40 };
    struct semaphore gate = SEMAPHORE_INIT(gate, 0);
    tid_t tid[THREADS];

    mm_reclaim();
    size_t before = kstack_mapped() - kstack_cached();
    for (unsigned i = 0; i < THREADS; i++) {
        tid[i] = test_spawn(wait_at, &gate);
    }
    KT_CHECK(kstack_mapped() - kstack_cached() == before + THREADS);
    open_gate(&gate, tid, THREADS);
    mm_reclaim();
    KT_CHECK(kstack_mapped() - kstack_cached() == before);
    KT_CHECK(kstack_cached() == 0);
}

enum { SPAWNERS = 6, CHILDREN = 8, BATCHES = 4 };

// What the spawners keep where all can see it. Written by one spawner each; joined before it is
// read.
struct spawner {
    tid_t child[CHILDREN];
    struct semaphore go; // all children of this batch exist, everywhere; one each, or a fast
                         // spawner would take what is meant for a slow one
    atomic_uint *met;    // how often a spawner has got so far
};

static int spawn_and_join(void *arg)
{
    struct spawner *s = arg;

    for (unsigned batch = 1; batch <= BATCHES; batch++) {
        struct semaphore gate = SEMAPHORE_INIT(gate, 0);

        for (unsigned i = 0; i < CHILDREN; i++) {
            s->child[i] = test_spawn(wait_at, &gate);
        }
        test_raise(s->met);
        KT_CHECK(semaphore_down(&s->go) == 0);
        open_gate(&gate, s->child, CHILDREN);
    }
    return 0;
}

static tid_t child_at(const struct spawner *s, unsigned i)
{
    return s[i / CHILDREN].child[i % CHILDREN];
}

static bool all_differ(const struct spawner *s)
{
    unsigned equal = 0;

    for (unsigned i = 0; i < SPAWNERS * CHILDREN; i++) {
        for (unsigned j = 0; j < i; j++) {
            equal += child_at(s, i) == child_at(s, j);
        }
    }
    return equal == 0;
}

KTEST(d31_counters, "D-31: threads started and ended on all harts at once are numbered and counted")
{
    struct spawner spawner[SPAWNERS];
    tid_t tid[SPAWNERS];
    atomic_uint met = 0;
    unsigned before = thread_count();

    for (unsigned i = 0; i < SPAWNERS; i++) {
        spawner[i].met = &met;
        semaphore_init(&spawner[i].go, 0);
        tid[i] = test_spawn(spawn_and_join, &spawner[i]);
    }
    for (unsigned batch = 1; batch <= BATCHES; batch++) {
        ktest_wait_for(&met, batch * SPAWNERS);
        KT_CHECK(thread_count() == before + SPAWNERS * (CHILDREN + 1));
        KT_CHECK(all_differ(spawner));
        for (unsigned i = 0; i < SPAWNERS; i++) {
            semaphore_up(&spawner[i].go);
        }
    }
    for (unsigned i = 0; i < SPAWNERS; i++) {
        test_join(tid[i], 0);
    }
    KT_CHECK(thread_count() == before);
}

static int return_name_matches(void *name)
{
    const char *wanted = name;

    for (unsigned i = 0; i < THREAD_NAME_BYTES - 1; i++) {
        if (current()->name[i] != wanted[i]) {
            return 0;
        }
    }
    return current()->name[THREAD_NAME_BYTES - 1] == '\0';
}

KTEST(spawn_name, "a thread has the name and the priority it was given, the name cut to fit")
{
    static char name[] = "a name that is longer than any name can be";
    struct thread_attr attr = {.name = name, .priority = 3};
    tid_t tid = thread_spawn(&attr, return_name_matches, name);

    KT_CHECK(tid > 0);
    KT_CHECK(test_info(tid).priority == 3);
    test_join(tid, 1);
}
