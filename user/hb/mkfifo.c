// SPDX-License-Identifier: MIT
// user/hb/mkfifo.c - make pipes with a name.
#include <sys/stat.h>
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/fail.h"
#include "user/lib/option.h"

int mkfifo_main(int argc, char **argv)
{
    option_next(argc, argv, "");
    int status = optind < argc ? 0 : misuse("which name?");
    for (int i = optind; i < argc; i++) {
        status |= mkfifo(argv[i], 0666) < 0 ? failed("%s", argv[i]) : 0;
    }
    return status;
}
