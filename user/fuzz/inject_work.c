// SPDX-License-Identifier: MIT
// user/fuzz/inject_work.c - some of everything that needs memory of the kernel.
//
// Each step judges each call: it succeeds, or says ENOMEM or EAGAIN; or, of a file in a file system
// of memory, ENOSPC. Then the step gives back what
// it has, and the next one begins, for whoever was refused has to be able to go on.
#include "user/fuzz/inject_work.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "user/lib/fail.h"

enum { PAGE = 4096, PAGES = 24, FAR_PAGES = 600, THREADS = 2, NOT_STARTED = 127 };

// What has been refused so far, and what was wrong. Of one process.
static int outcome;

// Judge a call by `fine`, and errno. Returns: fine.
static bool judge(bool fine, const char *what)
{
    if (!fine && (errno == ENOMEM || errno == EAGAIN)) {
        outcome = outcome == WORK_DONE ? WORK_REFUSED : outcome;
    } else if (!fine) {
        outcome = WORK_WRONG;
        failed("%s", what);
    }
    return fine;
}

// The status of a child: it may have been killed, and a program that starts may say what it likes.
static void judge_child(int status, bool starts)
{
    if (status == 0) {
        return;
    }
    bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    bool refused = WIFEXITED(status) && WEXITSTATUS(status) == WORK_REFUSED;
    bool aborted = starts && ((WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT) ||
                              (WIFEXITED(status) && WEXITSTATUS(status) == NOT_STARTED));
    errno = killed || refused || aborted ? ENOMEM : EPROTO;
    if (!judge(false, "child") && errno == EPROTO) {
        complain("a child came to status %#x", status);
    }
}

static void await(pid_t child, bool starts)
{
    int status;
    if (judge(waitpid(child, &status, 0) == child, "waitpid")) {
        judge_child(status, starts);
    }
}

// ---- Memory
// --------------------------------------------------------------------------------------

static char *map(size_t pages, int flags, int fd)
{
    char *at = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, flags, fd, 0);
    return judge(at != MAP_FAILED, "mmap") ? at : NULL;
}

// Take parts out of it and change others, so that areas are split.
static void carve(char *pages)
{
    judge(mprotect(pages + 4 * PAGE, PAGE, PROT_READ) == 0, "mprotect");
    judge(munmap(pages + 8 * PAGE, PAGE) == 0, "munmap");
    judge(madvise(pages, 2 * PAGE, MADV_DONTNEED) == 0, "madvise");
    void *moved = mremap(pages + 12 * PAGE, 2 * PAGE, FAR_PAGES * PAGE, MREMAP_MAYMOVE);
    if (judge(moved != MAP_FAILED, "mremap")) {
        memset((char *)moved + (FAR_PAGES - 2) * PAGE, 2, PAGE);
        judge(munmap(moved, FAR_PAGES * PAGE) == 0, "munmap what was moved");
    }
}

static void work_memory(void)
{
    char *pages = map(PAGES, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    if (pages == NULL) {
        return;
    }
    for (unsigned i = 0; i < PAGES; i += 3) {
        pages[i * PAGE] = 1;
    }
    carve(pages);
    judge(munmap(pages, PAGES * PAGE) == 0, "munmap");
}

// ---- Files
// ---------------------------------------------------------------------------------------

static void share(int fd)
{
    char *pages = map(3, MAP_SHARED, fd);
    if (pages != NULL) {
        pages[PAGE] = 1;
        judge(msync(pages, PAGE, MS_SYNC) == 0, "msync");
        judge(munmap(pages, 3 * PAGE) == 0, "munmap a file");
    }
}

static void work_file(void)
{
    static const char text[] = "text";
    int fd = open(WORK_FILE, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (!judge(fd >= 0, WORK_FILE)) {
        return;
    }
    bool written = write(fd, text, sizeof(text)) == sizeof(text);
    errno = !written && errno == ENOSPC ? ENOMEM : errno;
    judge(written, "write");
    if (judge(ftruncate(fd, 3 * PAGE) == 0, "ftruncate")) {
        share(fd);
    }
    close(fd);
    judge(unlink(WORK_FILE) == 0, "unlink");
}

static void work_proc(void)
{
    char text[256];
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    if (judge(fd >= 0, "/proc/self/maps")) {
        judge(read(fd, text, sizeof(text)) > 0, "read of /proc/self/maps");
        close(fd);
    }
}

static void work_sockets(void)
{
    int ends[2];
    char byte = 1;
    int event = eventfd(1, EFD_CLOEXEC);
    if (judge(event >= 0, "eventfd")) {
        struct pollfd poll_event = {.fd = event, .events = POLLIN};
        judge(poll(&poll_event, 1, 0) == 1, "poll");
        close(event);
    }
    if (judge(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair")) {
        if (judge(write(ends[0], &byte, 1) == 1, "write to a socket")) {
            judge(read(ends[1], &byte, 1) == 1, "read from a socket");
        }
        close(ends[0]);
        close(ends[1]);
    }
}

// ---- Processes
// -----------------------------------------------------------------------------------

// The child of a fork: memory that it shares becomes its own.
static _Noreturn void be_child(int out, char *pages)
{
    char byte = 1;
    outcome = WORK_DONE;
    memset(pages, 3, 2 * PAGE);
    judge(write(out, &byte, 1) == 1, "write to a pipe");
    _exit(outcome);
}

static void talk(int ends[2], char *pages)
{
    char byte;
    pid_t child = fork();
    if (child == 0) {
        be_child(ends[1], pages);
    }
    if (judge(child > 0, "fork")) {
        close(ends[1]);
        ends[1] = -1;
        judge(read(ends[0], &byte, 1) >= 0, "read from a pipe"); // none: the child was killed
        await(child, false);
    }
}

static void work_fork(void)
{
    int ends[2];
    char *pages = map(2, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    if (pages == NULL) {
        return;
    }
    memset(pages, 1, 2 * PAGE);
    if (judge(pipe2(ends, O_CLOEXEC) == 0, "pipe")) {
        talk(ends, pages);
        close(ends[0]);
        close(ends[1]);
    }
    munmap(pages, 2 * PAGE);
}

static void work_exec(void)
{
    pid_t child = fork();
    if (child == 0) {
        outcome = WORK_DONE;
        judge(execl("/bin/true", "true", NULL) == 0, "exec");
        _exit(outcome);
    }
    if (judge(child > 0, "fork")) {
        await(child, true);
    }
}

// ---- Threads and signals
// -------------------------------------------------------------------------

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned turns;
static _Thread_local char own[2 * PAGE];

static void *turn(void *argument)
{
    own[PAGE] = 1;
    pthread_mutex_lock(&lock);
    turns++;
    pthread_mutex_unlock(&lock);
    return argument;
}

static void work_threads(void)
{
    pthread_t threads[THREADS];
    unsigned started = 0;
    for (unsigned i = 0; i < THREADS; i++) {
        errno = pthread_create(&threads[started], NULL, turn, NULL);
        started += judge(errno == 0, "pthread_create");
    }
    for (unsigned i = 0; i < started; i++) {
        errno = pthread_join(threads[i], NULL);
        judge(errno == 0, "pthread_join");
    }
}

static atomic_int caught; // relaxed: by this thread alone

static void handler(int signo)
{
    atomic_store_explicit(&caught, signo, memory_order_relaxed);
}

static void work_signals(void)
{
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2};
    struct sigaction action = {.sa_handler = handler};
    judge(sigaction(SIGUSR1, &action, NULL) == 0, "sigaction");
    if (judge(sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 1}) == 0, "sigqueue")) {
        errno = EPROTO;
        judge(atomic_load_explicit(&caught, memory_order_relaxed) == SIGUSR1, "signal");
    }
    if (judge(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0, "timer_create")) {
        judge(timer_delete(timer) == 0, "timer_delete");
    }
}

int work(void)
{
    outcome = WORK_DONE;
    work_memory();
    work_file();
    work_proc();
    work_sockets();
    work_fork();
    work_exec();
    work_threads();
    work_signals();
    return outcome;
}
