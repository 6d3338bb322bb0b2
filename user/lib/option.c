// SPDX-License-Identifier: MIT
// user/lib/option.c - one-letter options, by getopt.
#include "user/lib/option.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "user/lib/fail.h"

int option_next(int argc, char **argv, const char *letters)
{
    char spelled[64];
    snprintf(spelled, sizeof(spelled), "+:%s", letters);
    int letter = getopt(argc, argv, spelled);
    if (letter == '?') {
        exit(misuse("there is no option -%c", optopt));
    }
    if (letter == ':') {
        exit(misuse("-%c needs a value", optopt));
    }
    return letter;
}
