// SPDX-License-Identifier: MIT
// user/bench/schbench/work.c - the threads of schbench: those that send requests, and those that
// serve them.
//
// A worker puts itself on its message thread's list and sleeps. The message thread takes the whole
// list, stamps each worker with the time and wakes it up. The worker counts how long it took from
// there until it runs, then serves a request: a short sleep, as if for the network, and
// multiplications of matrices, with the lock of its cpu held, so that a worker which is preempted
// there holds up those that come to the cpu after it.
#include "user/bench/schbench/work.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "user/lib/clock.h"
#include "user/lib/fail.h"
#include "user/lib/proc.h"

enum { WAITING, WOKEN };

struct worker {
    struct message_thread *owner;
    struct worker *next;      // in the owner's list
    atomic_uint state;        // the futex it sleeps on
    atomic_ulong woken_at_ns; // relaxed: written before `state`, read after it
    struct histogram wakeups;
    struct histogram requests;
    unsigned resets;         // that it has followed
    atomic_ulong served;     // relaxed: a figure
    unsigned long *matrices; // three of them
    _Atomic pid_t tid;
    pthread_t thread;
};

struct message_thread {
    struct schbench *run;
    struct worker *_Atomic list; // workers that want to be woken, the last one first
    atomic_uint posted;          // the futex that the message thread sleeps on
    struct worker *workers;
    _Atomic pid_t tid;
    pthread_t thread;
};

static void futex_wait(atomic_uint *word, unsigned value)
{
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void futex_wake(atomic_uint *word)
{
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static bool is_over(const struct schbench *run)
{
    return atomic_load_explicit(&run->stop, memory_order_relaxed);
}

// ---- Message threads ---------------------------------------------------------------------------

static void wake(struct worker *worker)
{
    atomic_store_explicit(&worker->woken_at_ns, clock_ns(), memory_order_relaxed);
    // release: the time above is there for the worker's acquire.
    atomic_store_explicit(&worker->state, WOKEN, memory_order_release);
    futex_wake(&worker->state);
}

static void *message_main(void *argument)
{
    struct message_thread *self = argument;
    atomic_store_explicit(&self->tid, gettid(), memory_order_relaxed);
    while (!is_over(self->run)) {
        // acquire: pairs with the release in post(); what is posted after it ends the wait.
        unsigned posted = atomic_load_explicit(&self->posted, memory_order_acquire);
        // acquire: pairs with the release in post(), for the `next` of each worker.
        struct worker *worker = atomic_exchange_explicit(&self->list, NULL, memory_order_acquire);
        if (worker == NULL) {
            futex_wait(&self->posted, posted);
        }
        while (worker != NULL) {
            struct worker *next = worker->next;
            wake(worker);
            worker = next;
        }
    }
    return NULL;
}

// ---- Workers -----------------------------------------------------------------------------------

static void post(struct worker *self)
{
    struct message_thread *owner = self->owner;
    struct worker *first = atomic_load_explicit(&owner->list, memory_order_relaxed);
    atomic_store_explicit(&self->state, WAITING, memory_order_relaxed);
    do {
        self->next = first;
        // release: pairs with the acquire in message_main().
    } while (!atomic_compare_exchange_weak_explicit(&owner->list, &first, self,
                                                    memory_order_release, memory_order_relaxed));
    atomic_fetch_add_explicit(&owner->posted, 1, memory_order_release);
    futex_wake(&owner->posted);
}

static void wait_until_woken(struct worker *self)
{
    // acquire: pairs with the release in wake().
    while (atomic_load_explicit(&self->state, memory_order_acquire) == WAITING) {
        futex_wait(&self->state, WAITING);
    }
    uint64_t woken_at_ns = atomic_load_explicit(&self->woken_at_ns, memory_order_relaxed);
    histogram_add(&self->wakeups, (clock_ns() - woken_at_ns) / NS_PER_US);
}

static unsigned long product_cell(const unsigned long *row, const unsigned long *column,
                                  size_t size)
{
    unsigned long sum = 0;
    for (size_t k = 0; k < size; k++) {
        sum += row[k] * column[k * size];
    }
    return sum;
}

// The third matrix becomes the product of the first two.
static void multiply(unsigned long *matrices, size_t size)
{
    size_t cells = size * size;
    for (size_t i = 0; i < cells; i++) {
        matrices[2 * cells + i] =
            product_cell(matrices + i / size * size, matrices + cells + i % size, size);
    }
}

static void serve(struct worker *self)
{
    struct schbench *run = self->owner->run;
    uint64_t start = clock_ns();
    if (run->sleep_us > 0) {
        usleep(run->sleep_us);
    }
    int cpu = sched_getcpu();
    pthread_mutex_t *lock = &run->cpu_locks[cpu >= 0 ? (unsigned)cpu % run->cpus : 0];
    if (run->locking) {
        pthread_mutex_lock(lock);
    }
    for (unsigned i = 0; i < run->operations; i++) {
        multiply(self->matrices, run->matrix_size);
    }
    if (run->locking) {
        pthread_mutex_unlock(lock);
    }
    histogram_add(&self->requests, (clock_ns() - start) / NS_PER_US);
    atomic_fetch_add_explicit(&self->served, 1, memory_order_relaxed);
}

// Forget the figures if that was asked for: nobody else writes them.
static void follow_resets(struct worker *self)
{
    unsigned resets = atomic_load_explicit(&self->owner->run->resets, memory_order_relaxed);
    if (resets != self->resets) {
        self->resets = resets;
        histogram_clear(&self->wakeups);
        histogram_clear(&self->requests);
        atomic_store_explicit(&self->served, 0, memory_order_relaxed);
    }
}

static void *worker_main(void *argument)
{
    struct worker *self = argument;
    atomic_store_explicit(&self->tid, gettid(), memory_order_relaxed);
    while (!is_over(self->owner->run)) {
        post(self);
        wait_until_woken(self);
        serve(self);
        follow_resets(self);
    }
    return NULL;
}

// ---- All of them -------------------------------------------------------------------------------

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (memory == NULL) {
        die("memory");
    }
    return memory;
}

static void start_thread(pthread_t *thread, void *(*main)(void *), void *argument)
{
    errno = pthread_create(thread, NULL, main, argument);
    if (errno != 0) {
        die("pthread_create");
    }
}

static void start_message_thread(struct schbench *run, struct message_thread *messages)
{
    messages->run = run;
    messages->workers = allocate(run->workers, sizeof(messages->workers[0]));
    start_thread(&messages->thread, message_main, messages);
    for (unsigned i = 0; i < run->workers; i++) {
        struct worker *worker = &messages->workers[i];
        size_t cells = 3 * (size_t)run->matrix_size * run->matrix_size;
        worker->owner = messages;
        worker->matrices = allocate(cells, sizeof(unsigned long));
        for (size_t j = 0; j < cells; j++) {
            worker->matrices[j] = j;
        }
        start_thread(&worker->thread, worker_main, worker);
    }
}

void schbench_start(struct schbench *run)
{
    long cpus = sysconf(_SC_NPROCESSORS_CONF);
    run->cpus = cpus > 0 ? (unsigned)cpus : 1;
    run->cpu_locks = allocate(run->cpus, sizeof(run->cpu_locks[0]));
    for (unsigned i = 0; i < run->cpus; i++) {
        pthread_mutex_init(&run->cpu_locks[i], NULL);
    }
    run->messages = allocate(run->message_threads, sizeof(run->messages[0]));
    for (unsigned i = 0; i < run->message_threads; i++) {
        start_message_thread(run, &run->messages[i]);
    }
}

// How long a thread was ready and did not run, which schedstat's second number says, for each time
// it ran, the third.
static uint64_t delay_us(const _Atomic pid_t *tid)
{
    char path[64];
    char text[128];
    unsigned long waited_ns = 0;
    unsigned long times = 0;
    snprintf(path, sizeof(path), "/proc/self/task/%d/schedstat",
             atomic_load_explicit(tid, memory_order_relaxed));
    if (proc_read(path, text, sizeof(text)) <= 0 ||
        sscanf(text, "%*u %lu %lu", &waited_ns, &times) != 2 || times == 0) {
        return 0;
    }
    return waited_ns / times / NS_PER_US;
}

void schbench_totals(const struct schbench *run, struct schbench_totals *totals)
{
    histogram_clear(&totals->wakeups);
    histogram_clear(&totals->requests);
    totals->served = totals->message_delay_us = totals->worker_delay_us = 0;
    for (unsigned i = 0; i < run->message_threads; i++) {
        const struct message_thread *messages = &run->messages[i];
        totals->message_delay_us += delay_us(&messages->tid) / run->message_threads;
        for (unsigned j = 0; j < run->workers; j++) {
            const struct worker *worker = &messages->workers[j];
            histogram_merge(&totals->wakeups, &worker->wakeups);
            histogram_merge(&totals->requests, &worker->requests);
            totals->served += atomic_load_explicit(&worker->served, memory_order_relaxed);
            totals->worker_delay_us +=
                delay_us(&worker->tid) / ((uint64_t)run->message_threads * run->workers);
        }
    }
}

void schbench_reset(struct schbench *run)
{
    atomic_fetch_add_explicit(&run->resets, 1, memory_order_relaxed);
}

// A worker that has posted may be left on the list when its message thread ends: it is woken here.
static void finish_message_thread(struct schbench *run, struct message_thread *messages)
{
    atomic_fetch_add_explicit(&messages->posted, 1, memory_order_release);
    futex_wake(&messages->posted);
    pthread_join(messages->thread, NULL);
    for (unsigned i = 0; i < run->workers; i++) {
        struct worker *worker = &messages->workers[i];
        while (pthread_tryjoin_np(worker->thread, NULL) == EBUSY) {
            wake(worker);
            usleep(1000);
        }
        free(worker->matrices);
    }
    free(messages->workers);
}

void schbench_finish(struct schbench *run)
{
    atomic_store_explicit(&run->stop, true, memory_order_relaxed);
    for (unsigned i = 0; i < run->message_threads; i++) {
        finish_message_thread(run, &run->messages[i]);
    }
    free(run->messages);
    free(run->cpu_locks);
}
