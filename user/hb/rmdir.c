// SPDX-License-Identifier: MIT
// user/hb/rmdir.c - remove empty folders.
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/fail.h"
#include "user/lib/option.h"

int rmdir_main(int argc, char **argv)
{
    option_next(argc, argv, "");
    int status = optind < argc ? 0 : misuse("which folder?");
    for (int i = optind; i < argc; i++) {
        status |= rmdir(argv[i]) < 0 ? failed("%s", argv[i]) : 0;
    }
    return status;
}
