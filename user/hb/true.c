// SPDX-License-Identifier: MIT
// user/hb/true.c - true and false.
#include "user/hb/applet.h"

int true_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

int false_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return 1;
}
