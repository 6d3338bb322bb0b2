// SPDX-License-Identifier: MIT
// tests/host/coherence_test.c - tools/model/coherence.h: each transition, its cost and its count.
#include "kernel/base/compiler.h"
#include "tests/host/coherence_machine.h"
#include "tests/host/shim/expect_panic.h"
#include "tools/model/coherence.h"

#include <sys/mman.h>
#include <unistd.h>

#define RAM_BASE  0x80000000u
#define RAM_BYTES ((uint64_t)64 << 20)

static struct coherence *make(const char *figures, unsigned harts, uint64_t seed)
{
    struct machine machine;

    assert_true(machine_from(&machine, figures));
    assert_true(machine_check(&machine, harts));
    struct coherence *c = coherence_new(&machine, harts, RAM_BASE, RAM_BYTES, seed);

    assert_non_null(c);
    return c;
}

static uint64_t address(uint32_t line)
{
    return RAM_BASE + (uint64_t)line * LINE_BYTES;
}

// ---- Transitions -------------------------------------------------------------------------------

// One line, number 0, on the machine of SMALL_FIGURES. A step is a hart and what it does: l loads,
// s stores, a makes an atomic access, x evicts by loading two lines of its own. Steps come so far
// apart that none queues. Harts 0 and 1 share a cluster; with 2 and 3 a chip; 4 to 7 are far.
struct transition {
    const char *before;
    const char *step;
    uint64_t cost;
    const char *miss;  // what served it, NULL: it was a hit
    const char *after; // the states, by hart; . is Invalid
};

// A hit adds 3 - 1 to the instruction's own cycle; an atomic, 5 to that.
static const struct transition transitions[] = {
    // Own state Invalid, nobody has it.
    {"", "0l", 100, "memory", "E......."},
    {"", "0s", 100, "memory", "M......."},
    {"", "0a", 105, "memory", "M......."},
    {"", "4l", 100, "memory", "....E..."},
    // Own state Modified: what the hart itself does.
    {"0s", "0l", 2, NULL, "M......."},
    {"0s", "0s", 2, NULL, "M......."},
    {"0s", "0a", 7, NULL, "M......."},
    // What others do: in its cluster, on its chip, on the other chip.
    {"0s", "1l", 41, "transfer", "SS......"},
    {"0s", "1s", 41, "transfer", ".M......"},
    {"0s", "1a", 46, "transfer", ".M......"},
    {"0s", "2l", 52, "transfer", "S.S....."},
    {"0s", "2s", 52, "transfer", "..M....."},
    {"0s", "2a", 57, "transfer", "..M....."},
    {"0s", "4l", 63, "transfer", "S...S..."},
    {"0s", "4s", 63, "transfer", "....M..."},
    {"0s", "4a", 68, "transfer", "....M..."},
    // Own state Exclusive: the same, but that it becomes Modified untold.
    {"0l", "0l", 2, NULL, "E......."},
    {"0l", "0s", 2, NULL, "M......."},
    {"0l", "0a", 7, NULL, "M......."},
    {"0l", "1l", 41, "transfer", "SS......"},
    {"0l", "1s", 41, "transfer", ".M......"},
    {"0l", "1a", 46, "transfer", ".M......"},
    {"0l", "2l", 52, "transfer", "S.S....."},
    {"0l", "2s", 52, "transfer", "..M....."},
    {"0l", "2a", 57, "transfer", "..M....."},
    {"0l", "4l", 63, "transfer", "S...S..."},
    {"0l", "4s", 63, "transfer", "....M..."},
    {"0l", "4a", 68, "transfer", "....M..."},
    {"0l0s", "1l", 41, "transfer", "SS......"},
    // Own state Shared: by the farthest of those that have to drop it.
    {"0l1l", "0l", 2, NULL, "SS......"},
    {"0l1l", "0s", 31, "upgrade", "M......."},
    {"0l1l", "0a", 36, "upgrade", "M......."},
    {"0l2l", "0s", 37, "upgrade", "M......."},
    {"0l2l", "0a", 42, "upgrade", "M......."},
    {"0l1l2l", "1s", 37, "upgrade", ".M......"},
    {"0l4l", "0s", 77, "upgrade", "M......."},
    {"0l4l", "0a", 82, "upgrade", "M......."},
    {"0l1l2l4l", "2s", 77, "upgrade", "..M....."},
    // Shared, and others come: the nearest copy serves; a store costs the farthest if that is more.
    {"0l2l", "1l", 10, "transfer", "SSS....."},
    {"0l2l", "1s", 37, "transfer", ".M......"},
    {"0l2l", "1a", 42, "transfer", ".M......"},
    {"0l1l", "2l", 20, "transfer", "SSS....."},
    {"0l1l", "2s", 37, "transfer", "..M....."},
    {"0l1l", "2a", 42, "transfer", "..M....."},
    {"0l1l", "4l", 63, "transfer", "SS..S..."},
    {"0l1l", "4s", 77, "transfer", "....M..."},
    {"0l1l", "4a", 82, "transfer", "....M..."},
    {"0l4l", "5l", 10, "transfer", "S...SS.."},
    {"0l4l", "6l", 20, "transfer", "S...S.S."},
    // Alone with a Shared copy: the last level says so, or the other chip's has to drop its copy.
    {"0l1l1x", "0s", 20, "llc", "M......."},
    {"0l1l1x", "0a", 25, "llc", "M......."},
    {"0l2l2x", "0s", 37, "llc", "M......."},
    {"0l4l4x", "0s", 77, "llc", "M......."},
    // Evicted: from each state, and what the next one finds.
    {"0s", "0x", 0, "-", "........"},
    {"0l", "0x", 0, "-", "........"},
    {"0l1l", "0x", 0, "-", ".S......"},
    {"1l", "0x", 0, "-", ".E......"},
    {"1s", "0x", 0, "-", ".M......"},
    {"0s0x", "0l", 10, "cluster", "E......."},
    {"0s0x", "0s", 10, "cluster", "M......."},
    {"0s0x", "0a", 15, "cluster", "M......."},
    {"0l0x", "1l", 10, "cluster", ".E......"},
    {"0l0x", "1s", 10, "cluster", ".M......"},
    {"0l1l0x", "0l", 10, "transfer", "SS......"},
    {"0l1l0x1x", "0l", 10, "cluster", "E......."},
    // Copies in the caches of another cluster or chip: the reader is not alone.
    {"0s0x", "2l", 20, "llc", "..S....."},
    {"0s0x", "2s", 37, "llc", "..M....."},
    {"0s0x", "4l", 63, "llc", "....S..."},
    {"0s0x", "4s", 77, "llc", "....M..."},
    // A store takes them away: the next fill there comes from its owner, then is dear again.
    {"0l2s2x", "0l", 20, "llc", "S......."},
    {"0l4s4x", "0l", 63, "llc", "S......."},
};

static void note(void *ctx, const struct coherence_event *event)
{
    *(struct coherence_event *)ctx = *event;
}

static uint64_t take_step(struct coherence *c, const char *step, uint64_t now)
{
    unsigned hart = (unsigned)(step[0] - '0');
    enum access access = step[1] == 'l'   ? ACCESS_LOAD
                         : step[1] == 's' ? ACCESS_STORE
                                          : ACCESS_ATOMIC;

    if (step[1] != 'x') {
        return coherence_access(c, hart, address(0), access, now, 0) - now;
    }
    coherence_access(c, hart, address(100 + 2 * hart), ACCESS_LOAD, now, 0);
    coherence_access(c, hart, address(101 + 2 * hart), ACCESS_LOAD, now, 0);
    return 0;
}

static enum mesi state_in(const struct coherence *c, unsigned hart, uint32_t line)
{
    const uint32_t *word = cache_find(&c->harts[hart].l1, line);

    return word != NULL ? cache_state(*word) : MESI_INVALID;
}

static void check_counters(const struct hart_counters *before, const struct hart_counters *after,
                           const struct transition *t)
{
    bool transfer = t->miss != NULL && strcmp(t->miss, "transfer") == 0;
    bool upgrade = t->miss != NULL && strcmp(t->miss, "upgrade") == 0;
    bool atomic = t->step[1] == 'a';

    assert_int_equal(after->hits - before->hits, t->miss == NULL);
    assert_int_equal(after->misses - before->misses, t->miss != NULL);
    assert_int_equal(after->transfers - before->transfers, transfer);
    assert_int_equal(after->upgrades - before->upgrades, upgrade);
    assert_int_equal(after->amos - before->amos, atomic);
    assert_int_equal(after->stall_cycles - before->stall_cycles,
                     t->miss != NULL ? t->cost - (atomic ? 5 : 0) : 0);
    assert_int_equal(after->queued_cycles, before->queued_cycles);
}

static void check_transition(const struct transition *t)
{
    static const char *const names[] = {"cluster", "llc", "memory", "transfer", "upgrade"};
    struct coherence *c = make(SMALL_FIGURES, 8, 1);
    unsigned hart = (unsigned)(t->step[0] - '0');
    struct coherence_event event = {0};
    char states[9] = "";
    uint64_t now = 0;

    for (const char *step = t->before; *step != '\0'; step += 2) {
        take_step(c, step, now += 1000);
    }
    struct hart_counters before = *coherence_counters(c, hart);

    c->note = note;
    c->note_ctx = &event;
    assert_int_equal(take_step(c, t->step, now += 1000), t->cost);
    for (unsigned i = 0; i < 8; i++) {
        states[i] = ".SEM"[state_in(c, i, 0)];
    }
    assert_string_equal(states, t->after);
    if (t->step[1] != 'x') {
        check_counters(&before, coherence_counters(c, hart), t);
    }
    if (t->step[1] != 'x' && t->miss != NULL) {
        assert_string_equal(names[event.miss], t->miss);
        assert_int_equal(event.hart, hart);
    }
    coherence_free(c);
}

static void test_transitions(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(transitions); i++) {
        print_message("%s then %s\n", transitions[i].before, transitions[i].step);
        check_transition(&transitions[i]);
    }
}

// ---- Costs -------------------------------------------------------------------------------------

static void test_mmio(void **state)
{
    struct coherence *c = make(SMALL_FIGURES, 2, 1);
    struct hart_counters expected = {.mmios = 4, .amos = 1};

    (void)state;
    assert_int_equal(coherence_access(c, 0, 0x10000000, ACCESS_LOAD, 50, 0), 250);
    assert_int_equal(coherence_access(c, 0, RAM_BASE - 1, ACCESS_STORE, 50, 0), 250);
    assert_int_equal(coherence_access(c, 0, RAM_BASE + RAM_BYTES, ACCESS_STORE, 50, 0), 250);
    assert_int_equal(coherence_access(c, 0, RAM_BASE + RAM_BYTES, ACCESS_ATOMIC, 50, 0), 255);
    assert_memory_equal(coherence_counters(c, 0), &expected, sizeof(expected));
    coherence_free(c);
}

// The flat machine's constants, on the transitions that locks are made of.
static void test_flat_costs(void **state)
{
    struct coherence *c = make(FLAT_FIGURES, 3, 1);

    (void)state;
    assert_int_equal(coherence_access(c, 0, address(0), ACCESS_ATOMIC, 1000, 0), 1106); // memory
    assert_int_equal(coherence_access(c, 0, address(0), ACCESS_ATOMIC, 2000, 0), 2007); // hit
    assert_int_equal(coherence_access(c, 0, address(0), ACCESS_STORE, 3000, 0), 3001);
    assert_int_equal(coherence_access(c, 1, address(0), ACCESS_LOAD, 4000, 0), 4080);  // transfer
    assert_int_equal(coherence_access(c, 2, address(0), ACCESS_LOAD, 5000, 0), 5025);  // llc
    assert_int_equal(coherence_access(c, 0, address(0), ACCESS_STORE, 6000, 0), 6060); // upgrade
    assert_int_equal(coherence_access(c, 1, address(0), ACCESS_ATOMIC, 7000, 0), 7086);
    coherence_free(c);
}

// What evicts is the ninth line of a set, and it evicts the one that was used least recently.
static void test_evicts_least_recently_used(void **state)
{
    struct coherence *c = make(FLAT_FIGURES, 1, 1);

    (void)state;
    for (uint32_t i = 0; i < 8; i++) {
        coherence_access(c, 0, address(i * 64), ACCESS_LOAD, 0, 0);
    }
    for (uint32_t i = 0; i < 8; i++) {
        assert_int_equal(state_in(c, 0, i * 64), MESI_EXCLUSIVE);
    }
    coherence_access(c, 0, address(0), ACCESS_LOAD, 0, 0);
    coherence_access(c, 0, address(8 * 64), ACCESS_LOAD, 0, 0);
    for (uint32_t i = 0; i < 9; i++) {
        assert_int_equal(state_in(c, 0, i * 64), i == 1 ? MESI_INVALID : MESI_EXCLUSIVE);
    }
    coherence_free(c);
}

// A line that was invalidated leaves its way empty: nothing has to go for the next one.
static void test_fills_empty_way_first(void **state)
{
    struct coherence *c = make(FLAT_FIGURES, 2, 1);

    (void)state;
    for (uint32_t i = 0; i < 8; i++) {
        coherence_access(c, 0, address(i * 64), ACCESS_LOAD, 0, 0);
    }
    coherence_access(c, 1, address(4 * 64), ACCESS_STORE, 0, 0);
    coherence_access(c, 0, address(8 * 64), ACCESS_LOAD, 0, 0);
    for (uint32_t i = 0; i < 9; i++) {
        assert_int_equal(state_in(c, 0, i * 64), i == 4 ? MESI_INVALID : MESI_EXCLUSIVE);
    }
    coherence_free(c);
}

// ---- The queue ---------------------------------------------------------------------------------

static void test_queue(void **state)
{
    struct coherence *c = make(FLAT_FIGURES, 4, 1);
    struct coherence_event event;

    (void)state;
    c->note = note;
    c->note_ctx = &event;
    assert_int_equal(coherence_access(c, 0, address(0), ACCESS_STORE, 1000, 7), 1100);
    assert_int_equal(event.queued_cycles, 0);
    // Waits for the store to end, then has the line for 80; the next has to wait for both.
    assert_int_equal(coherence_access(c, 1, address(0) + 24, ACCESS_LOAD, 1010, 0x55), 1180);
    assert_int_equal(event.pa, address(0) + 24);
    assert_int_equal(event.pc, 0x55);
    assert_int_equal(event.access, ACCESS_LOAD);
    assert_int_equal(event.queued_cycles, 90);
    assert_int_equal(event.stall_cycles, 170);
    assert_int_equal(coherence_access(c, 2, address(0), ACCESS_LOAD, 1020, 0), 1205);
    assert_int_equal(event.queued_cycles, 160);
    // A hit asks nobody, and another line has its own queue.
    assert_int_equal(coherence_access(c, 1, address(0), ACCESS_LOAD, 1030, 0), 1031);
    assert_int_equal(coherence_access(c, 3, address(1), ACCESS_LOAD, 1040, 0), 1140);
    // Nobody waits for a line that is free.
    assert_int_equal(coherence_access(c, 3, address(0), ACCESS_STORE, 1205, 0), 1265);
    assert_int_equal(event.queued_cycles, 0);
    assert_int_equal(coherence_counters(c, 1)->queued_cycles, 90);
    assert_int_equal(coherence_counters(c, 1)->stall_cycles, 170);
    coherence_free(c);
}

// n harts want a line at once. Each has to have it for 80 cycles (the first: 60, an upgrade), so
// the last one waits for all the others: this is what makes test-and-set collapse.
static void test_contended_line_serves_one_at_a_time(void **state)
{
    struct coherence *c = make(FLAT_FIGURES, 16, 1);
    uint64_t last = 0;

    (void)state;
    coherence_access(c, 0, address(0), ACCESS_LOAD, 0, 0);
    coherence_access(c, 1, address(0), ACCESS_LOAD, 0, 0);
    for (unsigned hart = 0; hart < 16; hart++) {
        uint64_t before = coherence_counters(c, hart)->transfers;

        last = coherence_access(c, hart, address(0), ACCESS_STORE, 1000, 0);
        assert_int_equal(coherence_counters(c, hart)->transfers - before, hart > 0);
    }
    assert_int_equal(last, 1000 + 60 + 15 * 80);
    assert_int_equal(coherence_counters(c, 0)->upgrades, 1);
    coherence_free(c);
}

// A release that n waiters spin on: one upgrade, then n transfers, one after the other.
static void test_release_is_linear_in_waiters(void **state)
{
    (void)state;
    for (unsigned waiters = 1; waiters < 64; waiters++) {
        struct coherence *c = make(FLAT_FIGURES, waiters + 1, 1);
        uint64_t last = 0, transfers = 0;

        for (unsigned hart = 0; hart <= waiters; hart++) {
            coherence_access(c, hart, address(0), ACCESS_LOAD, 0, 0);
        }
        uint64_t released = coherence_access(c, 0, address(0), ACCESS_STORE, 100000, 0);

        assert_int_equal(released, 100060);
        for (unsigned hart = 1; hart <= waiters; hart++) {
            uint64_t before = coherence_counters(c, hart)->transfers;

            last = coherence_access(c, hart, address(0), ACCESS_LOAD, 100000, 0);
            transfers += coherence_counters(c, hart)->transfers - before;
        }
        assert_int_equal(transfers, waiters);
        assert_int_equal(last, released + 80 + (waiters - 1) * 25);
        coherence_free(c);
    }
}

// Two harts, each on lines of its own: no transfer and no upgrade, whatever they do.
static void test_no_transfers_without_sharing(void **state)
{
    struct coherence *c = make(FLAT_FIGURES, 2, 1);

    (void)state;
    for (uint32_t i = 0; i < 10000; i++) {
        coherence_access(c, i % 2, address(i * 7 % 100 * 2 + i % 2), (enum access)(i % 3), i, 0);
    }
    for (unsigned hart = 0; hart < 2; hart++) {
        assert_int_equal(coherence_counters(c, hart)->transfers, 0);
        assert_int_equal(coherence_counters(c, hart)->upgrades, 0);
        assert_true(coherence_counters(c, hart)->hits > 0);
    }
    coherence_free(c);
}

// ---- Jitter ------------------------------------------------------------------------------------

#define PINGS 4000

// Two harts store to one line in turn, which costs 80. Adds up how often each jitter comes; in
// seen[21], how often a hart is late.
static void ping(uint64_t seed, uint64_t *clocks, unsigned *seen)
{
    struct machine machine;

    assert_true(machine_from(&machine, FLAT_FIGURES));
    assert_true(machine_set(&machine, "jitter", "20"));
    struct coherence *c = coherence_new(&machine, 2, RAM_BASE, RAM_BYTES, seed);

    assert_non_null(c);
    coherence_access(c, 1, address(0), ACCESS_STORE, 0, 0);
    for (unsigned i = 0; i < PINGS; i++) {
        uint64_t now = 1000 * (uint64_t)(i + 1);

        clocks[i] = coherence_access(c, i % 2, address(0), ACCESS_STORE, now, 0);
        assert_in_range(clocks[i] - now, 80, 80 + 20 + 2 * 80);
        seen[clocks[i] - now > 100 ? 21 : clocks[i] - now - 80]++;
    }
    coherence_free(c);
}

static void test_jitter(void **state)
{
    static uint64_t first[PINGS], again[PINGS], other[PINGS];
    unsigned seen[22] = {0}, ignored[22] = {0};

    (void)state;
    ping(1, first, seen);
    ping(1, again, ignored);
    ping(2, other, ignored);
    assert_memory_equal(first, again, sizeof(first));
    assert_memory_not_equal(first, other, sizeof(first));
    for (unsigned i = 0; i <= 20; i++) {
        assert_in_range(seen[i], PINGS / 21 / 2, PINGS / 21 * 2);
    }
    assert_in_range(seen[21], PINGS / 256 / 3, PINGS / 256 * 3);
}

// Harts of one seed do not have the same jitter: they would stay in step.
static void test_jitter_differs_between_harts(void **state)
{
    struct machine machine;
    unsigned equal = 0;

    (void)state;
    assert_true(machine_from(&machine, FLAT_FIGURES));
    assert_true(machine_set(&machine, "jitter", "20"));
    struct coherence *c = coherence_new(&machine, 2, RAM_BASE, RAM_BYTES, 1);

    assert_non_null(c);
    for (uint32_t i = 0; i < 1000; i++) {
        equal += coherence_access(c, 0, address(2 * i), ACCESS_LOAD, 0, 0) ==
                 coherence_access(c, 1, address(2 * i + 1), ACCESS_LOAD, 0, 0);
    }
    assert_in_range(equal, 1, 150); // 1000 / 21 by chance
    coherence_free(c);
}

// ---- Memory ------------------------------------------------------------------------------------

static size_t resident_bytes(void *room, size_t bytes)
{
    static unsigned char pages[1 << 16];
    size_t page = (size_t)sysconf(_SC_PAGESIZE), count = 0;

    assert_true(bytes / page <= sizeof(pages));
    assert_int_equal(mincore(room, bytes, pages), 0);
    for (size_t i = 0; i < bytes / page; i++) {
        count += pages[i] & 1;
    }
    return count * page;
}

static size_t directory_bytes(const struct directory *directory)
{
    return resident_bytes(directory->entries, directory->lines * sizeof(*directory->entries)) +
           resident_bytes(directory->chunks,
                          directory->lines / DIRECTORY_CHUNK_LINES * sizeof(*directory->chunks));
}

// How memory is touched: `lines` that follow each other, from every `stride` lines on.
static const struct {
    uint32_t lines, stride;
    size_t most_bytes; // for each of them
} patterns[] = {
    {1, 1, 34},    // all of it
    {16, 256, 63}, // the tops of stacks of 16 KiB
    {8, 64, 63},   // half a KiB of each page
};

// The tags are as large as the caches, so the directory is all that grows with the guest's memory.
static void test_memory_per_touched_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
        struct coherence *c = make(FLAT_FIGURES, 4, 1);
        uint32_t touched = 0;

        assert_int_equal(directory_bytes(c->directory), 0);
        for (uint32_t line = 3; line < c->lines / 4; line++) {
            if (line % patterns[i].stride < patterns[i].lines) {
                coherence_access(c, line % 4, address(line), (enum access)(line % 3), 0, 0);
                touched++;
            }
        }
        size_t bytes = directory_bytes(c->directory) / touched;

        print_message("%zu bytes for each of %u touched lines\n", bytes, touched);
        assert_in_range(bytes, 32, patterns[i].most_bytes);
        coherence_free(c);
    }
}

static void test_refuses_memory_that_is_not_whole_lines(void **state)
{
    struct machine machine;

    (void)state;
    assert_true(machine_from(&machine, FLAT_FIGURES));
    assert_null(coherence_new(&machine, 1, RAM_BASE, 0, 1));
    assert_null(coherence_new(&machine, 1, RAM_BASE, 100, 1));
    assert_null(coherence_new(&machine, 1, RAM_BASE + 1, 6400, 1));
    assert_null(coherence_new(&machine, 1, RAM_BASE, ((uint64_t)1 << 36) + LINE_BYTES, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_transitions),
        cmocka_unit_test(test_mmio),
        cmocka_unit_test(test_flat_costs),
        cmocka_unit_test(test_evicts_least_recently_used),
        cmocka_unit_test(test_fills_empty_way_first),
        cmocka_unit_test(test_queue),
        cmocka_unit_test(test_contended_line_serves_one_at_a_time),
        cmocka_unit_test(test_release_is_linear_in_waiters),
        cmocka_unit_test(test_no_transfers_without_sharing),
        cmocka_unit_test(test_jitter),
        cmocka_unit_test(test_jitter_differs_between_harts),
        cmocka_unit_test(test_memory_per_touched_line),
        cmocka_unit_test(test_refuses_memory_that_is_not_whole_lines),
    };

    return cmocka_run_group_tests_name("coherence", tests, NULL, NULL);
}
