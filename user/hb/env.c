// SPDX-License-Identifier: MIT
// user/hb/env.c - the environment, or a program with another one.
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/option.h"
#include "user/lib/run.h"

int env_main(int argc, char **argv)
{
    while (option_next(argc, argv, "i") == 'i') {
        clearenv();
    }
    for (; optind < argc && strchr(argv[optind], '=') != NULL; optind++) {
        putenv(argv[optind]);
    }
    if (optind < argc) {
        return run_instead(argv + optind);
    }
    for (char **name = environ; name != NULL && *name != NULL; name++) {
        puts(*name);
    }
    return 0;
}
