// SPDX-License-Identifier: MIT
// user/lib/option.c - one-letter options, by getopt.
#include "user/lib/option.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/lib/fail.h"

void option_numbers(int argc, char **argv)
{
    for (int i = 1; i < argc && argv[i][0] == '-' && strcmp(argv[i], "--") != 0; i++) {
        char *spelled;
        if (isdigit((unsigned char)argv[i][1]) && asprintf(&spelled, "-n%s", argv[i] + 1) > 0) {
            argv[i] = spelled;
        }
        i += strcmp(argv[i], "-n") == 0; // its value is in the next word
    }
}

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
