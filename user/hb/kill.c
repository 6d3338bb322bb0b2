// SPDX-License-Identifier: MIT
// user/hb/kill.c - send a signal.
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include "user/hb/applet.h"
#include "user/lib/fail.h"
#include "user/lib/names.h"
#include "user/lib/number.h"

static int list(void)
{
    for (int i = 1; i < NSIG; i++) {
        if (signal_name(i) != NULL) {
            printf("%2d %s\n", i, signal_name(i));
        }
    }
    return 0;
}

static int send(const char *text, int number)
{
    long pid;
    if (!number_read(text, -INT_MAX, INT_MAX, &pid)) {
        return misuse("%s is not a process", text);
    }
    return kill((pid_t)pid, number) < 0 ? failed("%s", text) : 0;
}

int kill_main(int argc, char **argv)
{
    const char *name = "TERM";
    int next = 1;
    if (argc == 2 && strcmp(argv[1], "-l") == 0) {
        return list();
    }
    if (argc > 2 && strcmp(argv[1], "-s") == 0) {
        name = argv[2];
        next = 3;
    } else if (argc > 1 && argv[1][0] == '-' && strcmp(argv[1], "--") != 0) {
        name = argv[1] + 1;
        next = 2;
    }
    next += next < argc && strcmp(argv[next], "--") == 0;
    int number = signal_number(name);
    if (number < 0) {
        return misuse("%s is not a signal; kill -l lists them", name);
    }
    if (next >= argc) {
        return misuse("which process?");
    }
    int status = 0;
    for (; next < argc; next++) {
        status |= send(argv[next], number);
    }
    return status;
}
