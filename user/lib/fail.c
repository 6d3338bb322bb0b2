// SPDX-License-Identifier: MIT
// user/lib/fail.c - how a program says what went wrong.
#include "user/lib/fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *program_name = "?";
const char *program_usage = "";

static void print(const char *format, va_list arguments, int error)
{
    fflush(stdout);
    fprintf(stderr, "%s: ", program_name);
    vfprintf(stderr, format, arguments);
    if (error != 0) {
        fprintf(stderr, ": %s", strerror(error));
    }
    fputc('\n', stderr);
}

int failed(const char *format, ...)
{
    int error = errno;
    va_list arguments;
    va_start(arguments, format);
    print(format, arguments, error);
    va_end(arguments);
    return 1;
}

int complain(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print(format, arguments, 0);
    va_end(arguments);
    return 1;
}

int misuse(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print(format, arguments, 0);
    va_end(arguments);
    fprintf(stderr, "usage: %s\n", program_usage);
    return 2;
}

void die(const char *format, ...)
{
    int error = errno;
    va_list arguments;
    va_start(arguments, format);
    print(format, arguments, error);
    va_end(arguments);
    exit(1);
}
