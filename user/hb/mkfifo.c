// SPDX-License-Identifier: MIT
// user/hb/mkfifo.c - make pipes with a name.
#include <sys/stat.h>

#include "user/hb/applet.h"
#include "user/lib/fail.h"

int mkfifo_main(int argc, char **argv)
{
    int status = argc > 1 ? 0 : misuse("which name?");
    for (int i = 1; i < argc; i++) {
        status |= mkfifo(argv[i], 0666) < 0 ? failed("%s", argv[i]) : 0;
    }
    return status;
}
