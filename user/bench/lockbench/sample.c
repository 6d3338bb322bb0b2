// SPDX-License-Identifier: MIT
// user/bench/lockbench/sample.c - one sample of lockbench: so many threads want one lock for so
// long.
#include "user/bench/lockbench/sample.h"

#include <errno.h>
#include <sched.h>
#include <unistd.h>

#include "user/lib/clock.h"
#include "user/lib/fail.h"

// What the threads share, each part in lines of its own.
static union lock the_lock;
static _Alignas(128) struct {
    uint64_t turns; // plain: only the lock keeps updates from being lost
    unsigned owner;
    uint64_t handoffs;
} witness;
static _Alignas(128) atomic_bool stop;
static pthread_barrier_t start;

struct contender {
    struct sample *sample;
    unsigned number;
    uint64_t turns;
    pthread_t thread;
};

static void spend(unsigned turns)
{
    for (unsigned i = 0; i < turns; i++) {
        __asm__("" ::: "memory");
    }
}

static void pin(unsigned number)
{
    cpu_set_t set;
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    CPU_ZERO(&set);
    CPU_SET(number % (cpus > 0 ? (unsigned)cpus : 1), &set);
    if (sched_setaffinity(0, sizeof(set), &set) < 0) {
        die("sched_setaffinity");
    }
}

// With the lock held.
static void leave_mark(unsigned number)
{
    witness.handoffs += witness.owner != number;
    witness.owner = number;
    witness.turns++;
    __asm__("" ::: "memory");
}

static void *contend(void *argument)
{
    struct contender *self = argument;
    const struct sample *sample = self->sample;
    const struct lock_type *type = sample->type;
    _Alignas(128) struct mcs_node node;
    if (sample->pin) {
        pin(self->number);
    }
    pthread_barrier_wait(&start);
    while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
        type->acquire(&the_lock, &node);
        leave_mark(self->number);
        spend(sample->cs);
        type->release(&the_lock, &node);
        self->turns++;
        spend(sample->think);
    }
    return NULL;
}

static void wait_ms(unsigned ms)
{
    struct timespec time = clock_timespec((uint64_t)ms * NS_PER_MS);
    while (nanosleep(&time, &time) < 0 && errno == EINTR) {
    }
}

void sample_take(struct sample *sample)
{
    static struct contender contenders[THREADS];
    uint64_t sum = 0;
    witness.turns = witness.handoffs = witness.owner = 0;
    sample->type->init(&the_lock);
    atomic_store_explicit(&stop, false, memory_order_relaxed);
    pthread_barrier_init(&start, NULL, sample->threads + 1);
    for (unsigned i = 0; i < sample->threads; i++) {
        contenders[i] = (struct contender){.sample = sample, .number = i};
        errno = pthread_create(&contenders[i].thread, NULL, contend, &contenders[i]);
        if (errno != 0) {
            die("pthread_create");
        }
    }
    pthread_barrier_wait(&start);
    uint64_t began = clock_ns();
    wait_ms(sample->ms);
    atomic_store_explicit(&stop, true, memory_order_relaxed);
    for (unsigned i = 0; i < sample->threads; i++) {
        pthread_join(contenders[i].thread, NULL);
        sample->acquisitions[i] = contenders[i].turns;
        sum += contenders[i].turns;
    }
    sample->took_ns = clock_ns() - began;
    sample->handoffs = witness.handoffs;
    sample->exclusive = witness.turns == sum;
    pthread_barrier_destroy(&start);
}
