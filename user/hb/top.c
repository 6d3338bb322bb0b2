// SPDX-License-Identifier: MIT
// user/hb/top.c - what runs, live: the load of each hart, and the busiest processes.
//
// Shares are of the time between two looks: of a hart's time for a hart, of one hart's time for a
// process. With -b each look is printed below the one before, for a file; without it they cover
// the screen, and q ends it.
#include <dirent.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/fail.h"
#include "user/lib/names.h"
#include "user/lib/number.h"
#include "user/lib/option.h"
#include "user/lib/proc.h"

enum { HARTS = 128, STAT_BYTES = 65536, BAR = 40 };

struct hart {
    unsigned long busy;
    unsigned long total;
};
struct task {
    struct process process;
    unsigned long ticks; // that it used since the look before
};
// One look.
struct look {
    struct hart harts[HARTS];
    int hart_count;
    struct task *tasks;
    int task_count;
};

// Read the rest of a line `cpuN user nice system idle iowait irq softirq`.
static void read_hart(const char *line, struct look *look)
{
    unsigned hart;
    unsigned long ticks[7] = {0};
    int found = sscanf(line, "cpu%u %lu %lu %lu %lu %lu %lu %lu", &hart, &ticks[0], &ticks[1],
                       &ticks[2], &ticks[3], &ticks[4], &ticks[5], &ticks[6]);
    if (found < 5 || hart >= HARTS) {
        return;
    }
    struct hart *seen = &look->harts[hart];
    for (int i = 0; i < 7; i++) {
        bool idle = i == 3 || i == 4;
        seen->total += ticks[i];
        seen->busy += idle ? 0 : ticks[i];
    }
    look->hart_count = (int)hart >= look->hart_count ? (int)hart + 1 : look->hart_count;
}

static void read_harts(struct look *look)
{
    char *text = malloc(STAT_BYTES);
    if (text == NULL || proc_read("/proc/stat", text, STAT_BYTES) < 0) {
        die("/proc/stat");
    }
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        if (strncmp(line, "cpu", 3) == 0 && line[3] != ' ') {
            read_hart(line, look);
        }
    }
    free(text);
}

static unsigned long ticks_of(const struct process *process)
{
    return process->user_ticks + process->system_ticks;
}

// What the process had used at the look before; nothing if it was not there.
static unsigned long ticks_before(const struct look *before, pid_t pid)
{
    for (int i = 0; i < before->task_count; i++) {
        if (before->tasks[i].process.pid == pid) {
            return ticks_of(&before->tasks[i].process);
        }
    }
    return 0;
}

static void add_task(struct look *look, const struct process *process, const struct look *before)
{
    int count = look->task_count;
    if ((count & (count - 1)) == 0) {
        size_t room = count == 0 ? 1 : 2 * (size_t)count;
        look->tasks = realloc(look->tasks, room * sizeof(look->tasks[0]));
        if (look->tasks == NULL) {
            die("memory");
        }
    }
    unsigned long used = ticks_of(process);
    unsigned long earlier = ticks_before(before, process->pid);
    look->tasks[look->task_count++] =
        (struct task){.process = *process, .ticks = used > earlier ? used - earlier : 0};
}

static void take(struct look *look, const struct look *before)
{
    struct process process;
    *look = (struct look){0};
    read_harts(look);
    DIR *proc = opendir("/proc");
    if (proc == NULL) {
        die("/proc");
    }
    for (pid_t pid; (pid = proc_next(proc)) != 0;) {
        if (proc_process(pid, &process)) {
            add_task(look, &process, before);
        }
    }
    closedir(proc);
}

static int busier(const void *left, const void *right)
{
    const struct task *a = left;
    const struct task *b = right;
    if (a->ticks != b->ticks) {
        return a->ticks < b->ticks ? 1 : -1;
    }
    return a->process.pid - b->process.pid;
}

// Print a share of 1 as a bar. Returns: the share in percent.
static double print_hart(int number, const struct hart *now, const struct hart *before)
{
    unsigned long total = now->total - before->total;
    unsigned long busy = now->busy - before->busy;
    double share = total > 0 && total < LONG_MAX ? (double)busy / (double)total : 0;
    int filled = (int)(share * BAR + 0.5);
    printf("hart %-3d [", number);
    for (int i = 0; i < BAR; i++) {
        putchar(i < filled ? '|' : ' ');
    }
    printf("] %5.1f %%\n", 100 * share);
    return 100 * share;
}

static void print_load(void)
{
    char text[128];
    if (proc_read("/proc/uptime", text, sizeof(text)) > 0) {
        printf("top: up %.0f s", strtod(text, NULL));
    }
    if (proc_read("/proc/loadavg", text, sizeof(text)) > 0) {
        printf(", load %.14s", text);
    }
}

static void print_tasks(const struct look *look, unsigned long ticks, int rows)
{
    puts("  PID S CPU CLS  NI  %CPU     RSS COMMAND");
    for (int i = 0; i < look->task_count && i < rows; i++) {
        const struct process *process = &look->tasks[i].process;
        char command[64];
        proc_command(process, command, sizeof(command));
        printf("%5d %c %3d %-3s %3ld %5.1f %7ld %.40s\n", process->pid, process->state,
               process->cpu, policy_class(process->policy), process->nice,
               100.0 * (double)look->tasks[i].ticks / (double)ticks,
               process->resident_pages * (sysconf(_SC_PAGESIZE) / 1024), command);
    }
}

static void print(struct look *now, const struct look *before, int rows)
{
    double sum = 0;
    qsort(now->tasks, (size_t)now->task_count, sizeof(now->tasks[0]), busier);
    print_load();
    printf(", %d processes\n", now->task_count);
    for (int i = 0; i < now->hart_count; i++) {
        sum += print_hart(i, &now->harts[i], &before->harts[i]);
    }
    printf("all      %.1f %% of %d harts\n", sum / (now->hart_count > 0 ? now->hart_count : 1),
           now->hart_count);
    unsigned long ticks = now->harts[0].total - before->harts[0].total;
    print_tasks(now, ticks > 0 ? ticks : 1, rows - now->hart_count - 4);
    fflush(stdout);
}

// Wait until the next look. Returns: whether there is to be one.
static bool pause_until_next(bool batch, int seconds)
{
    struct pollfd keys = {.fd = batch ? -1 : STDIN_FILENO, .events = POLLIN};
    char key = 0;
    if (poll(&keys, 1, 1000 * seconds) > 0 && read(STDIN_FILENO, &key, 1) <= 0) {
        return false;
    }
    return key != 'q' && key != 3;
}

static int rows_of_screen(void)
{
    struct winsize size;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 ? size.ws_row : 24;
}

static void watch(bool batch, long times, int seconds)
{
    struct look before = {0};
    struct look now;
    take(&before, &before);
    for (long i = 0; i < times && pause_until_next(batch, seconds); i++) {
        take(&now, &before);
        fputs(batch ? (i > 0 ? "\n" : "") : "\033[H\033[J", stdout);
        print(&now, &before, batch ? INT_MAX : rows_of_screen());
        free(before.tasks);
        before = now;
    }
    free(before.tasks);
}

int top_main(int argc, char **argv)
{
    bool batch = false;
    long times = LONG_MAX;
    int seconds = 1;
    int letter;
    while ((letter = option_next(argc, argv, "bn:d:")) != -1) {
        batch = batch || letter == 'b';
        times = letter == 'n' ? number_of("-n", optarg, 1, LONG_MAX) : times;
        seconds = letter == 'd' ? (int)number_of("-d", optarg, 1, 3600) : seconds;
    }
    struct termios saved;
    bool raw = !batch && tcgetattr(STDIN_FILENO, &saved) == 0;
    if (raw) {
        struct termios keys = saved;
        keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG);
        tcsetattr(STDIN_FILENO, TCSANOW, &keys);
    }
    watch(batch, times, seconds);
    if (raw) {
        tcsetattr(STDIN_FILENO, TCSANOW, &saved);
    }
    return 0;
}
