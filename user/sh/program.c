// SPDX-License-Identifier: MIT
// user/sh/program.c - programs: where they are, and how they are executed.
#include "user/sh/program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/lib/fail.h"
#include "user/sh/arena.h"
#include "user/sh/shell.h"
#include "user/sh/text.h"
#include "user/sh/vars.h"

static bool is_program(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

const char *program_find(const char *name)
{
    const char *folders = vars_get("PATH");
    if (strchr(name, '/') != NULL) {
        return name;
    }
    folders = folders != NULL ? folders : "/bin";
    while (*name != '\0' && *folders != '\0') {
        struct text path = {0};
        size_t length = strcspn(folders, ":");
        text_append(&path, folders, length);
        text_append(&path, "/", length > 0 ? 1 : 0);
        text_append(&path, name, strlen(name));
        if (is_program(path.data)) {
            return path.data;
        }
        folders += length + (folders[length] == ':');
    }
    return NULL;
}

// Is it something else than an ELF file, so that it may be commands?
static bool is_script(const char *path)
{
    char start[4] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd >= 0 ? read(fd, start, sizeof(start)) : -1;
    close(fd);
    return length >= 0 && memcmp(start, "\177ELF", sizeof(start)) != 0;
}

// Read commands from a file that the kernel does not take for a program.
static int execute_script(const char *path, char **argv)
{
    int count = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return failed("%s", path);
    }
    while (argv[count + 1] != NULL) {
        count++;
    }
    vars_parameters = (struct parameters){path, argv + 1, count};
    return shell_run_file(fd);
}

int program_execute(const char *path, char **argv)
{
    fflush(stdout);
    execve(path, argv, vars_environment());
    if (errno == ENOEXEC && is_script(path)) {
        return execute_script(path, argv);
    }
    int status = errno == ENOENT ? 127 : 126;
    if (errno == ENOEXEC) {
        complain("%s: not an executable that runs here: a static riscv64 one, for Linux, does",
                 path);
    } else {
        failed("%s", path);
    }
    return status;
}
