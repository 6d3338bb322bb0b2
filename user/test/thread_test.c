// SPDX-License-Identifier: MIT
// user/test/thread_test.c - threads: what the POSIX library for them asks of a kernel.
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/lib/clock.h"
#include "user/test/utest.h"

enum { THREADS = 16, TURNS = 10000 };

static void run_threads(unsigned count, void *(*body)(void *))
{
    pthread_t threads[THREADS];
    CHECK(count <= THREADS);
    for (uintptr_t i = 0; i < count; i++) {
        start_thread(&threads[i], body, (void *)i);
    }
    for (unsigned i = 0; i < count; i++) {
        CHECK(join_thread(threads[i]) == NULL);
    }
}

static struct timespec after_ms(clockid_t clock, unsigned ms)
{
    return clock_timespec(clock_ns_of(clock) + (uint64_t)ms * NS_PER_MS);
}

// ---- Mutual exclusion --------------------------------------------------------------------------

static pthread_mutex_t mutex;
static pthread_spinlock_t spin;
static unsigned long sum; // guarded by: one of the two

static void *add_with_mutex(void *argument)
{
    (void)argument;
    for (int i = 0; i < TURNS; i++) {
        CHECK_EQUAL(pthread_mutex_lock(&mutex), 0);
        sum++;
        CHECK_EQUAL(pthread_mutex_unlock(&mutex), 0);
    }
    return NULL;
}

static void init_mutex(int type, int protocol, int robust)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    CHECK_EQUAL(pthread_mutexattr_settype(&attributes, type), 0);
    CHECK_EQUAL(pthread_mutexattr_setprotocol(&attributes, protocol), 0);
    CHECK_EQUAL(pthread_mutexattr_setrobust(&attributes, robust), 0);
    int error = pthread_mutex_init(&mutex, &attributes);
    if (error == ENOTSUP) {
        skip("there are no such mutexes");
    }
    CHECK_EQUAL(error, 0);
}

void test_thread_mutex(void)
{
    init_mutex(PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED);
    run_threads(THREADS, add_with_mutex);
    CHECK_EQUAL(sum, THREADS * TURNS);
}

void test_thread_mutex_inherits(void)
{
    init_mutex(PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_INHERIT, PTHREAD_MUTEX_STALLED);
    run_threads(4, add_with_mutex);
    CHECK_EQUAL(sum, 4 * TURNS);
}

static void *try_mutex(void *argument)
{
    (void)argument;
    struct timespec soon = after_ms(CLOCK_REALTIME, 20);
    uint64_t start = clock_ns();
    CHECK_EQUAL(pthread_mutex_trylock(&mutex), EBUSY);
    CHECK_EQUAL(pthread_mutex_timedlock(&mutex, &soon), ETIMEDOUT);
    CHECK(clock_ns() - start >= 15 * NS_PER_MS);
    CHECK_EQUAL(pthread_mutex_unlock(&mutex), EPERM);
    return NULL;
}

void test_thread_mutex_errors(void)
{
    init_mutex(PTHREAD_MUTEX_ERRORCHECK, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED);
    CHECK_EQUAL(pthread_mutex_lock(&mutex), 0);
    CHECK_EQUAL(pthread_mutex_lock(&mutex), EDEADLK);
    run_threads(1, try_mutex);
    CHECK_EQUAL(pthread_mutex_unlock(&mutex), 0);
    CHECK_EQUAL(pthread_mutex_unlock(&mutex), EPERM);
}

void test_thread_mutex_inherits_errors(void)
{
    init_mutex(PTHREAD_MUTEX_ERRORCHECK, PTHREAD_PRIO_INHERIT, PTHREAD_MUTEX_STALLED);
    CHECK_EQUAL(pthread_mutex_lock(&mutex), 0);
    CHECK_EQUAL(pthread_mutex_lock(&mutex), EDEADLK);
    run_threads(1, try_mutex);
    CHECK_EQUAL(pthread_mutex_unlock(&mutex), 0);
}

void test_thread_mutex_recursive(void)
{
    init_mutex(PTHREAD_MUTEX_RECURSIVE, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED);
    for (int i = 0; i < 100; i++) {
        CHECK_EQUAL(pthread_mutex_lock(&mutex), 0);
    }
    run_threads(1, try_mutex);
    for (int i = 0; i < 100; i++) {
        CHECK_EQUAL(pthread_mutex_unlock(&mutex), 0);
    }
    CHECK_EQUAL(pthread_mutex_trylock(&mutex), 0);
}

static void *end_with_mutex(void *argument)
{
    (void)argument;
    CHECK_EQUAL(pthread_mutex_lock(&mutex), 0);
    return NULL;
}

static void check_robust(int protocol)
{
    init_mutex(PTHREAD_MUTEX_NORMAL, protocol, PTHREAD_MUTEX_ROBUST);
    run_threads(1, end_with_mutex);
    CHECK_EQUAL(pthread_mutex_lock(&mutex), EOWNERDEAD);
    CHECK_EQUAL(pthread_mutex_consistent(&mutex), 0);
    CHECK_EQUAL(pthread_mutex_unlock(&mutex), 0);
    run_threads(1, end_with_mutex);
    CHECK_EQUAL(pthread_mutex_lock(&mutex), EOWNERDEAD);
    CHECK_EQUAL(pthread_mutex_unlock(&mutex), 0);
    CHECK_EQUAL(pthread_mutex_lock(&mutex), ENOTRECOVERABLE);
}

void test_thread_mutex_robust(void)
{
    check_robust(PTHREAD_PRIO_NONE);
}

void test_thread_mutex_robust_inherits(void)
{
    skip_if_emulated("it knows no robust list");
    check_robust(PTHREAD_PRIO_INHERIT);
}

static struct across {
    pthread_mutex_t mutex;
    _Atomic unsigned locked;
} *across;

static void die_with_mutex(void)
{
    CHECK_EQUAL(pthread_mutex_lock(&across->mutex), 0);
    atomic_store_explicit(&across->locked, 1, memory_order_release);
    sleep_ms(10000);
}

// Of a process that is killed, who waits in another process gets the mutex.
void test_thread_mutex_robust_kill(void)
{
    pthread_mutexattr_t attributes;
    skip_if_emulated("it knows no robust list");
    across = shared_memory(sizeof(*across));
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    CHECK_EQUAL(pthread_mutex_init(&across->mutex, &attributes), 0);
    pid_t child = fork_child(die_with_mutex);
    AWAIT(across->locked, 1);
    CHECK_EQUAL(pthread_mutex_trylock(&across->mutex), EBUSY);
    CHECK_EQUAL(kill(child, SIGKILL), 0);
    CHECK_EQUAL(pthread_mutex_lock(&across->mutex), EOWNERDEAD);
    CHECK_EQUAL(wait_child(child), -SIGKILL);
}

static void *add_with_spin(void *argument)
{
    (void)argument;
    for (int i = 0; i < TURNS; i++) {
        pthread_spin_lock(&spin);
        sum++;
        pthread_spin_unlock(&spin);
    }
    return NULL;
}

void test_thread_spin(void)
{
    CHECK_EQUAL(pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE), 0);
    run_threads(4, add_with_spin);
    CHECK_EQUAL(sum, 4 * TURNS);
}

static _Atomic unsigned long atomic_sum;

static void *add_atomically(void *argument)
{
    (void)argument;
    for (int i = 0; i < TURNS; i++) {
        unsigned long old = atomic_load_explicit(&atomic_sum, memory_order_relaxed);
        while (!atomic_compare_exchange_weak_explicit(&atomic_sum, &old, old + 1,
                                                      memory_order_relaxed, memory_order_relaxed)) {
        }
    }
    return NULL;
}

void test_thread_atomic(void)
{
    run_threads(THREADS, add_atomically);
    CHECK_EQUAL(atomic_sum, THREADS * TURNS);
}

// Peterson's algorithm: needs each store to be seen before the load that follows it.
static atomic_int wants[2];
static atomic_int turn;

static void *add_with_peterson(void *argument)
{
    int self = (int)(uintptr_t)argument;
    for (int i = 0; i < TURNS; i++) {
        atomic_store_explicit(&wants[self], 1, memory_order_seq_cst);
        atomic_store_explicit(&turn, 1 - self, memory_order_seq_cst);
        while (atomic_load_explicit(&wants[1 - self], memory_order_seq_cst) &&
               atomic_load_explicit(&turn, memory_order_seq_cst) == 1 - self) {
            sched_yield();
        }
        sum++;
        atomic_store_explicit(&wants[self], 0, memory_order_seq_cst);
    }
    return NULL;
}

void test_thread_peterson(void)
{
    run_threads(2, add_with_peterson);
    CHECK_EQUAL(sum, 2 * TURNS);
}

// Five philosophers take their two forks, the one with the smaller number first.
static pthread_mutex_t forks[5];

static void *dine(void *argument)
{
    unsigned left = (unsigned)(uintptr_t)argument;
    unsigned right = (left + 1) % 5;
    for (unsigned i = 0; i < 4; i++) {
        CHECK_EQUAL(pthread_mutex_lock(&forks[left < right ? left : right]), 0);
        CHECK_EQUAL(pthread_mutex_lock(&forks[left < right ? right : left]), 0);
        sleep_ms(1 + left);
        CHECK_EQUAL(pthread_mutex_unlock(&forks[left]), 0);
        CHECK_EQUAL(pthread_mutex_unlock(&forks[right]), 0);
    }
    return NULL;
}

void test_thread_philosophers(void)
{
    for (int i = 0; i < 5; i++) {
        pthread_mutex_init(&forks[i], NULL);
    }
    run_threads(5, dine);
}

// ---- Waiting for each other --------------------------------------------------------------------

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
    struct timespec soon = after_ms(clock, 30);
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
    struct timespec soon = after_ms(CLOCK_REALTIME, 20);
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

// ---- Beginning and end -------------------------------------------------------------------------

struct square {
    long value;
    long square;
};

static void *square_it(void *argument)
{
    struct square *square = argument;
    square->square = square->value * square->value;
    return (void *)(intptr_t)square->value;
}

void test_thread_arguments(void)
{
    struct square squares[3] = {{1, 0}, {2, 0}, {3, 0}};
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) {
        start_thread(&threads[i], square_it, &squares[i]);
    }
    for (int i = 0; i < 3; i++) {
        CHECK_EQUAL((long)(intptr_t)join_thread(threads[i]), i + 1);
        CHECK_EQUAL(squares[i].square, (i + 1) * (i + 1));
    }
}

static __thread long local = 17;
static pthread_key_t key;
static _Atomic unsigned destroyed;

static void destroy(void *value)
{
    CHECK_EQUAL((intptr_t)value, local);
    atomic_fetch_add_explicit(&destroyed, 1, memory_order_relaxed);
}

static void *use_local(void *argument)
{
    CHECK_EQUAL(local, 17);
    local = (long)(intptr_t)argument + 100;
    CHECK(pthread_getspecific(key) == NULL);
    CHECK_EQUAL(pthread_setspecific(key, (void *)local), 0);
    for (int i = 0; i < 100; i++) {
        sched_yield();
        CHECK_EQUAL(local, (long)(intptr_t)argument + 100);
    }
    return NULL;
}

void test_thread_local(void)
{
    CHECK_EQUAL(pthread_key_create(&key, destroy), 0);
    run_threads(8, use_local);
    CHECK_EQUAL(local, 17);
    CHECK_EQUAL(destroyed, 8);
}

static _Atomic unsigned once_count;

static void only_once(void)
{
    sleep_ms(10);
    atomic_fetch_add_explicit(&once_count, 1, memory_order_relaxed);
}

static void *call_once(void *argument)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)argument;
    CHECK_EQUAL(pthread_once(&once, only_once), 0);
    CHECK_EQUAL(once_count, 1);
    return NULL;
}

void test_thread_once(void)
{
    run_threads(8, call_once);
}

static _Atomic unsigned ended;

static void *end_detached(void *argument)
{
    (void)argument;
    atomic_fetch_add_explicit(&ended, 1, memory_order_release);
    return NULL;
}

void test_thread_detached(void)
{
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    CHECK_EQUAL(pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED), 0);
    CHECK_EQUAL(pthread_attr_setstacksize(&attributes, 65536), 0);
    for (unsigned i = 0; i < 100; i++) {
        errno = pthread_create(&thread, &attributes, end_detached, NULL);
        CHECK_EQUAL(errno, 0);
        AWAIT(ended, i + 1);
    }
}

// ---- Cancellation ------------------------------------------------------------------------------

static _Atomic unsigned cancel_ready;
static _Atomic unsigned cleaned;

static void clean(void *argument)
{
    (void)argument;
    atomic_fetch_add_explicit(&cleaned, 1, memory_order_relaxed);
}

static void *sleep_until_cancelled(void *argument)
{
    (void)argument;
    pthread_cleanup_push(clean, NULL);
    atomic_store_explicit(&cancel_ready, 1, memory_order_release);
    sleep_ms(100000);
    pthread_cleanup_pop(0);
    return NULL;
}

static void loop(void)
{
    for (;;) {
        __asm__("" ::: "memory");
    }
}

static void *loop_until_cancelled(void *argument)
{
    (void)argument;
    pthread_cleanup_push(clean, NULL);
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    atomic_store_explicit(&cancel_ready, 1, memory_order_release);
    loop();
    pthread_cleanup_pop(0);
    return NULL;
}

static void check_cancel(void *(*body)(void *))
{
    pthread_t thread;
    cancel_ready = cleaned = 0;
    start_thread(&thread, body, NULL);
    AWAIT(cancel_ready, 1);
    sleep_ms(5);
    CHECK_EQUAL(pthread_cancel(thread), 0);
    CHECK(join_thread(thread) == PTHREAD_CANCELED);
    CHECK_EQUAL(cleaned, 1);
}

void test_thread_cancel(void)
{
    check_cancel(sleep_until_cancelled);
}

void test_thread_cancel_at_once(void)
{
    check_cancel(loop_until_cancelled);
}

// ---- fork and signals --------------------------------------------------------------------------

static void *add_for_ever(void *argument)
{
    (void)argument;
    for (;;) {
        atomic_fetch_add_explicit(&atomic_sum, 1, memory_order_relaxed);
    }
    return NULL;
}

static void check_alone(void)
{
    unsigned long before = atomic_load_explicit(&atomic_sum, memory_order_relaxed);
    sleep_ms(10);
    CHECK_EQUAL(atomic_load_explicit(&atomic_sum, memory_order_relaxed), before);
    run_threads(1, end_detached);
}

// A child has the thread that forked, and no other.
static void *fork_from_thread(void *argument)
{
    (void)argument;
    for (int i = 0; i < 5; i++) {
        CHECK_EQUAL(run_child(check_alone), 0);
    }
    return NULL;
}

void test_thread_fork(void)
{
    pthread_t thread;
    start_thread(&thread, add_for_ever, NULL);
    run_threads(1, fork_from_thread);
}

static _Atomic unsigned signalled;
static pthread_t signalled_thread;

static void note_signal(int number)
{
    (void)number;
    atomic_store_explicit(&signalled, pthread_self() == signalled_thread, memory_order_release);
}

static void *wait_for_signal(void *argument)
{
    (void)argument;
    while (atomic_load_explicit(&signalled, memory_order_acquire) == 0) {
        sleep_ms(1);
    }
    return NULL;
}

void test_thread_signal(void)
{
    struct sigaction action = {.sa_handler = note_signal};
    CHECK_EQUAL(sigaction(SIGUSR1, &action, NULL), 0);
    start_thread(&signalled_thread, wait_for_signal, NULL);
    CHECK_EQUAL(pthread_kill(signalled_thread, SIGUSR1), 0);
    join_thread(signalled_thread);
    CHECK_EQUAL(signalled, 1);
}

static void *return_null(void *argument)
{
    (void)argument;
    return NULL;
}

void test_thread_storm(void)
{
    for (unsigned i = 0; i < scaled(100); i++) {
        run_threads(THREADS, return_null);
    }
}
