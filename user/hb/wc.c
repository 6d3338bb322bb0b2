// SPDX-License-Identifier: MIT
// user/hb/wc.c - count lines, words and bytes.
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/copy.h"
#include "user/lib/fail.h"
#include "user/lib/option.h"

struct counts {
    unsigned long lines;
    unsigned long words;
    unsigned long bytes;
};
struct job {
    char columns[8]; // of the letters lwc
    struct counts total;
};

static void print(const struct counts *counts, const char *columns, const char *name)
{
    const char *space = "";
    const char *letters = "lwc";
    const unsigned long values[] = {counts->lines, counts->words, counts->bytes};
    int width = strlen(columns) == 1 && *name == '\0' ? 0 : 7;
    for (int i = 0; i < 3; i++) {
        if (strchr(columns, letters[i]) != NULL) {
            printf("%s%*lu", space, width, values[i]);
            space = " ";
        }
    }
    printf("%s%s\n", *name != '\0' ? " " : "", name);
}

// Count in one piece. `in_word`: whether the one before ended inside a word.
static bool add(struct counts *counts, const char *data, ssize_t length, bool in_word)
{
    for (ssize_t i = 0; i < length; i++) {
        bool space = isspace((unsigned char)data[i]) != 0;
        counts->lines += data[i] == '\n';
        counts->words += !space && !in_word;
        in_word = !space;
    }
    counts->bytes += (unsigned long)length;
    return in_word;
}

static int count(int fd, const char *name, void *context)
{
    struct job *job = context;
    struct counts counts = {0};
    char buffer[16384];
    bool in_word = false;
    ssize_t length;
    while ((length = read(fd, buffer, sizeof(buffer))) != 0) {
        if (length < 0 && errno != EINTR) {
            return failed("%s", name);
        }
        in_word = length > 0 ? add(&counts, buffer, length, in_word) : in_word;
    }
    print(&counts, job->columns, strcmp(name, "-") != 0 ? name : "");
    job->total.lines += counts.lines;
    job->total.words += counts.words;
    job->total.bytes += counts.bytes;
    return 0;
}

int wc_main(int argc, char **argv)
{
    struct job job = {0};
    int letter;
    while ((letter = option_next(argc, argv, "lwc")) != -1) {
        if (strchr(job.columns, letter) == NULL) {
            strncat(job.columns, &(char){(char)letter}, 1);
        }
    }
    if (job.columns[0] == '\0') {
        strcpy(job.columns, "lwc");
    }
    int status = each_file(argv + optind, count, &job);
    if (argc - optind > 1) {
        print(&job.total, job.columns, "total");
    }
    return status;
}
