// SPDX-License-Identifier: MIT
// user/hb/pwd.c - the working directory.
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/fail.h"

int pwd_main(int argc, char **argv)
{
    char path[PATH_MAX];
    (void)argc;
    (void)argv;
    if (getcwd(path, sizeof(path)) == NULL) {
        return failed("getcwd");
    }
    puts(path);
    return 0;
}
