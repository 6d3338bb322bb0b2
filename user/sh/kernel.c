// SPDX-License-Identifier: MIT
// user/sh/kernel.c - the kernel's own commands.
//
// A command line is written to a file in /proc, and is executed meanwhile; then the file has its
// status.
#include "user/sh/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/lib/fail.h"
#include "user/sh/text.h"

static const char file[] = "/proc/kernel";
enum { STATUS_NOT_FOUND = 127 };

bool kernel_is_there(void)
{
    return access(file, W_OK) == 0;
}

static int run_line(int fd, const struct text *line)
{
    char status[16] = "";
    if (write(fd, line->data, line->length) >= 0) {
        return lseek(fd, 0, SEEK_SET) < 0 || read(fd, status, sizeof(status) - 1) <= 0
                   ? failed("%s", file)
                   : (int)strtol(status, NULL, 10);
    }
    if (errno == ENOENT) {
        complain("%.*s: not found; `help` says what there is", (int)strcspn(line->data, " "),
                 line->data);
        return STATUS_NOT_FOUND;
    }
    return failed("%s", file);
}

int kernel_run(int argc, char **argv)
{
    struct text line = {0};
    for (int i = 0; i < argc; i++) {
        text_append(&line, " ", i > 0 ? 1 : 0);
        text_append(&line, argv[i], strlen(argv[i]));
    }
    int fd = open(file, O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        failed("%s", file);
        return STATUS_NOT_FOUND;
    }
    int status = run_line(fd, &line);
    close(fd);
    return status;
}

int kernel_builtin(int argc, char **argv)
{
    if (argc < 2) {
        return misuse("which command? `kernel help` lists them");
    }
    if (!kernel_is_there()) {
        complain("this kernel takes no commands: %s is not there", file);
        return STATUS_NOT_FOUND;
    }
    return kernel_run(argc - 1, argv + 1);
}
