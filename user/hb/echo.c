// SPDX-License-Identifier: MIT
// user/hb/echo.c - its arguments, with spaces between them.
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "user/hb/applet.h"
#include "user/lib/escape.h"

// Print one argument. Returns: whether more may follow.
static bool print(const char *text, bool escapes)
{
    if (!escapes) {
        fputs(text, stdout);
        return true;
    }
    while (text != NULL && *text != '\0') {
        text = escape_print(text);
    }
    return text != NULL;
}

int echo_main(int argc, char **argv)
{
    bool newline = true;
    bool escapes = false;
    int i = 1;
    for (; i < argc && argv[i][0] == '-' && argv[i][1] != '\0'; i++) {
        if (strspn(argv[i] + 1, "ne") != strlen(argv[i] + 1)) {
            break;
        }
        newline = newline && strchr(argv[i], 'n') == NULL;
        escapes = escapes || strchr(argv[i], 'e') != NULL;
    }
    for (; i < argc; i++) {
        if (!print(argv[i], escapes)) {
            return 0;
        }
        if (i + 1 < argc) {
            putchar(' ');
        }
    }
    if (newline) {
        putchar('\n');
    }
    return 0;
}
