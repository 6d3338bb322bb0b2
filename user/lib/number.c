// SPDX-License-Identifier: MIT
// user/lib/number.c - numbers from command lines and files of /proc.
#include "user/lib/number.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "user/lib/fail.h"

bool number_read(const char *text, long least, long most, long *value)
{
    char *end;
    if (isspace((unsigned char)*text)) {
        return false;
    }
    errno = 0;
    long number = strtol(text, &end, text[0] == '0' && text[1] == 'x' ? 16 : 10);
    if (end == text || *end != '\0' || errno != 0 || number < least || number > most) {
        return false;
    }
    *value = number;
    return true;
}

long number_of(const char *what, const char *text, long least, long most)
{
    long value;
    if (!number_read(text, least, most, &value)) {
        if (most == LONG_MAX) {
            exit(misuse("%s: %s is not a number from %ld up", what, text, least));
        }
        exit(misuse("%s: %s is not a number from %ld to %ld", what, text, least, most));
    }
    return value;
}
