// SPDX-License-Identifier: MIT
// sync/bench/lock_options.c - reads the arguments of `bench locks`.
#include "sync/bench/lock_options.h"

#include "kernel/abi/errno.h"
#include "kernel/base/options.h"
#include "kernel/base/string.h"
#include "kernel/bootargs.h"
#include "kernel/console.h"
#include "kernel/processor.h"

static void default_harts(struct lock_options *o)
{
    unsigned online = harts_online();

    for (unsigned n = 1; n < online; n *= 2) {
        o->harts[o->harts_count++] = n;
    }
    o->harts[o->harts_count++] = online;
}

static int parse_harts(const char *text, struct lock_options *o)
{
    int count = parse_list(text, o->harts, MAX_HARTS);

    for (int i = 0; i < count; i++) {
        if (o->harts[i] < 1 || o->harts[i] > harts_online()) {
            count = -EINVAL;
        }
    }
    if (count <= 0) {
        printk("harts=%s: allowed are numbers from 1 to %u\n", text, harts_online());
        return -EINVAL;
    }
    o->harts_count = (unsigned)count;
    return 0;
}

static const struct lock_case *find_case(const char *name, size_t length)
{
    for (const struct lock_case *c = lock_cases; c->name != NULL; c++) {
        if (strlen(c->name) == length && strncmp(c->name, name, length) == 0) {
            return c;
        }
    }
    return NULL;
}

static void default_locks(struct lock_options *o)
{
    for (const struct lock_case *c = lock_cases; c->name != NULL; c++) {
        if (c->by_default && o->cases_count < LOCK_CASES_MAX) {
            o->cases[o->cases_count++] = c;
        }
    }
}

static int refuse_lock(const char *text)
{
    printk("locks=%s: allowed are", text);
    for (const struct lock_case *c = lock_cases; c->name != NULL; c++) {
        printk(" %s", c->name);
    }
    printk("\n");
    return -EINVAL;
}

static int parse_locks(const char *text, struct lock_options *o)
{
    const char *name = text;

    for (;;) {
        const char *comma = strchr(name, ',');
        size_t length = comma != NULL ? (size_t)(comma - name) : strlen(name);
        const struct lock_case *c = find_case(name, length);

        if (c == NULL || o->cases_count == LOCK_CASES_MAX) {
            return refuse_lock(text);
        }
        o->cases[o->cases_count++] = c;
        if (comma == NULL) {
            return 0;
        }
        name = comma + 1;
    }
}

static int parse_work(const char *text, uint64_t *iterations)
{
    if (parse_u64(text, iterations) != 0 || *iterations > LOCK_WORK_MAX) {
        printk("%s: allowed are numbers of iterations from 0 to %u\n", text, LOCK_WORK_MAX);
        return -EINVAL;
    }
    return 0;
}

static uint64_t default_target(void)
{
    bool modelled = bootargs.timing == TIMING_MODEL || bootargs.timing == TIMING_EXPLORE;

    return modelled ? LOCK_TARGET_MODEL : LOCK_TARGET_DEFAULT;
}

static int parse_target(const char *text, uint64_t *acquisitions)
{
    if (parse_u64(text, acquisitions) != 0 || *acquisitions < 1 ||
        *acquisitions > LOCK_TARGET_MAX) {
        printk("acquisitions=%s: allowed are numbers from 1 to %u\n", text, LOCK_TARGET_MAX);
        return -EINVAL;
    }
    return 0;
}

static int parse_waits(const char *text, bool *waits)
{
    *waits = strcmp(text, "1") == 0;
    if (!*waits && strcmp(text, "0") != 0) {
        printk("waits=%s: allowed are 0 1\n", text);
        return -EINVAL;
    }
    return 0;
}

static int parse_word(const char *word, struct lock_options *o)
{
    const char *value;

    if ((value = option_value(word, "harts")) != NULL) {
        return parse_harts(value, o);
    }
    if ((value = option_value(word, "locks")) != NULL) {
        return parse_locks(value, o);
    }
    if ((value = option_value(word, "cs")) != NULL) {
        return parse_work(value, &o->cs);
    }
    if ((value = option_value(word, "think")) != NULL) {
        return parse_work(value, &o->think);
    }
    if ((value = option_value(word, "acquisitions")) != NULL) {
        return parse_target(value, &o->target);
    }
    if ((value = option_value(word, "waits")) != NULL) {
        return parse_waits(value, &o->waits);
    }
    printk("%s: not an option of bench locks\n", word);
    return -EINVAL;
}

int lock_options_parse(int argc, char **argv, struct lock_options *o)
{
    *o = (struct lock_options){.cs = 10, .think = 20, .target = default_target(), .waits = true};
    for (int i = 1; i < argc; i++) {
        int error = parse_word(argv[i], o);

        if (error != 0) {
            return error;
        }
    }
    if (o->harts_count == 0) {
        default_harts(o);
    }
    if (o->cases_count == 0) {
        default_locks(o);
    }
    return 0;
}
