// SPDX-License-Identifier: MIT
// user/test/mapping_test.c - mmap where something is already, at a limit, and with all its pages.
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/lib/clock.h"
#include "user/test/utest.h"

enum { PAGE = 4096, PAGES = 16, MIB = 1 << 20 };

static char *map_at(char *at, size_t bytes, int flags)
{
    return mmap(at, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
}

static void set_limit(rlim_t bytes)
{
    const struct rlimit limit = {bytes, RLIM_INFINITY};
    CHECK_EQUAL(setrlimit(RLIMIT_AS, &limit), 0);
}

// At the limit a mapping may be replaced. One that would be larger is refused, and what was there
// stays.
void test_mapping_replace_at_the_limit(void)
{
    skip_if_emulated("it has no such limit");
    char *place = map_at(NULL, 2 * PAGES * PAGE, 0);
    CHECK(place != MAP_FAILED);
    CHECK_EQUAL(munmap(place + PAGES * PAGE, PAGES * PAGE), 0);
    memset(place, 'a', PAGES * PAGE);
    set_limit(MIB / 2); // less than there is
    CHECK_ERROR((long)map_at(NULL, PAGE, 0), ENOMEM);
    CHECK_ERROR((long)map_at(place + PAGE, PAGES * PAGE, MAP_FIXED), ENOMEM);
    CHECK(place[0] == 'a' && place[PAGE] == 'a' && place[PAGES * PAGE - 1] == 'a');
    set_limit(RLIM_INFINITY);
    CHECK(map_at(place + 2 * PAGE, PAGE, MAP_FIXED) == place + 2 * PAGE);
    CHECK(place[2 * PAGE] == 0 && place[PAGE] == 'a' && place[3 * PAGE] == 'a');
}

// The same where the limit is what there is: found by halves.
static rlim_t smallest_limit(void)
{
    rlim_t low = 0;
    rlim_t high = (rlim_t)1 << 38;
    while (high - low > PAGE) {
        rlim_t middle = low + (high - low) / 2 / PAGE * PAGE;
        set_limit(middle);
        char *page = map_at(NULL, PAGE, 0);
        if (page != MAP_FAILED) {
            CHECK_EQUAL(munmap(page, PAGE), 0);
            high = middle;
        } else {
            low = middle;
        }
    }
    return high;
}

void test_mapping_replace_needs_no_more(void)
{
    skip_if_emulated("it has no such limit");
    char *place = map_at(NULL, 2 * PAGES * PAGE, 0);
    CHECK(place != MAP_FAILED);
    CHECK_EQUAL(munmap(place + PAGES * PAGE, PAGES * PAGE), 0);
    memset(place, 'b', PAGES * PAGE);
    set_limit(smallest_limit()); // one page more than there is
    CHECK(map_at(place, PAGES * PAGE, MAP_FIXED) == place);
    CHECK_EQUAL(place[PAGES * PAGE - 1], 0);
    CHECK(map_at(place + PAGE, PAGES * PAGE, MAP_FIXED) == place + PAGE);
    memset(place, 'c', PAGES * PAGE);
    CHECK_ERROR((long)map_at(place + 2 * PAGE, PAGES * PAGE, MAP_FIXED), ENOMEM);
    CHECK_EQUAL(place[PAGES * PAGE - 1], 'c');
}

void test_mapping_populate(void)
{
    unsigned char resident[PAGES];
    skip_if_emulated("it may populate less");
    char *place = map_at(NULL, PAGES * PAGE, MAP_POPULATE);
    CHECK(place != MAP_FAILED);
    CHECK_EQUAL(mincore(place, PAGES * PAGE, resident), 0);
    for (int i = 0; i < PAGES; i++) {
        CHECK(resident[i] & 1);
        CHECK_EQUAL(place[i * PAGE], 0);
    }
}

enum { PART_MIB = 128, PARTS = 32 };
static _Atomic unsigned *begun;

// All of it is one page of zeros, and so only a matter of time.
static void populate(size_t parts)
{
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE | MAP_NORESERVE;
    CHECK(mmap(NULL, parts * PART_MIB * MIB, PROT_READ, flags, -1, 0) != MAP_FAILED);
}

static void populate_all(void)
{
    atomic_store_explicit(begun, 1, memory_order_release);
    populate(PARTS);
    pause_for_ever();
}

static void populate_part(void)
{
    populate(1);
}

// A program that is killed does not go on until all pages are there.
void test_mapping_populate_killed(void)
{
    skip_if_emulated("it populates by itself");
    uint64_t start = clock_ns();
    CHECK_EQUAL(run_child(populate_part), 0);
    uint64_t part_ns = clock_ns() - start;
    begun = shared_memory(sizeof(*begun));
    pid_t child = fork_child(populate_all);
    AWAIT(*begun, 1);
    sleep_ms(1);
    start = clock_ns();
    CHECK_EQUAL(kill(child, SIGKILL), 0);
    CHECK_EQUAL(wait_child(child), -SIGKILL);
    CHECK(clock_ns() - start < PARTS / 2 * part_ns + NS_PER_S / 10);
}
