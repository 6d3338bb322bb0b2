// SPDX-License-Identifier: MIT
// user/hb/ln.c - give a file another name.
#include <stdbool.h>
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/fail.h"
#include "user/lib/option.h"
#include "user/lib/path.h"

static bool symbolic;
static bool force;

static int make_link(const char *target, const char *name)
{
    if (force) {
        unlink(name);
    }
    int wrong = symbolic ? symlink(target, name) : link(target, name);
    return wrong < 0 ? failed("%s", name) : 0;
}

int ln_main(int argc, char **argv)
{
    int letter;
    while ((letter = option_next(argc, argv, "sf")) != -1) {
        symbolic = symbolic || letter == 's';
        force = force || letter == 'f';
    }
    return path_each_target(argv + optind, argc - optind, make_link);
}
