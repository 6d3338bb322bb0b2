// SPDX-License-Identifier: MIT
// user/lib/copy.c - copy bytes from one file to another.
#include "user/lib/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "user/lib/fail.h"

int write_all(int fd, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t count = write(fd, data, length);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return -1;
        }
        data += count;
        length -= (size_t)count;
    }
    return 0;
}

int copy_all(int from, int to)
{
    char buffer[16384];
    ssize_t count;
    while ((count = read(from, buffer, sizeof(buffer))) != 0) {
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0 || write_all(to, buffer, (size_t)count) < 0) {
            return -1;
        }
    }
    return 0;
}

void print_title(const char *name)
{
    static bool again;
    printf("%s==> %s <==\n", again ? "\n" : "", strcmp(name, "-") == 0 ? "standard input" : name);
    again = true;
}

int each_file(char **names, int (*work)(int fd, const char *name, void *context), void *context)
{
    int status = 0;
    if (*names == NULL) {
        return work(STDIN_FILENO, "-", context);
    }
    for (; *names != NULL; names++) {
        if (strcmp(*names, "-") == 0) {
            status |= work(STDIN_FILENO, *names, context);
            continue;
        }
        int fd = open(*names, O_RDONLY | O_CLOEXEC);
        if (fd < 0) {
            status = failed("%s", *names);
            continue;
        }
        status |= work(fd, *names, context);
        close(fd);
    }
    return status;
}
