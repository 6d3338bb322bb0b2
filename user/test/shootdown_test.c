// SPDX-License-Identifier: MIT
// user/test/shootdown_test.c - what one thread takes from a space, all other threads have lost.
//
// Rounds are short, so that `make explore` can play them in many interleavings.
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/test/utest.h"

enum { READERS = 3, ROUNDS = 6, PAGE = 4096 };
enum { COPIED = 2048 }; // bytes: so many the kernel copies by way of the program's addresses

static _Atomic unsigned round_now; // that the main thread has made ready
static _Atomic unsigned answers;   // of all readers, in all rounds
static unsigned *place;            // what they look at
static int program;                // its own executable

// Have all readers look once more.
static void play_round(unsigned round)
{
    atomic_store_explicit(&round_now, round, memory_order_release);
    AWAIT(answers, round * READERS);
}

static unsigned *map_page(void *where, int protection)
{
    void *page = mmap(where, PAGE, protection,
                      MAP_PRIVATE | MAP_ANONYMOUS | (where != NULL ? MAP_FIXED : 0), -1, 0);
    CHECK(page != MAP_FAILED);
    return page;
}

// ---- Pages that go -----------------------------------------------------------------------------

static void *read_rounds(void *argument)
{
    (void)argument;
    for (unsigned round = 1; round <= ROUNDS; round++) {
        AWAIT(round_now, round);
        CHECK_EQUAL(*place, round);
        atomic_fetch_add_explicit(&answers, 1, memory_order_acq_rel);
    }
    return NULL;
}

// The page is another one in each round, at the same address. The old one is kept from coming back:
// what is mapped beside it takes its frame.
void test_shootdown_unmap(void)
{
    unsigned long threads[READERS];
    place = map_page(NULL, PROT_READ | PROT_WRITE);
    start_threads(threads, READERS, read_rounds);
    for (unsigned round = 1; round <= ROUNDS; round++) {
        CHECK_EQUAL(munmap(place, PAGE), 0);
        *map_page(NULL, PROT_READ | PROT_WRITE) = ~0u;
        *map_page(place, PROT_READ | PROT_WRITE) = round;
        play_round(round);
    }
    join_threads(threads, READERS);
}

// ---- Permissions that go -----------------------------------------------------------------------

static void *write_rounds(void *argument)
{
    (void)argument;
    for (unsigned round = 1; round <= ROUNDS; round++) {
        AWAIT(round_now, round);
        CHECK_EQUAL(pread(program, place, COPIED, 0), round % 2 == 0 ? COPIED : -1);
        atomic_fetch_add_explicit(&answers, 1, memory_order_acq_rel);
    }
    return NULL;
}

void test_shootdown_protect(void)
{
    unsigned long threads[READERS];
    program = open("/proc/self/exe", O_RDONLY);
    place = map_page(NULL, PROT_READ | PROT_WRITE);
    *place = 1;
    start_threads(threads, READERS, write_rounds);
    for (unsigned round = 1; round <= ROUNDS; round++) {
        int protection = round % 2 == 0 ? PROT_READ | PROT_WRITE : PROT_READ;
        CHECK_EQUAL(mprotect(place, PAGE, protection), 0);
        play_round(round);
    }
    join_threads(threads, READERS);
}

// ---- Pages that are copied ---------------------------------------------------------------------

static _Atomic unsigned counter; // of no reader alone

static void *count_up(void *argument)
{
    (void)argument;
    while (atomic_load_explicit(&round_now, memory_order_acquire) < ROUNDS) {
        atomic_fetch_add_explicit(&counter, 1, memory_order_acq_rel);
    }
    return NULL;
}

static void look_twice(void)
{
    unsigned first = atomic_load_explicit(&counter, memory_order_relaxed);
    for (int i = 0; i < 3; i++) {
        sched_yield();
        CHECK_EQUAL(atomic_load_explicit(&counter, memory_order_relaxed), first);
    }
}

// A child has what was there when it was made, whatever the threads of its parent write.
void test_shootdown_fork(void)
{
    unsigned long threads[READERS];
    start_threads(threads, READERS, count_up);
    for (unsigned round = 1; round <= ROUNDS; round++) {
        CHECK_EQUAL(run_child(look_twice), 0);
        atomic_store_explicit(&round_now, round, memory_order_release);
    }
    join_threads(threads, READERS);
}

// ---- Spaces that come and go -------------------------------------------------------------------

static void write_own(void)
{
    *place = (unsigned)getpid();
    sched_yield();
    CHECK_EQUAL(*place, getpid());
}

// With few ASIDs (the boot argument asids=), one is soon another process's.
void test_shootdown_processes(void)
{
    enum { PROCESSES = 4 };
    pid_t child[PROCESSES];
    place = map_page(NULL, PROT_READ | PROT_WRITE);
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < PROCESSES; i++) {
            child[i] = fork_child(write_own);
        }
        for (unsigned i = 0; i < PROCESSES; i++) {
            CHECK_EQUAL(wait_child(child[i]), 0);
        }
    }
}
