// SPDX-License-Identifier: MIT
// user/test/exercise_thread_test.c - the exercises of teaching kernels that need threads.
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/test/utest.h"

// ---- One before the other ----------------------------------------------------------------------

static sem_t first_is_done;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool second_is_done; // guarded by: mutex
static char said[8];

static void say(char letter)
{
    said[strlen(said)] = letter;
}

static void *come_first(void *argument)
{
    (void)argument;
    sleep_ms(10);
    say('1');
    CHECK_EQUAL(sem_post(&first_is_done), 0);
    return NULL;
}

static void *come_second(void *argument)
{
    (void)argument;
    CHECK_EQUAL(sem_wait(&first_is_done), 0);
    say('2');
    pthread_mutex_lock(&mutex);
    second_is_done = true;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&mutex);
    return NULL;
}

static void *come_third(void *argument)
{
    (void)argument;
    pthread_mutex_lock(&mutex);
    while (!second_is_done) {
        pthread_cond_wait(&changed, &mutex);
    }
    pthread_mutex_unlock(&mutex);
    say('3');
    return NULL;
}

// By a semaphore, and by a condition that is looked at again.
void test_exercise_order(void)
{
    pthread_t threads[3];
    CHECK_EQUAL(sem_init(&first_is_done, 0, 0), 0);
    start_thread(&threads[0], come_third, NULL);
    start_thread(&threads[1], come_second, NULL);
    start_thread(&threads[2], come_first, NULL);
    join_threads(threads, 3);
    CHECK(strcmp(said, "123") == 0);
}

// ---- A barrier of a mutex and a condition ------------------------------------------------------

enum { GUESTS = 3, PHASES = 3, LETTERS = 100 };
static unsigned arrived; // guarded by: mutex, as the log
static char written[GUESTS * PHASES * LETTERS + 1];
static unsigned length;

static void *write_phases(void *argument)
{
    (void)argument;
    for (unsigned phase = 0; phase < PHASES; phase++) {
        for (unsigned i = 0; i < LETTERS; i++) {
            pthread_mutex_lock(&mutex);
            written[length++] = (char)('a' + phase);
            pthread_mutex_unlock(&mutex);
        }
        pthread_mutex_lock(&mutex);
        if (++arrived == (phase + 1) * GUESTS) {
            pthread_cond_broadcast(&changed);
        }
        while (arrived < (phase + 1) * GUESTS) {
            pthread_cond_wait(&changed, &mutex);
        }
        pthread_mutex_unlock(&mutex);
    }
    return NULL;
}

// No letter of a phase comes before the last one of the phase before.
void test_exercise_barrier(void)
{
    run_threads(GUESTS, write_phases);
    CHECK_EQUAL(length, GUESTS * PHASES * LETTERS);
    for (unsigned i = 0; i < length; i++) {
        CHECK_EQUAL(written[i], 'a' + i / (GUESTS * LETTERS));
    }
}

// ---- Eisenberg and McGuire's algorithm, for any number of threads ------------------------------

enum { RIVALS = 4, TURNS = 500, IDLE = 0, WANTING, ACTIVE };
static atomic_uint state[RIVALS];
static atomic_uint whose_turn;
static unsigned long sum; // guarded by the algorithm

static unsigned state_of(unsigned thread)
{
    return atomic_load_explicit(&state[thread], memory_order_seq_cst);
}

static void set_state(unsigned thread, unsigned to)
{
    atomic_store_explicit(&state[thread], to, memory_order_seq_cst);
}

static unsigned get_turn(void)
{
    return atomic_load_explicit(&whose_turn, memory_order_seq_cst);
}

// Wait until all from the one whose turn it is up to `self` are idle.
static void pass_the_others(unsigned self)
{
    for (unsigned i = get_turn(); i != self;) {
        if (state_of(i) == IDLE) {
            i = (i + 1) % RIVALS;
        } else {
            sched_yield();
            i = get_turn();
        }
    }
}

static bool alone_is_active(unsigned self)
{
    for (unsigned i = 0; i < RIVALS; i++) {
        if (i != self && state_of(i) == ACTIVE) {
            return false;
        }
    }
    return get_turn() == self || state_of(get_turn()) == IDLE;
}

static void enter(unsigned self)
{
    do {
        set_state(self, WANTING);
        pass_the_others(self);
        set_state(self, ACTIVE);
    } while (!alone_is_active(self));
    atomic_store_explicit(&whose_turn, self, memory_order_seq_cst);
}

static void leave(unsigned self)
{
    unsigned next = (get_turn() + 1) % RIVALS;
    while (state_of(next) == IDLE) {
        next = (next + 1) % RIVALS; // comes to itself at the latest
    }
    atomic_store_explicit(&whose_turn, next, memory_order_seq_cst);
    set_state(self, IDLE);
}

static void *add_among_rivals(void *argument)
{
    unsigned self = (unsigned)(uintptr_t)argument;
    for (int i = 0; i < TURNS; i++) {
        enter(self);
        unsigned long old = sum;
        if (i % 16 == 0) {
            sched_yield();
        }
        sum = old + 1;
        leave(self);
    }
    return NULL;
}

void test_exercise_eisenberg_mcguire(void)
{
    run_threads(RIVALS, add_among_rivals);
    CHECK_EQUAL(sum, RIVALS * TURNS);
}

// ---- Philosophers by a monitor -----------------------------------------------------------------

enum { SEATS = 5, MEALS = 4 };
static bool eats[SEATS]; // guarded by: mutex

static void *dine_by_monitor(void *argument)
{
    unsigned seat = (unsigned)(uintptr_t)argument;
    bool *left = &eats[(seat + SEATS - 1) % SEATS];
    bool *right = &eats[(seat + 1) % SEATS];
    for (unsigned i = 0; i < MEALS; i++) {
        pthread_mutex_lock(&mutex);
        while (*left || *right) {
            pthread_cond_wait(&changed, &mutex);
        }
        eats[seat] = true;
        pthread_mutex_unlock(&mutex);
        sleep_ms(1);
        pthread_mutex_lock(&mutex);
        CHECK(!*left && !*right);
        eats[seat] = false;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&mutex);
    }
    return NULL;
}

void test_exercise_monitor(void)
{
    run_threads(SEATS, dine_by_monitor);
}

// ---- Threads that are waited for, and others ---------------------------------------------------

enum { CLONES = 10 };
static _Atomic unsigned ended;

static void *end_soon(void *argument)
{
    sleep_ms(1 + (unsigned)(uintptr_t)argument);
    atomic_fetch_add_explicit(&ended, 1, memory_order_release);
    return argument;
}

void test_exercise_join_every_second(void)
{
    pthread_t threads[CLONES];
    for (uintptr_t i = 0; i < CLONES; i++) {
        start_thread(&threads[i], end_soon, (void *)i);
    }
    for (uintptr_t i = 0; i < CLONES; i += 2) {
        CHECK(join_thread(threads[i]) == (void *)i);
        CHECK_EQUAL(pthread_detach(threads[i + 1]), 0);
    }
    AWAIT(ended, CLONES);
}

// ---- Files written at once ---------------------------------------------------------------------

enum { WRITERS = 4, MIB = 1 << 20, CHUNK = 4096 };

static void *write_a_mebibyte(void *argument)
{
    char path[64];
    char chunk[CHUNK];
    char last = 0;
    struct stat status;
    int letter = 'a' + (int)(uintptr_t)argument;
    snprintf(path, sizeof(path), "/tmp/utest-huge-%d-%c", (int)getpid(), letter);
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
    CHECK(fd >= 0);
    CHECK_EQUAL(unlink(path), 0);
    memset(chunk, letter, sizeof(chunk));
    for (int i = 0; i < MIB / CHUNK; i++) {
        CHECK_EQUAL(write(fd, chunk, sizeof(chunk)), CHUNK);
    }
    CHECK_EQUAL(fstat(fd, &status), 0);
    CHECK_EQUAL(status.st_size, MIB);
    CHECK_EQUAL(pread(fd, &last, 1, MIB - 1), 1);
    CHECK_EQUAL(last, letter);
    CHECK_EQUAL(close(fd), 0);
    return NULL;
}

void test_exercise_huge_files(void)
{
    run_threads(WRITERS, write_a_mebibyte);
}
