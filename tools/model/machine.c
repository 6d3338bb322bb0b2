// SPDX-License-Identifier: MIT
// tools/model/machine.c - a machine's figures: which there are, their ranges, what fits together.
#include "tools/model/machine.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/model/cache.h"

#define MAX_COST 1000000
#define MAX_SIZE (1u << 30)

// Which shapes need the figure.
enum need { ALWAYS, WITH_CLUSTERS, WITH_CLUSTER_CACHE, WITH_FINITE_LLC, WITH_CHIPS };

struct figure {
    const char *key;
    size_t offset; // in struct machine
    uint32_t least, most;
    enum need need;
};

#define FIGURE(name, least, most, need)                                                            \
    {                                                                                              \
        #name, offsetof(struct machine, name), least, most, need                                   \
    }

static const struct figure figures[] = {
    FIGURE(harts, 1, MACHINE_MAX_HARTS, ALWAYS),
    FIGURE(cluster_harts, 1, MACHINE_MAX_HARTS, ALWAYS),
    FIGURE(chip_harts, 1, MACHINE_MAX_HARTS, ALWAYS),
    FIGURE(l1_bytes, LINE_BYTES, MAX_SIZE, ALWAYS),
    FIGURE(l1_ways, 1, CACHE_MAX_WAYS, ALWAYS),
    FIGURE(cluster_bytes, 0, MAX_SIZE, ALWAYS),
    FIGURE(cluster_ways, 1, CACHE_MAX_WAYS, WITH_CLUSTER_CACHE),
    FIGURE(llc_bytes, 0, MAX_SIZE, ALWAYS),
    FIGURE(llc_ways, 1, CACHE_MAX_WAYS, WITH_FINITE_LLC),
    FIGURE(hit, 1, MAX_COST, ALWAYS),
    FIGURE(cluster, 1, MAX_COST, WITH_CLUSTER_CACHE),
    FIGURE(llc, 1, MAX_COST, ALWAYS),
    FIGURE(memory, 1, MAX_COST, ALWAYS),
    FIGURE(transfer_cluster, 1, MAX_COST, WITH_CLUSTERS),
    FIGURE(transfer_chip, 1, MAX_COST, ALWAYS),
    FIGURE(transfer_far, 1, MAX_COST, WITH_CHIPS),
    FIGURE(upgrade_cluster, 1, MAX_COST, WITH_CLUSTERS),
    FIGURE(upgrade_chip, 1, MAX_COST, ALWAYS),
    FIGURE(upgrade_far, 1, MAX_COST, WITH_CHIPS),
    FIGURE(amo, 0, MAX_COST, ALWAYS),
    FIGURE(mmio, 1, MAX_COST, ALWAYS),
    FIGURE(jitter, 0, MAX_COST, ALWAYS),
    FIGURE(overtake, 0, 100, ALWAYS),
};
#define FIGURES (sizeof(figures) / sizeof(figures[0]))

void machine_init(struct machine *machine)
{
    memset(machine, 0, sizeof(*machine));
}

static uint32_t *figure_in(struct machine *machine, const struct figure *figure)
{
    return (uint32_t *)(void *)((char *)machine + figure->offset);
}

static bool refuse_key(struct machine *machine, const char *key)
{
    snprintf(machine->error, sizeof(machine->error),
             "a machine has no figure '%.40s': see tools/model/machines/flat.toml for those it has",
             key);
    return false;
}

static bool refuse_value(struct machine *machine, const struct figure *figure, const char *value)
{
    snprintf(machine->error, sizeof(machine->error),
             "%s=%.20s: a whole number from %" PRIu32 " to %" PRIu32 " is wanted", figure->key,
             value, figure->least, figure->most);
    return false;
}

// Digits only: strtoull() would also take a sign, and blanks before it.
static bool parse(const struct figure *figure, const char *value, uint32_t *parsed)
{
    size_t digits = strspn(value, "0123456789");

    if (digits == 0 || digits > 10 || value[digits] != '\0') {
        return false;
    }
    unsigned long long number = strtoull(value, NULL, 10);

    *parsed = (uint32_t)number;
    return number >= figure->least && number <= figure->most;
}

bool machine_set(struct machine *machine, const char *key, const char *value)
{
    for (size_t i = 0; i < FIGURES; i++) {
        uint32_t parsed;

        if (strcmp(figures[i].key, key) != 0) {
            continue;
        }
        if (!parse(&figures[i], value, &parsed)) {
            return refuse_value(machine, &figures[i], value);
        }
        *figure_in(machine, &figures[i]) = parsed;
        machine->given |= (uint64_t)1 << i;
        return true;
    }
    return refuse_key(machine, key);
}

static bool needed(const struct machine *machine, enum need need)
{
    switch (need) {
    case ALWAYS:
        return true;
    case WITH_CLUSTERS:
        return machine->cluster_harts > 1;
    case WITH_CLUSTER_CACHE:
        return machine->cluster_bytes > 0;
    case WITH_FINITE_LLC:
        return machine->llc_bytes > 0;
    case WITH_CHIPS:
        return machine->harts > machine->chip_harts;
    }
    return true;
}

// The keys that decide what is needed come before those that are.
static bool check_complete(struct machine *machine)
{
    for (size_t i = 0; i < FIGURES; i++) {
        if ((machine->given >> i & 1) == 0 && needed(machine, figures[i].need)) {
            snprintf(machine->error, sizeof(machine->error), "%s= is missing: this shape needs it",
                     figures[i].key);
            return false;
        }
    }
    return true;
}

static bool check_size(struct machine *machine, const char *name, uint32_t bytes, uint32_t ways)
{
    uint32_t way_bytes = bytes / ways;
    bool whole = way_bytes * ways == bytes && way_bytes >= LINE_BYTES;

    if (!whole || (way_bytes & (way_bytes - 1)) != 0) {
        snprintf(machine->error, sizeof(machine->error),
                 "%s_bytes=%" PRIu32 " is not %s_ways=%" PRIu32 " times a power of two from %u",
                 name, bytes, name, ways, LINE_BYTES);
        return false;
    }
    return true;
}

static bool check_sizes(struct machine *m)
{
    return check_size(m, "l1", m->l1_bytes, m->l1_ways) &&
           (m->cluster_bytes == 0 || check_size(m, "cluster", m->cluster_bytes, m->cluster_ways)) &&
           (m->llc_bytes == 0 || check_size(m, "llc", m->llc_bytes, m->llc_ways));
}

static bool check_shape(struct machine *m)
{
    bool whole = m->chip_harts % m->cluster_harts == 0 && m->harts % m->chip_harts == 0;

    if (!whole || m->harts / m->chip_harts > MACHINE_MAX_CHIPS) {
        snprintf(m->error, sizeof(m->error),
                 "harts=%" PRIu32 " are not up to %u chips of chip_harts=%" PRIu32
                 " in clusters of cluster_harts=%" PRIu32,
                 m->harts, MACHINE_MAX_CHIPS, m->chip_harts, m->cluster_harts);
        return false;
    }
    return true;
}

static bool check_harts(struct machine *machine, unsigned harts)
{
    if (harts == 0 || harts > machine->harts) {
        snprintf(machine->error, sizeof(machine->error),
                 "this machine has %" PRIu32 " harts, and %u are wanted", machine->harts, harts);
        return false;
    }
    return true;
}

bool machine_check(struct machine *machine, unsigned harts)
{
    return check_complete(machine) && check_sizes(machine) && check_shape(machine) &&
           check_harts(machine, harts);
}
