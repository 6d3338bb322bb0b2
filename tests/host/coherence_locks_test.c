// SPDX-License-Identifier: MIT
// tests/host/coherence_locks_test.c - locks, as no more than the accesses they make, on the model.
//
// The hart with the least clock makes the next access. What comes out is what makes the model worth
// having: which lock collapses, which does not, and that it is the queue a line that decides.
#include "kernel/base/compiler.h"
#include "tests/host/coherence_machine.h"
#include "tests/host/shim/expect_panic.h"
#include "tools/model/coherence.h"

#define RAM_BASE     0x80000000u
#define RAM_BYTES    (1u << 20)
#define ACQUISITIONS 3000
#define CS_CYCLES    30
#define THINK_CYCLES 40

// Words of 8 bytes: the lock's two share a line; the data has one, and each hart's node.
enum { LOCK = 0, OWNER = 1, DATA = 8, NEXT = 0, WAITS = 1 };

static unsigned node_of(unsigned hart)
{
    return 16 + 8 * hart;
}

struct hart {
    uint64_t clock, mine;
    unsigned stage; // of the lock's algorithm
    enum { ACQUIRES, HOLDS, RELEASES, THINKS } doing;
    unsigned acquired;
};

struct simulation {
    struct coherence *c;
    unsigned harts, me; // me: the hart that makes the next access
    bool no_queue;
    struct hart hart[MACHINE_MAX_HARTS];
    uint64_t memory[16 + 8 * MACHINE_MAX_HARTS];
};

// ---- Accesses: one instruction each ------------------------------------------------------------

static uint64_t *touch(struct simulation *s, uint64_t word, enum access access)
{
    struct hart *self = &s->hart[s->me];
    uint64_t pa = RAM_BASE + 8 * word;

    if (s->no_queue) {
        directory_of(s->c->directory, (uint32_t)(8 * word / LINE_BYTES))->busy = 0;
    }
    self->clock = coherence_access(s->c, s->me, pa, access, self->clock + 1, 0);
    return &s->memory[word];
}

static uint64_t load(struct simulation *s, uint64_t word)
{
    return *touch(s, word, ACCESS_LOAD);
}

static void store(struct simulation *s, uint64_t word, uint64_t value)
{
    *touch(s, word, ACCESS_STORE) = value;
}

static uint64_t swap(struct simulation *s, uint64_t word, uint64_t value)
{
    uint64_t *at = touch(s, word, ACCESS_ATOMIC), old = *at;

    *at = value;
    return old;
}

// ---- Locks: each call makes one access and says whether that was the last ----------------------

struct algorithm {
    const char *name;
    bool (*acquire)(struct simulation *s, struct hart *self);
    bool (*release)(struct simulation *s, struct hart *self);
};

static bool tas_acquire(struct simulation *s, struct hart *self)
{
    (void)self;
    return swap(s, LOCK, 1) == 0;
}

static bool tas_release(struct simulation *s, struct hart *self)
{
    (void)self;
    store(s, LOCK, 0);
    return true;
}

static bool ticket_acquire(struct simulation *s, struct hart *self)
{
    if (self->stage == 0) {
        self->mine = swap(s, LOCK, s->memory[LOCK] + 1);
        self->stage = 1;
        return false;
    }
    return load(s, OWNER) == self->mine;
}

static bool ticket_release(struct simulation *s, struct hart *self)
{
    store(s, OWNER, self->mine + 1);
    return true;
}

static bool mcs_acquire(struct simulation *s, struct hart *self)
{
    unsigned node = node_of(s->me);

    switch (self->stage++) {
    case 0:
        store(s, node + NEXT, 0);
        return false;
    case 1:
        store(s, node + WAITS, 1);
        return false;
    case 2:
        self->mine = swap(s, LOCK, node);
        return self->mine == 0;
    case 3:
        store(s, self->mine + NEXT, node);
        return false;
    default:
        return load(s, node + WAITS) == 0;
    }
}

static bool mcs_release(struct simulation *s, struct hart *self)
{
    unsigned node = node_of(s->me);

    switch (self->stage) {
    case 0: // is there a successor?
        self->mine = load(s, node + NEXT);
        self->stage = self->mine != 0 ? 2 : 1;
        return false;
    case 1: // nobody that we know of: a compare-and-swap
        self->stage = 0;
        return swap(s, LOCK, s->memory[LOCK] == node ? 0 : s->memory[LOCK]) == node;
    default:
        store(s, self->mine + WAITS, 0);
        return true;
    }
}

static const struct algorithm tas = {"tas", tas_acquire, tas_release};
static const struct algorithm ticket = {"ticket", ticket_acquire, ticket_release};
static const struct algorithm mcs = {"mcs", mcs_acquire, mcs_release};

// ---- Running -----------------------------------------------------------------------------------

struct outcome {
    double cycles, transfers; // an acquisition
    unsigned least, most;     // acquisitions of one hart
};

static void step(struct simulation *s, const struct algorithm *lock, struct hart *self)
{
    bool done = true;

    switch (self->doing) {
    case ACQUIRES:
        done = lock->acquire(s, self);
        break;
    case HOLDS:
        store(s, DATA, s->memory[DATA] + 1);
        self->clock += CS_CYCLES;
        self->acquired++;
        break;
    case RELEASES:
        done = lock->release(s, self);
        break;
    case THINKS:
        self->clock += THINK_CYCLES;
        break;
    }
    if (done) {
        self->stage = 0;
        self->doing = self->doing == THINKS ? ACQUIRES : self->doing + 1;
    }
}

static unsigned least_clock(const struct simulation *s)
{
    unsigned least = 0;

    for (unsigned i = 1; i < s->harts; i++) {
        least = s->hart[i].clock < s->hart[least].clock ? i : least;
    }
    return least;
}

static struct outcome outcome_of(const struct simulation *s)
{
    struct outcome o = {.cycles = (double)s->hart[least_clock(s)].clock / ACQUISITIONS,
                        .least = ACQUISITIONS};

    for (unsigned i = 0; i < s->harts; i++) {
        const struct hart_counters *counters = coherence_counters(s->c, i);

        o.transfers += (double)(counters->transfers + counters->upgrades) / ACQUISITIONS;
        o.least = s->hart[i].acquired < o.least ? s->hart[i].acquired : o.least;
        o.most = s->hart[i].acquired > o.most ? s->hart[i].acquired : o.most;
    }
    return o;
}

static struct outcome run(const struct algorithm *lock, unsigned harts, const char *jitter,
                          bool no_queue)
{
    static struct simulation s;
    struct machine machine;

    assert_true(machine_from(&machine, FLAT_FIGURES) && machine_set(&machine, "jitter", jitter));
    assert_true(machine_check(&machine, harts));
    s = (struct simulation){.harts = harts, .no_queue = no_queue};
    s.c = coherence_new(&machine, harts, RAM_BASE, RAM_BYTES, 1);
    assert_non_null(s.c);
    while (s.memory[DATA] < ACQUISITIONS) {
        s.me = least_clock(&s);
        step(&s, lock, &s.hart[s.me]);
    }
    struct outcome o = outcome_of(&s);

    coherence_free(s.c);
    print_message("%-6s %2u harts%s: %6.0f cycles, %5.1f transfers, %u to %u acquisitions\n",
                  lock->name, harts, no_queue ? " without queue" : "", o.cycles, o.transfers,
                  o.least, o.most);
    return o;
}

// ---- Tests -------------------------------------------------------------------------------------

// Every waiter's swap takes the line, so the cost grows with the harts.
static void test_tas_collapses(void **state)
{
    struct outcome four = run(&tas, 4, "20", false), eight = run(&tas, 8, "20", false);
    struct outcome sixteen = run(&tas, 16, "20", false);

    (void)state;
    assert_true(eight.cycles > 1.4 * four.cycles);
    assert_true(sixteen.cycles > 1.6 * eight.cycles);
    assert_true(sixteen.transfers > 16);
}

static void test_mcs_is_flat(void **state)
{
    struct outcome four = run(&mcs, 4, "20", false);

    (void)state;
    for (unsigned harts = 8; harts <= 64; harts *= 2) {
        struct outcome o = run(&mcs, harts, "20", false);

        assert_true(o.cycles > 0.9 * four.cycles && o.cycles < 1.1 * four.cycles);
        assert_true(o.transfers < four.transfers + 0.5);
        assert_true(o.most <= o.least + 2);
    }
}

// Both words share a line, so a release and an arrival each send all waiters to fetch it.
static void test_ticket_is_linear_in_waiters(void **state)
{
    struct outcome eight = run(&ticket, 8, "20", false), sixteen = run(&ticket, 16, "20", false);
    struct outcome thirty_two = run(&ticket, 32, "20", false);
    double slope = (thirty_two.transfers - sixteen.transfers) / 16;

    (void)state;
    assert_true(slope > 1.5 && slope < 2.1);
    assert_true(sixteen.cycles > 1.5 * eight.cycles);
    assert_true(thirty_two.most <= thirty_two.least + 2);
}

static void test_order_is_the_textbooks(void **state)
{
    double cycles = 0;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const struct algorithm *const order[] = {&mcs, &ticket, &tas};
        double now = run(order[i], 16, "20", false).cycles;

        assert_true(now > 1.2 * cycles);
        cycles = now;
    }
}

// The queue is what makes it so: without it a line is handed to all who want it at once.
static void test_nothing_collapses_without_the_queue(void **state)
{
    (void)state;
    assert_true(run(&tas, 16, "20", true).cycles < run(&tas, 16, "20", false).cycles / 4);
    assert_true(run(&ticket, 16, "20", true).cycles < run(&ticket, 16, "20", false).cycles / 2);
}

// Exact costs let harts fall into step, and some never get the lock. Jitter breaks that.
static void test_jitter_breaks_phase_locking(void **state)
{
    unsigned starved = 0;

    (void)state;
    for (unsigned harts = 2; harts <= 16; harts++) {
        struct outcome o = run(&tas, harts, "20", false);

        assert_true(o.most <= 4 * o.least);
        starved += run(&tas, harts, "0", false).least == 0;
    }
    assert_true(starved > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tas_collapses),
        cmocka_unit_test(test_mcs_is_flat),
        cmocka_unit_test(test_ticket_is_linear_in_waiters),
        cmocka_unit_test(test_order_is_the_textbooks),
        cmocka_unit_test(test_nothing_collapses_without_the_queue),
        cmocka_unit_test(test_jitter_breaks_phase_locking),
    };

    return cmocka_run_group_tests_name("coherence locks", tests, NULL, NULL);
}
