// SPDX-License-Identifier: MIT
// user/hb/poweroff.c - poweroff and reboot.
#include <sys/reboot.h>
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/fail.h"

int poweroff_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    sync();
    return reboot(RB_POWER_OFF) < 0 ? failed("reboot") : 0;
}

int reboot_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    sync();
    return reboot(RB_AUTOBOOT) < 0 ? failed("reboot") : 0;
}
