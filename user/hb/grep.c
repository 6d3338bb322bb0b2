// SPDX-License-Identifier: MIT
// user/hb/grep.c - the lines of files that a regular expression matches.
//
// Status 0: some do; 1: none does; 2: something failed.
#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/copy.h"
#include "user/lib/fail.h"
#include "user/lib/option.h"

struct grep {
    regex_t expression;
    bool options[128]; // by their letters
    bool many;         // files, so that each line has its name before it
    bool found;
};

static void print_line(const struct grep *grep, const char *name, long number, const char *line)
{
    if (grep->many) {
        printf("%s:", name);
    }
    if (grep->options['n']) {
        printf("%ld:", number);
    }
    puts(line);
}

// Is this line wanted?
static bool matches(const struct grep *grep, const char *line)
{
    return (regexec(&grep->expression, line, 0, NULL, 0) == 0) != grep->options['v'];
}

// Returns: how many lines were wanted, the first only if more would say nothing new.
static long search(const struct grep *grep, FILE *file, const char *name)
{
    bool first_only = grep->options['q'] || grep->options['l'];
    char *line = NULL;
    size_t room = 0;
    long found = 0;
    ssize_t length;
    for (long number = 1; (length = getline(&line, &room, file)) > 0; number++) {
        line[length - (line[length - 1] == '\n')] = '\0';
        if (!matches(grep, line)) {
            continue;
        }
        found++;
        if (first_only) {
            break;
        }
        if (!grep->options['c']) {
            print_line(grep, name, number, line);
        }
    }
    free(line);
    return found;
}

static int grep_file(int fd, const char *name, void *context)
{
    struct grep *grep = context;
    FILE *file = fdopen(dup(fd), "r");
    if (file == NULL) {
        return failed("%s", name);
    }
    long found = search(grep, file, name);
    int status = ferror(file) ? failed("%s", name) : 0;
    fclose(file);
    grep->found = grep->found || found > 0;
    if (grep->options['q']) {
        return status;
    }
    if (grep->options['l'] && found > 0) {
        puts(name);
    } else if (grep->options['c'] && !grep->options['l']) {
        printf(grep->many ? "%s:%ld\n" : "%s%ld\n", grep->many ? name : "", found);
    }
    return status;
}

// Returns: 0, or 2 with a message.
static int compile(struct grep *grep, const char *pattern)
{
    char message[128];
    int flags =
        REG_NOSUB | (grep->options['i'] ? REG_ICASE : 0) | (grep->options['E'] ? REG_EXTENDED : 0);
    int error = regcomp(&grep->expression, pattern, flags);
    if (error == 0) {
        return 0;
    }
    regerror(error, &grep->expression, message, sizeof(message));
    return misuse("%s: %s", pattern, message);
}

int grep_main(int argc, char **argv)
{
    struct grep grep = {.found = false};
    int letter;
    while ((letter = option_next(argc, argv, "Eivncql")) != -1) {
        grep.options[letter] = true;
    }
    if (optind == argc) {
        return misuse("for what?");
    }
    int status = compile(&grep, argv[optind]);
    if (status != 0) {
        return status;
    }
    grep.many = argc - optind > 2;
    status = each_file(argv + optind + 1, grep_file, &grep);
    regfree(&grep.expression);
    return status != 0 ? 2 : grep.found ? 0 : 1;
}
