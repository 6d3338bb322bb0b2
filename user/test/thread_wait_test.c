// SPDX-License-Identifier: MIT
// user/test/thread_wait_test.c - threads: waiting for each other.
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/lib/clock.h"
#include "user/test/utest.h"

enum { THREADS = 16, TURNS = 10000 };

enum { RING = 8, ITEMS = 100, PRODUCERS = 4 };
static struct {
    pthread_mutex_t mutex;
    pthread_cond_t not_empty;
    pthread_cond_t not_full;
    unsigned items[RING]; // guarded by: mutex, as all below
    unsigned first;
    unsigned count;
    unsigned long total;
} ring = {.mutex = PTHREAD_MUTEX_INITIALIZER,
          .not_empty = PTHREAD_COND_INITIALIZER,
          .not_full = PTHREAD_COND_INITIALIZER};

static void put(unsigned item)
{
    pthread_mutex_lock(&ring.mutex);
    while (ring.count == RING) {
        pthread_cond_wait(&ring.not_full, &ring.mutex);
    }
    ring.items[(ring.first + ring.count++) % RING] = item;
    pthread_cond_signal(&ring.not_empty);
    pthread_mutex_unlock(&ring.mutex);
}

static unsigned take(void)
{
    pthread_mutex_lock(&ring.mutex);
    while (ring.count == 0) {
        pthread_cond_wait(&ring.not_empty, &ring.mutex);
    }
    unsigned item = ring.items[ring.first];
    ring.first = (ring.first + 1) % RING;
    ring.count--;
    pthread_cond_signal(&ring.not_full);
    pthread_mutex_unlock(&ring.mutex);
    return item;
}

static void *produce_or_consume(void *argument)
{
    if ((uintptr_t)argument < PRODUCERS) {
        for (unsigned i = 1; i <= ITEMS; i++) {
            put(i);
        }
        return NULL;
    }
    for (unsigned i = 0; i < PRODUCERS * ITEMS; i++) {
        ring.total += take();
    }
    return NULL;
}

void test_thread_condition(void)
{
    run_threads(PRODUCERS + 1, produce_or_consume);
    CHECK_EQUAL(ring.total, PRODUCERS * ITEMS * (ITEMS + 1) / 2);
}

static struct {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    unsigned waiting; // guarded by: mutex
    bool go;          // guarded by: mutex
} gate = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void *wait_at_gate(void *argument)
{
    (void)argument;
    pthread_mutex_lock(&gate.mutex);
    gate.waiting++;
    while (!gate.go) {
        pthread_cond_wait(&gate.changed, &gate.mutex);
    }
    gate.waiting--;
    pthread_mutex_unlock(&gate.mutex);
    return NULL;
}

static void *open_gate(void *argument)
{
    unsigned waiting = 0;
    (void)argument;
    while (waiting < THREADS - 1) {
        sleep_ms(1);
        pthread_mutex_lock(&gate.mutex);
        waiting = gate.waiting;
        pthread_mutex_unlock(&gate.mutex);
    }
    pthread_mutex_lock(&gate.mutex);
    gate.go = true;
    pthread_cond_broadcast(&gate.changed);
    pthread_mutex_unlock(&gate.mutex);
    return NULL;
}

static void *wait_or_open(void *argument)
{
    return (uintptr_t)argument == 0 ? open_gate(argument) : wait_at_gate(argument);
}

void test_thread_condition_broadcast(void)
{
    run_threads(THREADS, wait_or_open);
    CHECK_EQUAL(gate.waiting, 0);
}

static void check_times_out(clockid_t clock)
{
    pthread_condattr_t attributes;
    pthread_cond_t condition;
    pthread_condattr_init(&attributes);
    CHECK_EQUAL(pthread_condattr_setclock(&attributes, clock), 0);
    CHECK_EQUAL(pthread_cond_init(&condition, &attributes), 0);
    struct timespec soon = clock_after_ms(clock, 30);
    pthread_mutex_lock(&gate.mutex);
    CHECK_EQUAL(pthread_cond_timedwait(&condition, &gate.mutex, &soon), ETIMEDOUT);
    CHECK(clock_ns_of(clock) >= (uint64_t)soon.tv_sec * NS_PER_S + (uint64_t)soon.tv_nsec);
    pthread_mutex_unlock(&gate.mutex);
}

void test_thread_condition_timeout(void)
{
    check_times_out(CLOCK_REALTIME);
    check_times_out(CLOCK_MONOTONIC);
}

static pthread_barrier_t barrier;
static _Atomic unsigned phases[4];
static _Atomic unsigned serial;

static void *pass_phases(void *argument)
{
    (void)argument;
    for (unsigned i = 0; i < 4; i++) {
        atomic_fetch_add_explicit(&phases[i], 1, memory_order_relaxed);
        int result = pthread_barrier_wait(&barrier);
        CHECK(result == 0 || result == PTHREAD_BARRIER_SERIAL_THREAD);
        atomic_fetch_add_explicit(&serial, result != 0, memory_order_relaxed);
        // Nobody goes on before all have come.
        CHECK_EQUAL(atomic_load_explicit(&phases[i], memory_order_relaxed), THREADS);
    }
    return NULL;
}

void test_thread_barrier(void)
{
    CHECK_EQUAL(pthread_barrier_init(&barrier, NULL, THREADS), 0);
    run_threads(THREADS, pass_phases);
    CHECK_EQUAL(serial, 4);
}

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static unsigned long pair[2]; // guarded by: rwlock; always equal

static void *read_or_write(void *argument)
{
    bool writes = (uintptr_t)argument % 4 == 0;
    for (int i = 0; i < TURNS / 10; i++) {
        if (writes) {
            CHECK_EQUAL(pthread_rwlock_wrlock(&rwlock), 0);
            pair[0]++;
            sched_yield();
            pair[1]++;
        } else {
            CHECK_EQUAL(pthread_rwlock_rdlock(&rwlock), 0);
            CHECK_EQUAL(pair[0], pair[1]);
        }
        CHECK_EQUAL(pthread_rwlock_unlock(&rwlock), 0);
    }
    return NULL;
}

void test_thread_rwlock(void)
{
    run_threads(8, read_or_write);
    CHECK_EQUAL(pair[0], 2 * (TURNS / 10));
}

// One producer for each item, and one consumer, by counting semaphores alone.
static sem_t free_places;
static sem_t full_places;
static unsigned long consumed;

static void *pass_by_semaphore(void *argument)
{
    if ((uintptr_t)argument < PRODUCERS) {
        for (int i = 0; i < ITEMS; i++) {
            CHECK_EQUAL(sem_wait(&free_places), 0);
            CHECK_EQUAL(sem_post(&full_places), 0);
        }
        return NULL;
    }
    for (int i = 0; i < PRODUCERS * ITEMS; i++) {
        CHECK_EQUAL(sem_wait(&full_places), 0);
        consumed++;
        CHECK_EQUAL(sem_post(&free_places), 0);
    }
    return NULL;
}

void test_thread_semaphore(void)
{
    CHECK_EQUAL(sem_init(&free_places, 0, RING), 0);
    CHECK_EQUAL(sem_init(&full_places, 0, 0), 0);
    run_threads(PRODUCERS + 1, pass_by_semaphore);
    CHECK_EQUAL(consumed, PRODUCERS * ITEMS);
    struct timespec soon = clock_after_ms(CLOCK_REALTIME, 20);
    CHECK_ERROR(sem_trywait(&full_places), EAGAIN);
    CHECK_ERROR(sem_timedwait(&full_places, &soon), ETIMEDOUT);
}

static sem_t *across_semaphores;

static void answer(void)
{
    for (unsigned i = 0; i < 200; i++) {
        CHECK_EQUAL(sem_wait(&across_semaphores[0]), 0);
        CHECK_EQUAL(sem_post(&across_semaphores[1]), 0);
    }
}

void test_thread_semaphore_shared(void)
{
    across_semaphores = shared_memory(2 * sizeof(sem_t));
    CHECK_EQUAL(sem_init(&across_semaphores[0], 1, 0), 0);
    CHECK_EQUAL(sem_init(&across_semaphores[1], 1, 0), 0);
    pid_t child = fork_child(answer);
    for (unsigned i = 0; i < 200; i++) {
        CHECK_EQUAL(sem_post(&across_semaphores[0]), 0);
        CHECK_EQUAL(sem_wait(&across_semaphores[1]), 0);
    }
    CHECK_EQUAL(wait_child(child), 0);
}
