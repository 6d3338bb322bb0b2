// SPDX-License-Identifier: MIT
// user/hb/seq.c - numbers, a line each.
#include <limits.h>
#include <stdio.h>

#include "user/hb/applet.h"
#include "user/lib/fail.h"
#include "user/lib/number.h"

int seq_main(int argc, char **argv)
{
    long range[3] = {1, 1, 1}; // first, step, last
    if (argc < 2 || argc > 4) {
        return misuse("from where to where?");
    }
    for (int i = 1; i < argc; i++) {
        int which = i == argc - 1 ? 2 : i - 1;
        range[which] = number_of("seq", argv[i], INT_MIN, INT_MAX);
    }
    if (range[1] == 0) {
        return misuse("a step of 0 leads nowhere");
    }
    for (long i = range[0]; range[1] > 0 ? i <= range[2] : i >= range[2]; i += range[1]) {
        printf("%ld\n", i);
    }
    return 0;
}
