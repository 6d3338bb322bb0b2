// SPDX-License-Identifier: MIT
// user/bench/lockbench/main.c - what locks of user programs cost, and how fair they are.
//
// Each thread takes the lock, leaves its mark, spends `cs` turns of a small loop, gives it back and
// spends `think` more, for `ms` milliseconds. The witness is a counter that only the lock protects:
// if it has missed a turn there was a second owner, and the program fails, unless the lock is null.
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/bench/lockbench/record.h"
#include "user/hb/applet.h"
#include "user/lib/fail.h"
#include "user/lib/number.h"
#include "user/lib/option.h"

enum { LIST = 32 };

// Which samples are taken: each lock with each number of threads.
struct plan {
    const struct lock_type *types[LIST];
    unsigned threads[LIST];
    unsigned type_count;
    unsigned thread_count;
    struct sample sample;
};

static const struct lock_type *type_named(const char *name)
{
    for (const struct lock_type *type = lock_types; type->name != NULL; type++) {
        if (strcmp(type->name, name) == 0) {
            return type;
        }
    }
    return NULL;
}

static void list_locks(void)
{
    fputs("The locks:", stderr);
    for (const struct lock_type *type = lock_types; type->name != NULL; type++) {
        fprintf(stderr, " %s", type->name);
    }
    fputc('\n', stderr);
}

static void take_types(struct plan *plan, char *names)
{
    for (char *name; (name = strsep(&names, ",")) != NULL && plan->type_count < LIST;) {
        const struct lock_type *type = type_named(name);
        if (type == NULL) {
            list_locks();
            exit(misuse("-l: %s is not one of the locks", name));
        }
        plan->types[plan->type_count++] = type;
    }
}

static void take_threads(struct plan *plan, char *numbers)
{
    for (char *text; (text = strsep(&numbers, ",")) != NULL && plan->thread_count < LIST;) {
        plan->threads[plan->thread_count++] = (unsigned)number_of("-t", text, 1, THREADS);
    }
}

static void take_option(struct plan *plan, int letter)
{
    switch (letter) {
    case 'l':
        take_types(plan, optarg);
        break;
    case 't':
        take_threads(plan, optarg);
        break;
    case 'm':
        plan->sample.ms = (unsigned)number_of("-m", optarg, 1, INT_MAX);
        break;
    case 'c':
        plan->sample.cs = (unsigned)number_of("-c", optarg, 0, INT_MAX);
        break;
    case 'w':
        plan->sample.think = (unsigned)number_of("-w", optarg, 0, INT_MAX);
        break;
    default:
        plan->sample.pin = false;
    }
}

// All locks but null.
static void add_all_types(struct plan *plan)
{
    for (const struct lock_type *type = lock_types; type->name != NULL; type++) {
        if (strcmp(type->name, "null") != 0) {
            plan->types[plan->type_count++] = type;
        }
    }
}

// 1 thread up to one a cpu, in powers of two.
static void add_all_threads(struct plan *plan)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    for (unsigned threads = 1; threads <= THREADS && (long)threads <= cpus; threads *= 2) {
        plan->threads[plan->thread_count++] = threads;
    }
}

int lockbench_main(int argc, char **argv)
{
    static struct plan plan = {.sample = {.cs = 10, .think = 100, .ms = 200, .pin = true}};
    bool broken = false;
    int letter;
    while ((letter = option_next(argc, argv, "l:t:m:c:w:u")) != -1) {
        take_option(&plan, letter);
    }
    if (optind < argc) {
        return misuse("%s belongs to no option", argv[optind]);
    }
    if (plan.type_count == 0) {
        add_all_types(&plan);
    }
    if (plan.thread_count == 0) {
        add_all_threads(&plan);
    }
    record_head();
    for (unsigned i = 0; i < plan.type_count; i++) {
        for (unsigned j = 0; j < plan.thread_count; j++) {
            plan.sample.type = plan.types[i];
            plan.sample.threads = plan.threads[j];
            sample_take(&plan.sample);
            record_sample(&plan.sample);
            broken = broken || (!plan.sample.exclusive && strcmp(plan.types[i]->name, "null") != 0);
        }
    }
    return broken ? complain("a lock let a second owner in") : 0;
}
