// SPDX-License-Identifier: MIT
// kernel/bootargs.c - what the command line in the device tree chooses.
#include "kernel/bootargs.h"

#include "kernel/abi/errno.h"
#include "kernel/base/compiler.h"
#include "kernel/base/fdt.h"
#include "kernel/base/options.h"
#include "kernel/base/string.h"
#include "kernel/console.h"

enum { LINE_BYTES = 1024 };

struct bootargs bootargs;

static const struct word {
    const char *key;
    char *value;
    const char *missing; // what it is when it is not given
} words[] = {
    {"sched", bootargs.sched, "rr"},          {"queues", bootargs.queues, "global"},
    {"lockwait", bootargs.lockwait, "queue"}, {"timing", bootargs.timing_name, "host"},
    {"rev", bootargs.rev, "unknown"},         {"qemu", bootargs.qemu, "unknown"},
    {"host_cpus", bootargs.host_cpus, ""},    {"host_free", bootargs.host_free, ""},
};

static const char *const timings[] = {
    [TIMING_HOST] = "host",
    [TIMING_COUNT] = "count",
    [TIMING_MODEL] = "model",
};

// Cut the command off `line` and return it: all that follows the word `cmd=`.
static const char *cut_command(char *line)
{
    for (char *at = line; *at != '\0'; at++) {
        if ((at == line || at[-1] == ' ') && strncmp(at, "cmd=", 4) == 0) {
            *at = '\0';
            return at + 4;
        }
    }
    return "";
}

static int read_number(const char *line, const char *key, uint64_t missing, uint64_t *out)
{
    char text[BOOTARG_BYTES];

    *out = missing;
    if (option_get(line, key, text, sizeof(text)) && parse_u64(text, out) != 0) {
        printk("bootargs: %s=%s is not a number\n", key, text);
        return -EINVAL;
    }
    return 0;
}

static int find_timing(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(timings); i++) {
        if (strcmp(timings[i], bootargs.timing_name) == 0) {
            bootargs.timing = (enum timing)i;
            return 0;
        }
    }
    printk("bootargs: timing=%s is not one of: host count model\n", bootargs.timing_name);
    return -EINVAL;
}

int bootargs_init(const struct fdt *fdt)
{
    static char line[LINE_BYTES];
    const char *given = fdt_prop_string(fdt, fdt_find_path(fdt, "/chosen"), "bootargs");
    uint64_t quantum_us;

    if (str_copy(line, given != NULL ? given : "", sizeof(line)) >= sizeof(line)) {
        printk("bootargs: longer than %d bytes\n", LINE_BYTES - 1);
        return -EINVAL;
    }
    (void)str_copy(bootargs.command, cut_command(line), sizeof(bootargs.command));
    for (unsigned i = 0; i < ARRAY_SIZE(words); i++) {
        if (!option_get(line, words[i].key, words[i].value, BOOTARG_BYTES)) {
            (void)str_copy(words[i].value, words[i].missing, BOOTARG_BYTES);
        }
    }
    if (read_number(line, "quantum", 10000, &quantum_us) != 0 ||
        read_number(line, "seed", 1, &bootargs.seed) != 0) {
        return -EINVAL;
    }
    bootargs.quantum_ns = quantum_us * 1000;
    return find_timing();
}
