// SPDX-License-Identifier: MIT
// user/bench/lockbench/record.c - what lockbench prints of a sample.
//
// The fields of a record are those of the kernel's benches, docs/time.md; what the machine is comes
// from the kernel's command line, and is left out where that does not say it, as on Linux.
#include "user/bench/lockbench/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/lib/proc.h"

enum { LINE = 4096 };

// Copy the value of `name=` in the kernel's command line, which ends at `cmd=`. Returns: whether it
// is there.
static bool machine_word(const char *name, char *value, size_t size)
{
    char line[LINE];
    char *rest = line;
    if (proc_read("/proc/cmdline", line, sizeof(line)) <= 0) {
        return false;
    }
    for (char *word; (word = strsep(&rest, " \n")) != NULL && strncmp(word, "cmd=", 4) != 0;) {
        size_t length = strlen(name);
        if (strncmp(word, name, length) == 0 && word[length] == '=') {
            snprintf(value, size, "%s", word + length + 1);
            return strpbrk(value, "\"\\") == NULL;
        }
    }
    return false;
}

static void put_machine(void)
{
    static const char *const texts[] = {"sched",  "queues", "victim", "take",
                                        "timing", "model",  "rev",    "qemu"};
    static const char *const numbers[] = {"seed", "host_cpus", "host_free"};
    char value[64];
    printf(", \"smp\": %ld", sysconf(_SC_NPROCESSORS_ONLN));
    for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (machine_word(texts[i], value, sizeof(value))) {
            printf(", \"%s\": \"%s\"", texts[i], value);
        }
    }
    for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (machine_word(numbers[i], value, sizeof(value))) {
            printf(", \"%s\": %s", numbers[i], value);
        }
    }
}

static unsigned harts_of(const struct sample *sample)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    return sample->threads < cpus ? sample->threads : (unsigned)cpus;
}

// Why the figures may not be compared, NULL if they may.
static const char *invalid(const struct sample *sample)
{
    char timing[16];
    char free_cores[16] = "0";
    if (!sample->exclusive) {
        return "a second owner was let in";
    }
    if (!machine_word("timing", timing, sizeof(timing))) {
        return NULL;
    }
    machine_word("host_free", free_cores, sizeof(free_cores));
    if (strcmp(timing, "host") == 0 && harts_of(sample) > 1 &&
        strtod(free_cores, NULL) < harts_of(sample)) {
        return "timing=host with fewer free host cores than harts";
    }
    return strcmp(timing, "explore") == 0 ? "timing=explore: time means nothing" : NULL;
}

static void put(const struct sample *sample, const char *metric, double value, const char *unit)
{
    const char *reason = invalid(sample);
    printf("RESULT {\"bench\": \"lockbench\", \"metric\": \"%s\", \"value\": %.3f, \"unit\": "
           "\"%s\", \"harts\": %u, \"lock\": \"%s\", \"threads\": %u",
           metric, value, unit, harts_of(sample), sample->type->name, sample->threads);
    put_machine();
    printf(", \"valid\": %s", reason == NULL ? "true" : "false");
    if (reason != NULL) {
        printf(", \"reason\": \"%s\"", reason);
    }
    puts("}");
}

// What the threads' shares of the acquisitions come to.
struct shares {
    double sum;
    double squares;
    double least;
    double most;
};

static struct shares shares_of(const struct sample *sample)
{
    struct shares shares = {.least = (double)sample->acquisitions[0]};
    for (unsigned i = 0; i < sample->threads; i++) {
        double turns = (double)sample->acquisitions[i];
        shares.sum += turns;
        shares.squares += turns * turns;
        shares.least = turns < shares.least ? turns : shares.least;
        shares.most = turns > shares.most ? turns : shares.most;
    }
    return shares;
}

void record_head(void)
{
    puts("LOCK         THREADS   ACQUISITIONS   NS EACH    MIN %    MAX %   JAIN  HANDED ON");
}

void record_sample(const struct sample *sample)
{
    struct shares shares = shares_of(sample);
    double sum = shares.sum > 0 ? shares.sum : 1;
    double each_ns = (double)sample->took_ns / sum;
    double jain = shares.squares > 0 ? sum * sum / (shares.squares * sample->threads) : 1;
    printf("%-12s %7u %14.0f %9.1f %8.2f %8.2f %6.3f %9.1f%%%s\n", sample->type->name,
           sample->threads, shares.sum, each_ns, 100 * shares.least / sum, 100 * shares.most / sum,
           jain, 100 * (double)sample->handoffs / sum, sample->exclusive ? "" : "  BROKEN");
    put(sample, "per_acquisition", each_ns, "ns");
    put(sample, "acquisitions", shares.sum, "count");
    put(sample, "thread_share_min", shares.least / sum, "ratio");
    put(sample, "thread_share_max", shares.most / sum, "ratio");
    put(sample, "jain", jain, "ratio");
    put(sample, "handoffs", (double)sample->handoffs, "count");
    fflush(stdout);
}
