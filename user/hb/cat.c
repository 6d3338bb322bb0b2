// SPDX-License-Identifier: MIT
// user/hb/cat.c - files, one after the other, to standard output.
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/copy.h"
#include "user/lib/fail.h"

static int cat(int fd, const char *name, void *context)
{
    (void)context;
    return copy_all(fd, STDOUT_FILENO) < 0 ? failed("%s", name) : 0;
}

int cat_main(int argc, char **argv)
{
    (void)argc;
    return each_file(argv + 1, cat, NULL);
}
