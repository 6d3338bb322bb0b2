// SPDX-License-Identifier: MIT
// user/lib/proc.c - what the kernel says in /proc.
#include "user/lib/proc.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "user/lib/number.h"

ssize_t proc_read(const char *path, char *buffer, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    size_t length = 0;
    ssize_t count;
    while ((count = read(fd, buffer + length, size - 1 - length)) > 0) {
        length += (size_t)count;
    }
    close(fd);
    buffer[length] = '\0';
    return count < 0 ? -1 : (ssize_t)length;
}

// `after` is what follows the name, which may itself contain spaces and parentheses.
static bool parse_stat(const char *after, struct process *process)
{
    // Of proc(5): state ppid ... utime stime ... nice threads ... vsize rss ... processor
    // rt_priority policy.
    int found =
        sscanf(after,
               " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %*d %*d %*d %ld %ld "
               "%*d %*u %lu %ld %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*d "
               "%d %u %d",
               &process->state, &process->parent, &process->user_ticks, &process->system_ticks,
               &process->nice, &process->threads, &process->virtual_bytes, &process->resident_pages,
               &process->cpu, &process->rt_priority, &process->policy);
    return found == 11;
}

static bool read_stat(const char *path, pid_t pid, struct process *process)
{
    char text[1024];
    if (proc_read(path, text, sizeof(text)) < 0) {
        return false;
    }
    const char *open = strchr(text, '(');
    const char *close = strrchr(text, ')');
    if (open == NULL || close == NULL || !parse_stat(close + 1, process)) {
        return false;
    }
    process->pid = pid;
    snprintf(process->name, sizeof(process->name), "%.*s", (int)(close - open - 1), open + 1);
    return true;
}

bool proc_process(pid_t pid, struct process *process)
{
    char path[40];
    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    return read_stat(path, pid, process);
}

bool proc_thread(pid_t pid, pid_t tid, struct process *process)
{
    char path[60];
    snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
    return read_stat(path, tid, process);
}

pid_t proc_next(DIR *proc)
{
    struct dirent *entry;
    while ((entry = readdir(proc)) != NULL) {
        long pid;
        if (number_read(entry->d_name, 1, INT_MAX, &pid)) {
            return (pid_t)pid;
        }
    }
    return 0;
}

void proc_command(const struct process *process, char *buffer, size_t size)
{
    char path[40];
    snprintf(path, sizeof(path), "/proc/%d/cmdline", process->pid);
    ssize_t length = proc_read(path, buffer, size);
    if (length <= 0) {
        snprintf(buffer, size, "[%s]", process->name);
        return;
    }
    for (ssize_t i = 0; i < length - 1; i++) {
        if (buffer[i] == '\0' || buffer[i] == '\n') {
            buffer[i] = ' ';
        }
    }
}
