// SPDX-License-Identifier: MIT
// user/hb/rm.c - remove files, and with -r folders with all that is in them.
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/fail.h"
#include "user/lib/option.h"
#include "user/lib/path.h"

static bool recurse;
static bool force;

static int erase(const char *path);

static int empty_folder(const char *path)
{
    DIR *folder = opendir(path);
    if (folder == NULL) {
        return failed("%s", path);
    }
    int status = 0;
    struct dirent *entry;
    while ((entry = readdir(folder)) != NULL) {
        char inner[PATH_MAX];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        status |= path_join(inner, sizeof(inner), path, entry->d_name) ? erase(inner)
                                                                       : failed("%s", path);
    }
    closedir(folder);
    return status;
}

static int erase(const char *path)
{
    struct stat status;
    if (lstat(path, &status) < 0) {
        return force && errno == ENOENT ? 0 : failed("%s", path);
    }
    if (!S_ISDIR(status.st_mode)) {
        return unlink(path) < 0 ? failed("%s", path) : 0;
    }
    if (!recurse) {
        return complain("%s is a folder; -r removes it with all that is in it", path);
    }
    return empty_folder(path) != 0 || rmdir(path) < 0 ? failed("%s", path) : 0;
}

int rm_main(int argc, char **argv)
{
    int letter;
    while ((letter = option_next(argc, argv, "rf")) != -1) {
        recurse = recurse || letter == 'r';
        force = force || letter == 'f';
    }
    int status = optind < argc || force ? 0 : misuse("which file?");
    for (int i = optind; i < argc; i++) {
        status |= erase(argv[i]);
    }
    return status;
}
