// SPDX-License-Identifier: MIT
// user/hb/mv.c - rename files.
#include <stdio.h>
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/fail.h"
#include "user/lib/option.h"
#include "user/lib/path.h"

static int move(const char *from, const char *to)
{
    return rename(from, to) < 0 ? failed("%s", from) : 0;
}

int mv_main(int argc, char **argv)
{
    option_next(argc, argv, "");
    return path_each_target(argv + optind, argc - optind, move);
}
