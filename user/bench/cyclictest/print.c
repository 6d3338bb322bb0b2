// SPDX-License-Identifier: MIT
// user/bench/cyclictest/print.c - the lines that cyclictest prints.
#include "user/bench/cyclictest/print.h"

#include <stdio.h>
#include <string.h>

#include "user/lib/clock.h"
#include "user/lib/proc.h"

void cyclic_print_head(const char *policy)
{
    char load[64] = "";
    proc_read("/proc/loadavg", load, sizeof(load));
    load[strcspn(load, "\n")] = '\0';
    printf("policy: %s: loadavg: %s          \n\n", policy, load);
}

static long average(const struct cyclic_thread *thread)
{
    unsigned long cycles = atomic_load_explicit(&thread->cycles, memory_order_relaxed);
    unsigned long sum = atomic_load_explicit(&thread->sum, memory_order_relaxed);
    return cycles > 0 ? (long)sum / (long)cycles : 0;
}

void cyclic_print_thread(const struct cyclic_thread *thread)
{
    printf("T:%2d (%5d) P:%2d I:%lu C:%7lu Min:%7ld Act:%5ld Avg:%5ld Max:%8ld\n", thread->number,
           atomic_load_explicit(&thread->tid, memory_order_relaxed), thread->priority,
           thread->interval_ns / NS_PER_US,
           atomic_load_explicit(&thread->cycles, memory_order_relaxed),
           atomic_load_explicit(&thread->least, memory_order_relaxed),
           atomic_load_explicit(&thread->latest, memory_order_relaxed), average(thread),
           atomic_load_explicit(&thread->most, memory_order_relaxed));
}

static void print_buckets(struct cyclic_thread *const *threads, int count)
{
    for (unsigned i = 0; i < threads[0]->buckets; i++) {
        printf("%06u ", i);
        for (int j = 0; j < count; j++) {
            printf(j > 0 ? "\t%06lu" : "%06lu",
                   atomic_load_explicit(&threads[j]->histogram[i], memory_order_relaxed));
        }
        putchar('\n');
    }
}

enum figure { FIGURE_TOTAL, FIGURE_MIN, FIGURE_AVERAGE, FIGURE_MAX, FIGURE_OVERFLOWS };

// How many of the cycles the histogram has.
static unsigned long in_histogram(const struct cyclic_thread *thread)
{
    return atomic_load_explicit(&thread->cycles, memory_order_relaxed) -
           atomic_load_explicit(&thread->overflows, memory_order_relaxed);
}

static unsigned long figure_of(const struct cyclic_thread *thread, enum figure figure)
{
    switch (figure) {
    case FIGURE_TOTAL:
        return in_histogram(thread);
    case FIGURE_MIN:
        return (unsigned long)atomic_load_explicit(&thread->least, memory_order_relaxed);
    case FIGURE_AVERAGE:
        return (unsigned long)average(thread);
    case FIGURE_MAX:
        return (unsigned long)atomic_load_explicit(&thread->most, memory_order_relaxed);
    case FIGURE_OVERFLOWS:
        break;
    }
    return atomic_load_explicit(&thread->overflows, memory_order_relaxed);
}

static void print_overflows(const struct cyclic_thread *thread)
{
    unsigned long count = atomic_load_explicit(&thread->overflows, memory_order_relaxed);
    unsigned long shown = count < OVERFLOWS ? count : OVERFLOWS;
    printf("# Thread %d:", thread->number);
    for (unsigned long i = 0; i < shown; i++) {
        printf(" %05lu", thread->overflow_cycles[i]);
    }
    if (count > shown) {
        printf(" # %05lu others", count - shown);
    }
    putchar('\n');
}

void cyclic_print_histogram(struct cyclic_thread *const *threads, int count)
{
    static const struct {
        const char *title;
        int width;
    } rows[] = {
        [FIGURE_TOTAL] = {"# Total:", 9},
        [FIGURE_MIN] = {"# Min Latencies:", 5},
        [FIGURE_AVERAGE] = {"# Avg Latencies:", 5},
        [FIGURE_MAX] = {"# Max Latencies:", 5},
        [FIGURE_OVERFLOWS] = {"# Histogram Overflows:", 5},
    };
    puts("# Histogram");
    print_buckets(threads, count);
    for (enum figure figure = FIGURE_TOTAL; figure <= FIGURE_OVERFLOWS; figure++) {
        fputs(rows[figure].title, stdout);
        for (int i = 0; i < count; i++) {
            printf(" %0*lu", rows[figure].width, figure_of(threads[i], figure));
        }
        putchar('\n');
    }
    puts("# Histogram Overflow at cycle number:");
    for (int i = 0; i < count; i++) {
        print_overflows(threads[i]);
    }
    putchar('\n');
}
