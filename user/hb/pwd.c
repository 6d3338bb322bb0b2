// SPDX-License-Identifier: MIT
// user/hb/pwd.c - the working directory.
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/fail.h"

int pwd_main(int argc, char **argv)
{
    char path[PATH_MAX];
    // -P is what it always does.
    if (argc > 2 || (argc == 2 && strcmp(argv[1], "-P") != 0)) {
        return misuse("%s is no option", argv[1]);
    }
    if (getcwd(path, sizeof(path)) == NULL) {
        return failed("getcwd");
    }
    puts(path);
    return 0;
}
