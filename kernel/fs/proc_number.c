// SPDX-License-Identifier: MIT
// kernel/fs/proc_number.c - a number that somebody writes to a file of /proc.
#include "kernel/fs/proc_number.h"

#include "kernel/abi/errno.h"
#include "kernel/base/options.h"
#include "kernel/base/string.h"

int proc_number(char *line, int64_t most, int64_t *value)
{
    bool negative = *line == '-';
    char *end = strchr(line, '\n');
    uint64_t size;

    if (end != NULL) {
        *end = '\0';
    }
    if (parse_u64(line + negative, &size) != 0 || size > (uint64_t)most) {
        return -EINVAL;
    }
    *value = negative ? -(int64_t)size : (int64_t)size;
    return 0;
}
