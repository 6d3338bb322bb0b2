// SPDX-License-Identifier: MIT
// user/bench/cyclictest/main.c - how late threads wake up that sleep until a given time.
//
// Options and output are those of cyclictest of rt-tests: each thread sleeps until an absolute
// time, reads the clock, and has been late by the difference; the next time is one interval later.
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "user/bench/cyclictest/measure.h"
#include "user/bench/cyclictest/print.h"
#include "user/hb/applet.h"
#include "user/lib/clock.h"
#include "user/lib/cpus.h"
#include "user/lib/fail.h"
#include "user/lib/number.h"

enum { REFRESH_MS = 100, POLL_MS = 10 };

struct options {
    int threads;
    int priority;
    int policy;
    uint64_t interval_us;
    uint64_t distance_us;
    uint64_t loops;
    uint64_t duration_s;
    uint64_t unit_ns;
    unsigned buckets;
    clockid_t clock;
    bool quiet;
    bool lock_memory;
    bool affine; // each thread on one cpu of the set, in turn
    cpu_set_t cpus;
};

static const char letters[] = "a::c:d:D:h:i:l:mnNp:qSt::";
static const struct option long_options[] = {
    {"affinity", optional_argument, NULL, 'a'},  {"clock", required_argument, NULL, 'c'},
    {"distance", required_argument, NULL, 'd'},  {"duration", required_argument, NULL, 'D'},
    {"histogram", required_argument, NULL, 'h'}, {"interval", required_argument, NULL, 'i'},
    {"loops", required_argument, NULL, 'l'},     {"mlockall", no_argument, NULL, 'm'},
    {"nsecs", no_argument, NULL, 'N'},           {"policy", required_argument, NULL, 'y'},
    {"priority", required_argument, NULL, 'p'},  {"prio", required_argument, NULL, 'p'},
    {"quiet", no_argument, NULL, 'q'},           {"smp", no_argument, NULL, 'S'},
    {"threads", optional_argument, NULL, 't'},   {NULL, 0, NULL, 0},
};

// An optional value may stand in the next word. Returns: NULL if there is none.
static const char *optional_value(char **argv)
{
    const char *next = argv[optind];
    if (optarg == NULL && next != NULL && strchr("0123456789", next[0]) != NULL && *next != '\0') {
        optind++;
        return next;
    }
    return optarg;
}

static void take_cpus(struct options *options, const char *text)
{
    options->affine = true;
    if (text != NULL && !cpus_from_list(text, &options->cpus)) {
        exit(misuse("-a: %s is not a list like 0-3,6", text));
    }
}

// A number of seconds, or of the unit that its last letter stands for.
static uint64_t take_duration(const char *text)
{
    static const char units[] = "smhd";
    static const uint64_t seconds[] = {1, 60, 3600, 86400};
    char number[16];
    size_t length = strspn(text, "0123456789");
    const char *unit = text[length] != '\0' ? strchr(units, text[length]) : units;
    if (unit == NULL || length >= sizeof(number) || (text[length] != '\0' && text[length + 1])) {
        exit(misuse("-D: %s is not a time like 10, 5m or 1h", text));
    }
    snprintf(number, sizeof(number), "%.*s", (int)length, text);
    return (uint64_t)number_of("-D", number, 1, INT_MAX) * seconds[unit - units];
}

static int take_policy(const char *name)
{
    if (strcmp(name, "fifo") == 0) {
        return SCHED_FIFO;
    }
    if (strcmp(name, "rr") == 0) {
        return SCHED_RR;
    }
    exit(misuse("--policy: %s is not one of: fifo rr", name));
}

static void use_all_cpus(struct options *options)
{
    take_cpus(options, NULL);
    options->threads = CPU_COUNT(&options->cpus);
}

static void take_option(struct options *options, int letter, char **argv)
{
    const char *value = NULL;
    switch (letter) {
    case 'a':
        take_cpus(options, optional_value(argv));
        break;
    case 'c':
        options->clock = number_of("-c", optarg, 0, 1) == 1 ? CLOCK_REALTIME : CLOCK_MONOTONIC;
        break;
    case 'd':
        options->distance_us = (uint64_t)number_of("-d", optarg, 0, INT_MAX);
        break;
    case 'D':
        options->duration_s = take_duration(optarg);
        break;
    case 'h':
        options->buckets = (unsigned)number_of("-h", optarg, 1, 1000000);
        break;
    case 'i':
        options->interval_us = (uint64_t)number_of("-i", optarg, 1, INT_MAX);
        break;
    case 'l':
        options->loops = (uint64_t)number_of("-l", optarg, 0, LONG_MAX);
        break;
    case 'p':
        options->priority = (int)number_of("-p", optarg, 0, 99);
        break;
    case 'S':
        use_all_cpus(options);
        break;
    case 't':
        value = optional_value(argv);
        options->threads =
            value != NULL ? (int)number_of("-t", value, 1, 1000) : CPU_COUNT(&options->cpus);
        break;
    case 'y':
        options->policy = take_policy(optarg);
        break;
    default:
        exit(misuse("there is no option %s", argv[optind - 1]));
    }
}

static struct options take_options(int argc, char **argv)
{
    struct options options = {.threads = 1,
                              .policy = SCHED_FIFO,
                              .interval_us = 1000,
                              .distance_us = 500,
                              .unit_ns = NS_PER_US,
                              .clock = CLOCK_MONOTONIC};
    int letter;
    if (sched_getaffinity(0, sizeof(options.cpus), &options.cpus) < 0) {
        die("sched_getaffinity");
    }
    opterr = 0;
    while ((letter = getopt_long(argc, argv, letters, long_options, NULL)) != -1) {
        if (letter == 'm' || letter == 'q') {
            options.lock_memory = options.lock_memory || letter == 'm';
            options.quiet = options.quiet || letter == 'q';
        } else if (letter == 'N') {
            options.unit_ns = 1;
        } else if (letter != 'n') {
            // -n has been the only way for long: clock_nanosleep.
            take_option(&options, letter, argv);
        }
    }
    if (optind < argc) {
        exit(misuse("%s belongs to no option", argv[optind]));
    }
    return options;
}

// The cpu of the n-th thread: the set's, in turn.
static int cpu_of(const struct options *options, int number)
{
    int left = number % CPU_COUNT(&options->cpus);
    int cpu = 0;
    while (!CPU_ISSET((unsigned)cpu, &options->cpus) || left-- > 0) {
        cpu++;
    }
    return options->affine ? cpu : -1;
}

static struct cyclic_thread *make_thread(const struct options *options, int number)
{
    struct cyclic_thread *thread = calloc(1, sizeof(*thread));
    if (thread == NULL) {
        die("memory");
    }
    thread->number = number;
    thread->cpu = cpu_of(options, number);
    thread->policy = options->policy;
    thread->priority = options->priority;
    thread->clock = options->clock;
    thread->loops = options->loops;
    thread->unit_ns = options->unit_ns;
    thread->buckets = options->buckets;
    thread->interval_ns =
        (options->interval_us + (uint64_t)number * options->distance_us) * NS_PER_US;
    thread->histogram = calloc(options->buckets + 1, sizeof(thread->histogram[0]));
    if (thread->histogram == NULL) {
        die("memory");
    }
    errno = pthread_create(&thread->thread, NULL, cyclic_main, thread);
    if (errno != 0) {
        die("pthread_create");
    }
    return thread;
}

static void handle_stop(int number)
{
    (void)number;
    atomic_store_explicit(&cyclic_stop, true, memory_order_relaxed);
}

static const char *policy_text(const struct options *options)
{
    return options->priority == 0 ? "other" : options->policy == SCHED_RR ? "rr" : "fifo";
}

static void print_all(const struct options *options, struct cyclic_thread *const *threads)
{
    cyclic_print_head(policy_text(options));
    for (int i = 0; i < options->threads; i++) {
        cyclic_print_thread(threads[i]);
    }
    fflush(stdout);
}

static bool all_ended(const struct options *options, struct cyclic_thread *const *threads)
{
    for (int i = 0; i < options->threads; i++) {
        // acquire: pairs with the release in cyclic_main().
        if (!atomic_load_explicit(&threads[i]->ended, memory_order_acquire)) {
            return false;
        }
    }
    return true;
}

// Show the figures while they grow.
static void wait_for_threads(const struct options *options, struct cyclic_thread *const *threads)
{
    uint64_t start = clock_ns();
    bool shows = !options->quiet && options->buckets == 0;
    uint64_t shown = start;
    while (!all_ended(options, threads)) {
        struct timespec pause = {.tv_nsec = POLL_MS * NS_PER_MS};
        nanosleep(&pause, NULL);
        uint64_t now = clock_ns();
        if (options->duration_s > 0 && now - start >= options->duration_s * NS_PER_S) {
            handle_stop(0);
        }
        if (shows && now - shown >= (uint64_t)REFRESH_MS * NS_PER_MS) {
            print_all(options, threads);
            printf("\033[%dA", options->threads + 2);
            shown = now;
        }
    }
}

static int join_all(const struct options *options, struct cyclic_thread *const *threads)
{
    int status = 0;
    for (int i = 0; i < options->threads; i++) {
        void *wrong;
        pthread_join(threads[i]->thread, &wrong);
        if (wrong != NULL) {
            errno = (int)(intptr_t)wrong;
            status = failed("thread %d", i);
        }
    }
    return status;
}

int cyclictest_main(int argc, char **argv)
{
    struct options options = take_options(argc, argv);
    if (options.lock_memory && mlockall(MCL_CURRENT | MCL_FUTURE) < 0) {
        return failed("mlockall");
    }
    struct cyclic_thread **threads =
        calloc((size_t)options.threads, sizeof(struct cyclic_thread *));
    if (threads == NULL) {
        return failed("memory");
    }
    signal(SIGINT, handle_stop);
    signal(SIGTERM, handle_stop);
    for (int i = 0; i < options.threads; i++) {
        threads[i] = make_thread(&options, i);
    }
    wait_for_threads(&options, threads);
    int status = join_all(&options, threads);
    if (options.buckets > 0) {
        cyclic_print_histogram(threads, options.threads);
    } else {
        print_all(&options, threads);
    }
    for (int i = 0; i < options.threads; i++) {
        free(threads[i]->histogram);
        free(threads[i]);
    }
    free(threads);
    return status;
}
