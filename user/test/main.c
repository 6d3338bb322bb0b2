// SPDX-License-Identifier: MIT
// user/test/main.c - runs tests and prints what came out, as TAP: utest [-l] [-s SCALE] [NAME...].
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/lib/fail.h"
#include "user/lib/number.h"
#include "user/lib/option.h"
#include "user/lib/run.h"
#include "user/test/utest.h"

enum { SKIPPED = 77 };

static const struct test {
    const char *group;
    const char *name;
    void (*run)(void);
} tests[] = {
#define TEST(group, name) {#group, #name, test_##group##_##name},
#include "user/test/tests.def"
#undef TEST
};
enum { TESTS = sizeof(tests) / sizeof(tests[0]) };

static unsigned scale = 1;

unsigned scaled(unsigned count)
{
    return count * scale;
}

void skip(const char *why)
{
    printf("# skipped: %s\n", why);
    fflush(stdout);
    _exit(SKIPPED);
}

// Is it asked for, by its group, its name, or both as GROUP_NAME? No name asks for all.
static bool is_wanted(const struct test *test, char **names)
{
    char both[128];
    snprintf(both, sizeof(both), "%s_%s", test->group, test->name);
    for (char **name = names; *name != NULL; name++) {
        if (strcmp(*name, test->group) == 0 || strcmp(*name, test->name) == 0 ||
            strcmp(*name, both) == 0) {
            return true;
        }
    }
    return *names == NULL;
}

// Run it in a process and a process group of its own. Returns: its status as of wait(2).
static int run(const struct test *test)
{
    pid_t child = fork_or_die();
    if (child == 0) {
        setpgid(0, 0);
        alarm(scaled(TEST_LIMIT_S));
        test->run();
        fflush(stdout);
        _exit(0);
    }
    setpgid(child, child);
    int status = wait_or_die(child);
    kill(-child, SIGKILL);
    return status;
}

// Returns: whether it passed.
static bool report(unsigned number, const struct test *test, int status)
{
    bool passed = status == 0 || (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED);
    if (WIFSIGNALED(status)) {
        printf("# died of signal %d (%s)\n", WTERMSIG(status), strsignal(WTERMSIG(status)));
    }
    printf("%sok %u - %s_%s%s\n", passed ? "" : "not ", number, test->group, test->name,
           passed && status != 0 ? " # SKIP" : "");
    return passed;
}

static int run_all(char **names)
{
    unsigned number = 0;
    unsigned failures = 0;
    for (unsigned i = 0; i < TESTS; i++) {
        if (is_wanted(&tests[i], names)) {
            failures += !report(++number, &tests[i], run(&tests[i]));
        }
    }
    printf("1..%u\n# %u passed, %u failed\n", number, number - failures, failures);
    fflush(stdout);
    if (number == 0) {
        return misuse("no test has such a name; -l lists them");
    }
    return failures > 0;
}

static int list(void)
{
    for (unsigned i = 0; i < TESTS; i++) {
        printf("%s_%s\n", tests[i].group, tests[i].name);
    }
    return 0;
}

int main(int argc, char **argv)
{
    program_name = "utest";
    program_usage = "utest [-l] [-s SCALE] [GROUP | NAME | GROUP_NAME]...";
    if (argc > 2 && strcmp(argv[1], "--as") == 0) {
        return role_main(argc - 2, argv + 2);
    }
    int letter;
    while ((letter = option_next(argc, argv, "ls:")) != -1) {
        if (letter == 'l') {
            return list();
        }
        scale = (unsigned)number_of("-s", optarg, 1, 1000000);
    }
    return run_all(argv + optind);
}
