// SPDX-License-Identifier: MIT
// user/hb/poweroff.c - poweroff, halt and reboot.
#include <sys/reboot.h>
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/fail.h"
#include "user/lib/option.h"

static int end(int argc, char **argv, int how)
{
    option_next(argc, argv, "f");
    if (optind < argc) {
        return misuse("it takes no argument");
    }
    sync();
    return reboot(how) < 0 ? failed("reboot") : 0;
}

int halt_main(int argc, char **argv)
{
    return end(argc, argv, RB_HALT_SYSTEM);
}

int poweroff_main(int argc, char **argv)
{
    return end(argc, argv, RB_POWER_OFF);
}

int reboot_main(int argc, char **argv)
{
    return end(argc, argv, RB_AUTOBOOT);
}
