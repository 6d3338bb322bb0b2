// SPDX-License-Identifier: MIT
// user/hb/tee.c - standard input to standard output and to files.
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/copy.h"
#include "user/lib/fail.h"
#include "user/lib/option.h"

enum { FILES = 16 };

static int copy(const int *files, int count)
{
    char buffer[4096];
    ssize_t length;
    int status = 0;
    while ((length = read(STDIN_FILENO, buffer, sizeof(buffer))) != 0) {
        if (length < 0 && errno != EINTR) {
            return failed("standard input");
        }
        for (int i = 0; i < count && length > 0; i++) {
            status |= write_all(files[i], buffer, (size_t)length) < 0 ? failed("write") : 0;
        }
    }
    return status;
}

int tee_main(int argc, char **argv)
{
    int files[FILES] = {STDOUT_FILENO};
    int count = 1;
    int mode = option_next(argc, argv, "a") == 'a' ? O_APPEND : O_TRUNC;
    for (int i = optind; i < argc; i++) {
        int fd = count < FILES ? open(argv[i], O_WRONLY | O_CREAT | O_CLOEXEC | mode, 0666) : -1;
        if (fd < 0) {
            return count < FILES ? failed("%s", argv[i]) : misuse("at most %d files", FILES - 1);
        }
        files[count++] = fd;
    }
    return copy(files, count);
}
