// SPDX-License-Identifier: MIT
// tests/tools/machine_check.c - asks the timing model's own code whether it takes a machine.
//
// usage: machine_check HARTS KEY=VALUE,KEY=VALUE...
// Prints why not, and exits with 1, if it does not.
#include <stdio.h>
#include <stdlib.h>

#include "tests/host/coherence_machine.h"

int main(int argc, char **argv)
{
    struct machine machine;

    if (argc != 3) {
        return 2;
    }
    if (!machine_from(&machine, argv[2]) || !machine_check(&machine, (unsigned)atoi(argv[1]))) {
        puts(machine.error);
        return 1;
    }
    return 0;
}
