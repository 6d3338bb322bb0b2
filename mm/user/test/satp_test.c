// SPDX-License-Identifier: MIT
// mm/user/test/satp_test.c - a switch takes the address space along.
//
// The spaces are real: two of a thread each, which take turns on one hart. Kernel threads have
// none, and leave the hart what it had.
#include "kernel/ktest_support.h"
#include "kernel/proc/process.h"
#include "kernel/processor.h"
#include "kernel/riscv/csr.h"
#include "kernel/riscv/irq.h"
#include "kernel/riscv/sv39.h"
#include "mm/user/aspace.h"
#include "mm/user/test/space_support.h"
#include "sync/block/semaphore.h"

enum { TURNS = 20 };

// One thread, its space, and what it found in satp.
struct turn_taker {
    struct semaphore turn;
    struct user_thread user;
    struct aspace *as;
    uint64_t own;         // what satp was when the space had been loaded
    unsigned kept;        // turns after which it was the same
    unsigned word_kept;   // turns after which its memory was its own
    unsigned nr_switched; // turns after which another had run on the hart
};

static struct turn_taker takers[2];
static struct turn_taker *last_to_run; // by threads of one hart

// Whatever the policy, the other has a turn in each of ours: it is what we wait for.
static void take_turns(struct turn_taker *me, uint64_t word)
{
    struct turn_taker *other = &takers[me == &takers[0]];

    KT_CHECK(put_user_u64(TEST_AT, word) == 0);
    for (unsigned i = 0; i < TURNS; i++) {
        uint64_t found = 0;

        last_to_run = me;
        semaphore_up(&other->turn);
        KT_CHECK(semaphore_down(&me->turn) == 0);
        me->nr_switched += last_to_run != me;
        me->kept += csr_read(satp) == me->own;
        me->word_kept += get_user_u64(&found, TEST_AT) == 0 && found == word;
    }
}

static int run_in_space(void *arg)
{
    struct turn_taker *me = arg;

    me->as = aspace_new();
    KT_CHECK(me->as != NULL && space_map(me->as, TEST_AT, 1, TEST_RW, MAP_FIXED) > 0);
    space_enter(&me->user, me->as);
    me->own = csr_read(satp);
    take_turns(me, (uint64_t)me);
    space_leave();
    aspace_put(me->as);
    return 0;
}

KTEST(d06_satp_switched, "D-06: a switch loads the address space of the thread that it goes to")
{
    unsigned cpu = test_cpu();
    tid_t tids[2];

    test_pin(cpu);
    for (unsigned i = 0; i < 2; i++) {
        takers[i] = (struct turn_taker){};
        semaphore_init(&takers[i].turn, 0);
    }
    for (unsigned i = 0; i < 2; i++) {
        tids[i] = test_spawn_on(test_bit(cpu), run_in_space, &takers[i]);
    }
    for (unsigned i = 0; i < 2; i++) {
        test_join(tids[i], 0);
        KT_CHECK(takers[i].kept == TURNS && takers[i].word_kept == TURNS);
    }
    KT_CHECK(takers[0].nr_switched > 0 && takers[1].nr_switched > 0);
    KT_CHECK(takers[0].own != takers[1].own);
    test_unpin();
}

static int return_whether_same(void *satp)
{
    return csr_read(satp) == (uint64_t)satp;
}

KTEST(d06_satp_kept, "D-06: kernel threads share one address space on every hart")
{
    for (unsigned i = 0; i < 2 * harts_online(); i++) {
        uint64_t ours = csr_read(satp);
        unsigned cpu = test_next_cpu(i % MAX_HARTS);

        test_join(test_spawn_on(test_bit(cpu), return_whether_same, (void *)ours), 1);
    }
}
