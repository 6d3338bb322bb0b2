// SPDX-License-Identifier: MIT
// kernel/bootargs.c - what the command line in the device tree chooses.
#include "kernel/bootargs.h"

#include "kernel/abi/errno.h"
#include "kernel/base/compiler.h"
#include "kernel/base/fdt.h"
#include "kernel/base/options.h"
#include "kernel/base/string.h"
#include "kernel/console.h"

enum { LINE_BYTES = 1024, QUANTUM_MAX_US = 3600000000, WATCHDOG_MAX = 3600, ASIDS_MAX = 65535 };

struct bootargs bootargs;
const char *bootargs_given = "";

static const struct word {
    const char *key;
    char *value;
    const char *missing; // what it is when it is not given
} words[] = {
    {"sched", bootargs.sched, "rr"},          {"queues", bootargs.queues, "global"},
    {"victim", bootargs.victim, "longest"},   {"take", bootargs.take, "one"},
    {"lockwait", bootargs.lockwait, "queue"}, {"timing", bootargs.timing_name, "host"},
    {"rev", bootargs.rev, "unknown"},         {"qemu", bootargs.qemu, "unknown"},
    {"omit", bootargs.omit, "nothing"},       {"host_cpus", bootargs.host_cpus, ""},
    {"host_free", bootargs.host_free, ""},
};

static const char *const timings[] = {
    [TIMING_HOST] = "host",
    [TIMING_COUNT] = "count",
    [TIMING_MODEL] = "model",
    [TIMING_EXPLORE] = "explore",
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

// Read the value of `key` into the BOOTARG_BYTES at `value`. Returns: 0; -EINVAL, reported.
static int read_text(const char *line, const char *key, const char *missing, char *value)
{
    int err = option_get(line, key, value, BOOTARG_BYTES);

    if (err == -ENOENT) {
        (void)str_copy(value, missing, BOOTARG_BYTES);
        return 0;
    }
    if (err != 0) {
        printk("bootargs: %s= has more than %d characters\n", key, BOOTARG_BYTES - 1);
        return -EINVAL;
    }
    return 0;
}

static int read_number(const char *line, const char *key, const char *missing, uint64_t *out)
{
    char text[BOOTARG_BYTES];

    if (read_text(line, key, missing, text) != 0) {
        return -EINVAL;
    }
    if (parse_u64(text, out) != 0) {
        printk("bootargs: %s=%s is not a number\n", key, text);
        return -EINVAL;
    }
    return 0;
}

static int read_quantum(const char *line)
{
    uint64_t us;

    if (read_number(line, "quantum", "10000", &us) != 0) {
        return -EINVAL;
    }
    if (us == 0 || us > QUANTUM_MAX_US) {
        printk("bootargs: quantum=%lu is not in 1..%u microseconds\n", us, QUANTUM_MAX_US);
        return -EINVAL;
    }
    bootargs.quantum_ns = us * 1000;
    return 0;
}

static int read_watchdog(const char *line)
{
    if (read_number(line, "watchdog", CONFIG_DEBUG ? "30" : "0", &bootargs.watchdog) != 0) {
        return -EINVAL;
    }
    if (bootargs.watchdog > WATCHDOG_MAX) {
        printk("bootargs: watchdog=%lu is not in 0..%u\n", bootargs.watchdog, WATCHDOG_MAX);
        return -EINVAL;
    }
    return 0;
}

static int read_asids(const char *line)
{
    if (read_number(line, "asids", "65535", &bootargs.asids) != 0) {
        return -EINVAL;
    }
    if (bootargs.asids > ASIDS_MAX) {
        printk("bootargs: asids=%lu is not in 0..%u\n", bootargs.asids, ASIDS_MAX);
        return -EINVAL;
    }
    return 0;
}

static int read_counters(const char *line)
{
    uint64_t counters;

    if (read_number(line, "counters", "0", &counters) != 0) {
        return -EINVAL;
    }
    if (counters > 1) {
        printk("bootargs: counters=%lu is not one of: 0 1\n", counters);
        return -EINVAL;
    }
    bootargs.counters = counters == 1;
    return 0;
}

// A word that is `no`, which it is if it is missing, or `yes`. Returns: 0; -EINVAL.
static int read_either(const char *line, const char *key, const char *no, const char *yes,
                       bool *is_yes)
{
    char text[BOOTARG_BYTES];

    if (read_text(line, key, no, text) != 0) {
        return -EINVAL;
    }
    *is_yes = strcmp(text, yes) == 0;
    if (!*is_yes && strcmp(text, no) != 0) {
        printk("bootargs: %s=%s is not one of: %s %s\n", key, text, no, yes);
        return -EINVAL;
    }
    return 0;
}

// Figures of a model that is not there would look like any others.
static int read_model(const char *line)
{
    if (bootargs.timing != TIMING_MODEL && bootargs.timing != TIMING_EXPLORE) {
        return 0;
    }
    if (read_text(line, "model", "", bootargs.model) != 0) {
        return -EINVAL;
    }
    if (bootargs.model[0] == '\0' || !bootargs.counters) {
        printk("bootargs: timing=%s takes the timing model: model=NAME counters=1\n",
               bootargs.timing_name);
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
    printk("bootargs: timing=%s is not one of: host count model explore\n", bootargs.timing_name);
    return -EINVAL;
}

static int read_words(const char *line)
{
    for (unsigned i = 0; i < ARRAY_SIZE(words); i++) {
        int err = read_text(line, words[i].key, words[i].missing, words[i].value);

        if (err != 0) {
            return err;
        }
    }
    return 0;
}

int bootargs_init(const struct fdt *fdt)
{
    static char line[LINE_BYTES];
    const char *given = fdt_prop_string(fdt, fdt_find_path(fdt, "/chosen"), "bootargs");

    bootargs_given = given != NULL ? given : "";
    if (str_copy(line, bootargs_given, sizeof(line)) >= sizeof(line) ||
        str_copy(bootargs.command, cut_command(line), sizeof(bootargs.command)) >=
            sizeof(bootargs.command)) {
        printk("bootargs: longer than %d characters, or cmd= than %d\n", LINE_BYTES - 1,
               BOOTARG_COMMAND_BYTES - 1);
        return -EINVAL;
    }
    if (read_words(line) != 0 || read_quantum(line) != 0 || read_watchdog(line) != 0 ||
        read_counters(line) != 0 || read_asids(line) != 0 ||
        read_either(line, "init", "kernel", "user", &bootargs.user) != 0 ||
        read_either(line, "syscalls", "quiet", "report", &bootargs.report_syscalls) != 0 ||
        read_number(line, "seed", "1", &bootargs.seed) != 0) {
        return -EINVAL;
    }
    return find_timing() != 0 ? -EINVAL : read_model(line);
}
