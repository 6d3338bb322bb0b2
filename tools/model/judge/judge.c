// SPDX-License-Identifier: MIT
// tools/model/judge/judge.c - says whether the plugin would take its arguments, without QEMU.
//
// usage: judge HARTS KEY=VALUE...
// Exits with 1 if it would not, and says why on stderr, in the plugin's words.
#include <stdlib.h>

#include "tools/model/arguments.h"

int main(int argc, char **argv)
{
    struct arguments arguments;

    if (argc < 2) {
        return 2;
    }
    bool taken = arguments_read(&arguments, argc - 2, argv + 2) &&
                 arguments_check(&arguments, (unsigned)strtoul(argv[1], NULL, 10));

    return taken ? EXIT_SUCCESS : EXIT_FAILURE;
}
