// SPDX-License-Identifier: MIT
// user/lib/score.c - who is the last to run out of memory.
#include "user/lib/score.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

bool score_set(const char *number)
{
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    bool is_set = write(fd, number, strlen(number)) > 0;
    close(fd);
    return is_set;
}
