// SPDX-License-Identifier: MIT
// user/hb/main.c - one executable, many programs: its name, or its first argument, says which.
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/fail.h"

static const struct applet {
    const char *name;
    int (*main)(int argc, char **argv);
    const char *usage;
} applets[] = {
#define APPLET(name, usage) {#name, name##_main, usage},
#include "user/hb/applets.def"
#undef APPLET
    // A name that is not one in C.
    {"[", test_main, "[ EXPRESSION ]"},
};
enum { APPLETS = sizeof(applets) / sizeof(applets[0]) };

static const struct applet *find(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    // A login shell is called -sh.
    name += *name == '-';
    for (unsigned i = 0; i < APPLETS; i++) {
        if (strcmp(applets[i].name, name) == 0) {
            return &applets[i];
        }
    }
    return NULL;
}

static int call(const struct applet *applet, int argc, char **argv)
{
    program_name = applet->name;
    program_usage = applet->usage;
    if (argc == 2 && strcmp(argv[1], "--help") == 0 && applet->main != echo_main) {
        printf("usage: %s\n", program_usage);
        return 0;
    }
    return applet->main(argc, argv);
}

int applet_run(int argc, char **argv)
{
    const char *name = program_name;
    const char *usage = program_usage;
    const struct applet *applet = find(argv[0]);
    if (applet == NULL) {
        return -1;
    }
    // getopt() has to begin anew.
    optind = 0;
    int status = call(applet, argc, argv);
    program_name = name;
    program_usage = usage;
    return status;
}

static int list(void)
{
    puts("usage: hb PROGRAM [ARGUMENT...], or PROGRAM as a link to hb. The programs:");
    for (unsigned i = 0; i < APPLETS; i++) {
        printf("  %s\n", applets[i].usage);
    }
    return 0;
}

// What is buffered may not fit where it goes, and that is a failure, too.
static int finish(int status)
{
    if (fflush(stdout) != 0 && status == 0) {
        return failed("standard output");
    }
    return status;
}

int main(int argc, char **argv)
{
    const struct applet *applet = find(argv[0]);
    if (applet == NULL) {
        program_name = "hb";
        program_usage = "hb PROGRAM [ARGUMENT...]; hb alone lists the programs";
        if (argc == 1) {
            return finish(list());
        }
        argc--;
        argv++;
        applet = find(argv[0]);
    }
    return applet != NULL ? finish(call(applet, argc, argv))
                          : misuse("%s is not one of the programs", argv[0]);
}
