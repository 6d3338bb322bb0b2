// SPDX-License-Identifier: MIT
// user/hb/which.c - which files programs are.
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/fail.h"
#include "user/lib/option.h"
#include "user/lib/path.h"

static bool print_if_program(const char *path)
{
    if (access(path, X_OK) < 0 || path_is_folder(path)) {
        return false;
    }
    puts(path);
    return true;
}

static bool find(const char *name)
{
    const char *folders = getenv("PATH");
    if (strchr(name, '/') != NULL) {
        return print_if_program(name);
    }
    while (folders != NULL && *folders != '\0') {
        char path[PATH_MAX];
        int length = (int)strcspn(folders, ":");
        snprintf(path, sizeof(path), "%.*s/%s", length, folders, name);
        if (print_if_program(path)) {
            return true;
        }
        folders += length + (folders[length] == ':');
    }
    return false;
}

int which_main(int argc, char **argv)
{
    int status = 0;
    option_next(argc, argv, "");
    if (optind == argc) {
        return misuse("which program?");
    }
    for (int i = optind; i < argc; i++) {
        status |= !find(argv[i]);
    }
    return status;
}
