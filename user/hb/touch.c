// SPDX-License-Identifier: MIT
// user/hb/touch.c - make a file, or make it look new.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/fail.h"

static int touch(const char *name)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) {
        return failed("%s", name);
    }
    int status = futimens(fd, NULL) < 0 ? failed("%s", name) : 0;
    close(fd);
    return status;
}

int touch_main(int argc, char **argv)
{
    int status = argc > 1 ? 0 : misuse("which file?");
    for (int i = 1; i < argc; i++) {
        status |= touch(argv[i]);
    }
    return status;
}
