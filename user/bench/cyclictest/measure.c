// SPDX-License-Identifier: MIT
// user/bench/cyclictest/measure.c - the threads of cyclictest, which sleep and see how late they
// wake up.
#include "user/bench/cyclictest/measure.h"

#include <errno.h>
#include <unistd.h>

#include "user/lib/clock.h"

atomic_bool cyclic_stop;

static int set_up(struct cyclic_thread *self)
{
    cpu_set_t cpus;
    struct sched_param parameters = {.sched_priority = self->priority};
    atomic_store_explicit(&self->tid, gettid(), memory_order_relaxed);
    CPU_ZERO(&cpus);
    if (self->cpu >= 0) {
        CPU_SET((unsigned)self->cpu, &cpus);
    }
    if (self->cpu >= 0 && sched_setaffinity(0, sizeof(cpus), &cpus) < 0) {
        return errno;
    }
    if (self->priority > 0 && sched_setscheduler(0, self->policy, &parameters) < 0) {
        return errno;
    }
    return 0;
}

static void count_in_histogram(struct cyclic_thread *self, long late, unsigned long cycle)
{
    if (late >= 0 && late < (long)self->buckets) {
        atomic_fetch_add_explicit(&self->histogram[late], 1, memory_order_relaxed);
        return;
    }
    unsigned long seen = atomic_fetch_add_explicit(&self->overflows, 1, memory_order_relaxed);
    if (seen < OVERFLOWS) {
        self->overflow_cycles[seen] = cycle;
    }
}

static void record(struct cyclic_thread *self, long late)
{
    unsigned long cycle = atomic_load_explicit(&self->cycles, memory_order_relaxed);
    long least = atomic_load_explicit(&self->least, memory_order_relaxed);
    long most = atomic_load_explicit(&self->most, memory_order_relaxed);
    atomic_store_explicit(&self->latest, late, memory_order_relaxed);
    if (cycle == 0 || late < least) {
        atomic_store_explicit(&self->least, late, memory_order_relaxed);
    }
    if (cycle == 0 || late > most) {
        atomic_store_explicit(&self->most, late, memory_order_relaxed);
    }
    atomic_fetch_add_explicit(&self->sum, (unsigned long)late, memory_order_relaxed);
    if (self->buckets > 0) {
        count_in_histogram(self, late, cycle);
    }
    atomic_store_explicit(&self->cycles, cycle + 1, memory_order_relaxed);
}

static bool is_over(const struct cyclic_thread *self)
{
    return atomic_load_explicit(&cyclic_stop, memory_order_relaxed) ||
           (self->loops > 0 &&
            atomic_load_explicit(&self->cycles, memory_order_relaxed) >= self->loops);
}

static int measure(struct cyclic_thread *self)
{
    uint64_t next = clock_ns_of(self->clock) + self->interval_ns;
    while (!is_over(self)) {
        struct timespec until = clock_timespec(next);
        int wrong = clock_nanosleep(self->clock, TIMER_ABSTIME, &until, NULL);
        if (wrong != 0 && wrong != EINTR) {
            return wrong;
        }
        uint64_t now = clock_ns_of(self->clock);
        if (wrong == EINTR) {
            continue;
        }
        record(self, (long)(now - next) / (long)self->unit_ns);
        // Intervals that went by while it was late are left out.
        while (next <= now) {
            next += self->interval_ns;
        }
    }
    return 0;
}

void *cyclic_main(void *argument)
{
    struct cyclic_thread *self = argument;
    intptr_t wrong = set_up(self);
    if (wrong == 0) {
        wrong = measure(self);
    }
    // release: pairs with the acquire in wait_for_threads(), which then reads the figures.
    atomic_store_explicit(&self->ended, true, memory_order_release);
    return (void *)wrong;
}
