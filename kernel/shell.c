// SPDX-License-Identifier: MIT
// kernel/shell.c - the prompt, and running a command line.
#include <stdatomic.h>

#include "kernel/abi/errno.h"
#include "kernel/base/options.h"
#include "kernel/base/string.h"
#include "kernel/bench.h"
#include "kernel/boot_metric.h"
#include "kernel/bootargs.h"
#include "kernel/command.h"
#include "kernel/console.h"
#include "kernel/poweroff.h"

enum { LINE_BYTES = 256, WORDS_MAX = 32, STATUS_UNKNOWN = 127 };

extern const struct command *const __start_commands[];
extern const struct command *const __stop_commands[];

const struct command *command_at(unsigned i)
{
    return i < (unsigned)(__stop_commands - __start_commands) ? __start_commands[i] : NULL;
}

// How many of the words in `argv` make up the name of `c`; 0 if they do not.
static int name_words(const struct command *c, int argc, char **argv)
{
    size_t first = strlen(argv[0]);

    if (strcmp(c->name, argv[0]) == 0) {
        return 1;
    }
    if (argc > 1 && strncmp(c->name, argv[0], first) == 0 && c->name[first] == ' ' &&
        strcmp(c->name + first + 1, argv[1]) == 0) {
        return 2;
    }
    return 0;
}

static void print_usage(const struct command *c)
{
    printk("usage: %s%s%s\n", c->name, c->usage[0] != '\0' ? " " : "", c->usage);
}

// Nothing is called `argv[0]`; but some commands of two words may begin with it.
static int unknown(const char *word)
{
    const struct command *c;
    size_t length = strlen(word);
    bool found = false;

    for (unsigned i = 0; (c = command_at(i)) != NULL; i++) {
        if (strncmp(c->name, word, length) == 0 && c->name[length] == ' ') {
            print_usage(c);
            found = true;
        }
    }
    if (!found) {
        printk("%s: no such command; `help` lists them\n", word);
    }
    return STATUS_UNKNOWN;
}

static int run(const struct command *c, int argc, char **argv)
{
    int status = c->run(argc, argv);

    if (status == -EINVAL) {
        print_usage(c);
    } else if (status < 0) {
        printk("%s: error %d\n", c->name, -status);
    }
    return status < 0 ? 2 : status;
}

static size_t first_word_length(const char *line)
{
    size_t length = 0;

    while (line[length] != '\0' && line[length] != ' ' && line[length] != '\n') {
        length++;
    }
    return length;
}

bool command_is_known(const char *line)
{
    const struct command *c;
    size_t length = first_word_length(line);

    for (unsigned i = 0; (c = command_at(i)) != NULL; i++) {
        if (strncmp(c->name, line, length) == 0 && first_word_length(c->name) == length) {
            return true;
        }
    }
    return length == 0;
}

int command_run(char *line)
{
    char *words[WORDS_MAX];
    int count = options_split(line, words, WORDS_MAX);
    const struct command *c;

    if (count < 0) {
        printk("too many words, or an open quote\n");
        return 2;
    }
    if (count == 0) {
        return 0;
    }
    for (unsigned i = 0; (c = command_at(i)) != NULL; i++) {
        int used = name_words(c, count, words);

        if (used > 0) {
            return run(c, count - used + 1, words + used - 1);
        }
    }
    return unknown(words[0]);
}

// ---- The prompt --------------------------------------------------------------------------------

enum { KEY_INTERRUPT = 3, KEY_BACKSPACE = 8, KEY_ERASE_LINE = 21, KEY_DELETE = 127 };

static void erase(size_t *length, size_t count)
{
    for (; count > 0 && *length > 0; count--) {
        (*length)--;
        printk("\b \b");
    }
}

// Read a line, echoing it. Returns: whether it is to be run.
static bool read_line(char *line, size_t size)
{
    size_t length = 0;

    for (;;) {
        int c = console_getchar();

        if (c == '\r' || c == '\n') {
            printk("\n");
            line[length] = '\0';
            return true;
        }
        if (c == KEY_INTERRUPT) {
            printk("^C\n");
            return false;
        }
        if (c == KEY_BACKSPACE || c == KEY_DELETE) {
            erase(&length, 1);
        } else if (c == KEY_ERASE_LINE) {
            erase(&length, length);
        } else if (c >= ' ' && length + 1 < size) {
            line[length++] = (char)c;
            printk("%c", c);
        }
    }
}

static void run_line(char *line)
{
    int status = command_run(line);

    if (status != 0) {
        printk("status %d\n", status);
    }
}

static NORETURN void prompt(void)
{
    char line[LINE_BYTES];

    printk("Here ");
    bench_print_time();
    printk(".\n`help` lists the commands; leave with `exit`, or Ctrl-A X.\n");
    for (;;) {
        printk("hartbeat> ");
        if (read_line(line, sizeof(line))) {
            run_line(line);
        }
    }
}

// Power off; after a command of the bootargs, with the marker that whoever started us waits for.
static NORETURN void leave(int status)
{
    if (bootargs.command[0] != '\0') {
        printk("%%%%hartbeat end %d%%%%\n", status);
    }
    poweroff(status);
}

static NORETURN void run_once(void)
{
    printk("%%%%hartbeat begin%%%%\n");
    leave(command_run(bootargs.command));
}

int shell_main(void *unused)
{
    (void)unused;
    boot_metric_end();
    if (bootargs.command[0] == '\0') {
        prompt();
    }
    run_once();
}

static int exit_run(int argc, char **argv)
{
    uint64_t status = 0;

    if (argc > 2 || (argc == 2 && (parse_u64(argv[1], &status) != 0 || status > 255))) {
        return -EINVAL;
    }
    leave((int)status);
}
COMMAND(exit, "exit", "[STATUS 0..255]", "power off", exit_run);
