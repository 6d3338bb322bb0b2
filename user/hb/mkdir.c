// SPDX-License-Identifier: MIT
// user/hb/mkdir.c - make folders.
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/fail.h"
#include "user/lib/option.h"
#include "user/lib/path.h"

// Make the folders that lead to `path`, too.
static int make_all(char *path)
{
    for (char *slash = path + 1; *path != '\0' && (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        int wrong = mkdir(path, 0777);
        *slash = '/';
        if (wrong < 0 && errno != EEXIST) {
            return -1;
        }
    }
    return mkdir(path, 0777) < 0 && (errno != EEXIST || !path_is_folder(path)) ? -1 : 0;
}

int mkdir_main(int argc, char **argv)
{
    bool all = option_next(argc, argv, "p") == 'p';
    int status = 0;
    if (optind == argc) {
        return misuse("which folder?");
    }
    for (int i = optind; i < argc; i++) {
        int wrong = all ? make_all(argv[i]) : mkdir(argv[i], 0777);
        status |= wrong < 0 ? failed("%s", argv[i]) : 0;
    }
    return status;
}
