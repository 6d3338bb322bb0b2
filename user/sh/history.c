// SPDX-License-Identifier: MIT
// user/sh/history.c - the lines that were typed before.
#include "user/sh/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINES = 200 };

static char *lines[LINES]; // a ring
static unsigned count;     // of lines so far, those that are forgotten included

const char *history_line(unsigned back)
{
    return back >= 1 && back <= count && back <= LINES ? lines[(count - back) % LINES] : NULL;
}

void history_add(const char *line)
{
    const char *last = history_line(1);
    if (*line == '\0' || (last != NULL && strcmp(last, line) == 0)) {
        return;
    }
    free(lines[count % LINES]);
    lines[count % LINES] = strdup(line);
    count++;
}

void history_print(void)
{
    for (unsigned back = count < LINES ? count : LINES; back > 0; back--) {
        printf("%5u  %s\n", count - back + 1, history_line(back));
    }
}
