// SPDX-License-Identifier: MIT
// tools/model/arguments.c - reads the plugin's arguments.
#include "tools/model/arguments.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/model/cache.h"

// With several nodes, an offset into one has to tell which: see plugin.c.
#define NODES_RAM_MAX (1ul << 30)

_Static_assert((uint64_t)CACHE_MAX_LINES *LINE_BYTES == 64ul << 30, "what check_ram() says");

static const char *const mode_names[MODES] = {"count", "model", "explore"};

// Cycles, if none are given. While exploring a turn ends with the first instruction after which
// another hart's clock is less, but for what the seed adds.
static const uint64_t default_quantum[MODES] = {[MODE_MODEL] = 40, [MODE_EXPLORE] = 0};
#define QUANTUM_OF_MODE UINT64_MAX

bool arguments_refuse(const char *argument, const char *allowed)
{
    (void)fprintf(stderr, "model: %s: %s\n", argument, allowed);
    return false;
}

static bool set_mode(enum mode *mode, const char *value)
{
    for (*mode = MODE_COUNT; *mode < MODES; (*mode)++) {
        if (strcmp(value, mode_names[*mode]) == 0) {
            return true;
        }
    }
    return arguments_refuse(value, "mode is one of count, model, explore");
}

static bool set_asleep(bool *ends, const char *value)
{
    *ends = strcmp(value, "end") == 0;
    return *ends || strcmp(value, "wait") == 0 ||
           arguments_refuse(value, "asleep is one of wait, end");
}

static bool set_number(const char *key, const char *value, uint64_t *number)
{
    char *end;

    *number = strtoull(value, &end, 0);
    return (*value != '\0' && *end == '\0') || arguments_refuse(key, "not a number");
}

// Where the number of that key goes; NULL if it is no number of ours.
static uint64_t *number_of(struct arguments *arguments, const char *key)
{
    const struct {
        const char *key;
        uint64_t *number;
    } numbers[] = {
        {"seed", &arguments->engine.seed},
        {"quantum", &arguments->engine.quantum},
        {"ram", &arguments->ram},
        {"nodes", &arguments->nodes},
        {"limit", &arguments->engine.limit},
        {"data", &arguments->region.data_base},
        {"data_bytes", &arguments->region.data_bytes},
        {"current", &arguments->checker.current},
    };

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (strcmp(key, numbers[i].key) == 0) {
            return numbers[i].number;
        }
    }
    return NULL;
}

static bool set_file(const char **file, const char *key, const char *value)
{
    *file = strdup(value); // QEMU frees its own
    return *file != NULL || arguments_refuse(key, strerror(errno));
}

static bool set(struct arguments *arguments, const char *key, const char *value)
{
    uint64_t *number = number_of(arguments, key);

    if (number != NULL) {
        return set_number(key, value, number);
    }
    if (strcmp(key, "mode") == 0) {
        return set_mode(&arguments->mode, value);
    }
    if (strcmp(key, "asleep") == 0) {
        return set_asleep(&arguments->engine.end_asleep, value);
    }
    if (strcmp(key, "out") == 0) {
        return set_file(&arguments->region.out, key, value);
    }
    if (strcmp(key, "check") == 0) {
        return set_file(&arguments->checker.out, key, value);
    }
    return machine_set(&arguments->machine, key, value) ||
           arguments_refuse(key, arguments->machine.error);
}

static bool set_all(struct arguments *arguments, int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        char *equals = strchr(argv[i], '=');

        if (equals == NULL) {
            return arguments_refuse(argv[i], "not KEY=VALUE");
        }
        *equals = '\0';
        if (!set(arguments, argv[i], equals + 1)) {
            return false;
        }
    }
    return true;
}

bool arguments_read(struct arguments *arguments, int argc, char **argv)
{
    *arguments =
        (struct arguments){.nodes = 1, .engine = {.quantum = QUANTUM_OF_MODE, .limit = UINT64_MAX}};
    machine_init(&arguments->machine);
    if (!set_all(arguments, argc, argv)) {
        return false;
    }
    if (arguments->engine.quantum == QUANTUM_OF_MODE) {
        arguments->engine.quantum = default_quantum[arguments->mode];
    }
    return true;
}

static bool check_ram(const struct arguments *arguments)
{
    uint64_t lines = arguments->ram / LINE_BYTES;
    bool whole = arguments->ram % LINE_BYTES == 0;

    return (whole && lines > 0 && lines <= CACHE_MAX_LINES) ||
           arguments_refuse("ram", "whole lines of 64 bytes, 64G at most");
}

static bool check_nodes(const struct arguments *arguments)
{
    bool even = arguments->nodes != 0 && arguments->ram % arguments->nodes == 0;

    return (even && (arguments->nodes == 1 || arguments->ram <= NODES_RAM_MAX)) ||
           arguments_refuse("nodes",
                            "they share the memory evenly; if there are several, it is 1G at most");
}

bool arguments_check(struct arguments *arguments, unsigned harts)
{
    if (arguments->mode == MODE_COUNT) {
        return true;
    }
    return check_ram(arguments) && check_nodes(arguments) &&
           (machine_check(&arguments->machine, harts) ||
            arguments_refuse("machine", arguments->machine.error));
}
