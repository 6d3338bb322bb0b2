// SPDX-License-Identifier: MIT
// user/hb/cp.c - copy files.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/copy.h"
#include "user/lib/fail.h"
#include "user/lib/option.h"
#include "user/lib/path.h"

static int copy_to(int from, const char *name, mode_t mode)
{
    int to = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode & 0777);
    if (to < 0) {
        return failed("%s", name);
    }
    int status = copy_all(from, to) < 0 ? failed("%s", name) : 0;
    close(to);
    return status;
}

static int copy(const char *from, const char *to)
{
    struct stat source;
    struct stat target;
    int fd = open(from, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &source) < 0) {
        return failed("%s", from);
    }
    int status;
    if (S_ISDIR(source.st_mode)) {
        status = complain("%s is a folder", from);
    } else if (stat(to, &target) == 0 && target.st_dev == source.st_dev &&
               target.st_ino == source.st_ino) {
        status = complain("%s and %s are one file", from, to);
    } else {
        status = copy_to(fd, to, source.st_mode);
    }
    close(fd);
    return status;
}

int cp_main(int argc, char **argv)
{
    option_next(argc, argv, "");
    return path_each_target(argv + optind, argc - optind, copy);
}
