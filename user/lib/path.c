// SPDX-License-Identifier: MIT
// user/lib/path.c - names of files.
#include "user/lib/path.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "user/lib/fail.h"

const char *path_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

bool path_join(char *buffer, size_t size, const char *folder, const char *name)
{
    const char *slash = folder[0] != '\0' && folder[strlen(folder) - 1] == '/' ? "" : "/";
    if ((size_t)snprintf(buffer, size, "%s%s%s", folder, slash, name) >= size) {
        errno = ENAMETOOLONG;
        return false;
    }
    return true;
}

bool path_is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

int path_each_target(char **names, int count, int (*work)(const char *from, const char *to))
{
    if (count < 2) {
        return misuse("what, and where to?");
    }
    const char *target = names[count - 1];
    if (!path_is_folder(target)) {
        return count == 2 ? work(names[0], target) : misuse("%s is not a folder", target);
    }
    int status = 0;
    for (int i = 0; i < count - 1; i++) {
        char path[PATH_MAX];
        status |= path_join(path, sizeof(path), target, path_base(names[i]))
                      ? work(names[i], path)
                      : failed("%s", names[i]);
    }
    return status;
}
