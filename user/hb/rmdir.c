// SPDX-License-Identifier: MIT
// user/hb/rmdir.c - remove empty folders.
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/fail.h"

int rmdir_main(int argc, char **argv)
{
    int status = argc > 1 ? 0 : misuse("which folder?");
    for (int i = 1; i < argc; i++) {
        status |= rmdir(argv[i]) < 0 ? failed("%s", argv[i]) : 0;
    }
    return status;
}
