// SPDX-License-Identifier: MIT
// user/hb/date.c - the time, in the format that is asked for.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/fail.h"
#include "user/lib/option.h"

int date_main(int argc, char **argv)
{
    char text[256];
    const char *format = "%a %b %e %H:%M:%S %Z %Y";
    time_t now = time(NULL);
    while (option_next(argc, argv, "u") == 'u') {
        setenv("TZ", "UTC0", 1);
    }
    if (optind < argc) {
        format = argv[optind] + 1;
        if (argc - optind > 1 || argv[optind][0] != '+') {
            return misuse("a format begins with +; the time cannot be set");
        }
    }
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wformat-nonliteral"
    size_t length = strftime(text, sizeof(text), format, localtime(&now));
#pragma clang diagnostic pop
    if (length == 0 && *format != '\0') {
        return complain("%s: more than %zu bytes", format, sizeof(text));
    }
    puts(length > 0 ? text : "");
    return 0;
}
