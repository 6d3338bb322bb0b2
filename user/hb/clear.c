// SPDX-License-Identifier: MIT
// user/hb/clear.c - an empty screen.
#include <stdio.h>

#include "user/hb/applet.h"
#include "user/lib/option.h"

int clear_main(int argc, char **argv)
{
    option_next(argc, argv, "");
    fputs("\033[H\033[2J", stdout);
    return 0;
}
