// SPDX-License-Identifier: MIT
// user/test/roles.c - what the test program does when a test executes it.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/lib/fail.h"
#include "user/test/utest.h"

// exit STATUS
static int role_exit(int argc, char **argv)
{
    return argc == 2 ? atoi(argv[1]) : 99;
}

// arguments ONE "" "two words": its arguments and an environment arrive whole.
static int role_arguments(int argc, char **argv)
{
    const char *value = getenv("UTEST_VALUE");
    return argc == 4 && strcmp(argv[1], "one") == 0 && *argv[2] == '\0' &&
                   strcmp(argv[3], "two words") == 0 && value != NULL && strcmp(value, "v w") == 0
               ? 23
               : 1;
}

// descriptors OPEN CLOSED: which file descriptors are open.
static int role_descriptors(int argc, char **argv)
{
    return argc == 3 && fcntl(atoi(argv[1]), F_GETFD) == 0 && fcntl(atoi(argv[2]), F_GETFD) < 0 ? 0
                                                                                                : 1;
}

// pid PID: it has this id.
static int role_pid(int argc, char **argv)
{
    return argc == 2 && getpid() == atoi(argv[1]) ? 24 : 1;
}

// compute: for ever.
static int role_compute(int argc, char **argv)
{
    (void)argv;
    while (argc > 0) {
        __asm__("" ::: "memory");
    }
    return 1;
}

static void leave(void)
{
}

// child: once others have had a turn, have a child, which is a new space, and wait for its end.
static int role_child(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    sleep_ms(20);
    return wait_child(fork_child(leave));
}

// vfork-thread: the test of that name, in a program that has been executed.
static int role_vfork_thread(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    test_process_vfork_thread();
    return 0;
}

int role_main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*play)(int argc, char **argv);
    } roles[] = {
        {"exit", role_exit},  {"arguments", role_arguments}, {"descriptors", role_descriptors},
        {"pid", role_pid},    {"compute", role_compute},     {"vfork-thread", role_vfork_thread},
        {"child", role_child}};
    for (unsigned i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
        if (strcmp(roles[i].name, argv[0]) == 0) {
            return roles[i].play(argc, argv);
        }
    }
    return misuse("%s is not a role", argv[0]);
}
