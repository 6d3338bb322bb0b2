// SPDX-License-Identifier: MIT
// user/fuzz/values.c - arguments of system calls: valid, nearly valid, or anything.
//
// Most are valid, so that calls get beyond their first check; some are nearly so; a few are any
// number at all. Waiting is made short: times are up to a millisecond.
#include "user/fuzz/values.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "user/lib/fail.h"

enum { PAGE = 4096, PAGES = 64, WORDS = 8, FILES = 24 };

// What valid pointers lead to. It is shared with no other process, but for the futex words.
static char *arena;
static _Atomic uint32_t *futex_words;

uint64_t random_next(struct random *random)
{
    // Steele, Lea and Flood's splitmix64.
    uint64_t z = random->state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

uint64_t random_below(struct random *random, uint64_t limit)
{
    return random_next(random) % limit;
}

static void open_some_files(void)
{
    int ends[2];
    // The other processes may have made a folder of it meanwhile, or a link to itself.
    bool has_file = open("a", O_RDWR | O_CREAT, 0600) >= 0 || open("/dev/null", O_RDWR) >= 0;
    if (!has_file || open("/dev/null", O_RDWR) < 0 || open("/dev/zero", O_RDWR) < 0 ||
        open(".", O_RDONLY) < 0) {
        die("files");
    }
    if (pipe2(ends, O_NONBLOCK) < 0 || eventfd(1, EFD_NONBLOCK) < 0 ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) < 0) {
        die("pipes");
    }
}

void values_prepare(void)
{
    arena = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    futex_words = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (arena == MAP_FAILED || futex_words == MAP_FAILED) {
        die("mmap");
    }
    open_some_files();
}

// ---- Pointers ----------------------------------------------------------------------------------

// A place in the arena, in its first half, so that there is room behind it.
static char *place(struct random *random)
{
    return arena + 8 * random_below(random, PAGES * PAGE / 16);
}

static uint64_t bad_pointer(struct random *random)
{
    const uint64_t values[] = {0,
                               8,
                               0xffffffff80200000,
                               UINT64_MAX - 7,
                               0x8000000000000000,
                               (uintptr_t)arena + PAGES * PAGE - 3,
                               (uintptr_t)arena + 1};
    return values[random_below(random, sizeof(values) / sizeof(values[0]))];
}

// Data: small numbers, so that structures made of them are often plausible. Read as a path none of
// them is the root, which a worker that has entered it would leave files in.
static uint64_t data(struct random *random)
{
    char *at = place(random);
    for (int i = 0; i < 16; i++) {
        uint64_t value =
            random_below(random, 4) != 0 ? random_below(random, 100) : random_next(random);
        value += value == '/';
        memcpy(at + 8 * i, &value, sizeof(value));
    }
    return (uintptr_t)at;
}

static uint64_t text(struct random *random, const char *const *texts, size_t count)
{
    char *at = place(random);
    return (uintptr_t)strcpy(at, texts[random_below(random, count)]);
}

static uint64_t name(struct random *random)
{
    // Not the empty name, which with AT_EMPTY_PATH stands for any file that is open.
    static const char *const names[] = {"a", "b", "c", "d", "d/a", "d/b", "b/a", "e", "e/c"};
    return text(random, names, sizeof(names) / sizeof(names[0]));
}

static uint64_t path(struct random *random)
{
    static const char *const paths[] = {"a",        "b",         "d",
                                        "d/a",      ".",         "..",
                                        "/",        "/dev/null", "/dev/zero",
                                        "/proc",    "/tmp",      "/proc/self/stat",
                                        "/dev",     "",          "/proc/self/maps",
                                        "/no/such", "a/b",       "/dev/urandom"};
    return text(random, paths, sizeof(paths) / sizeof(paths[0]));
}

// No folder but its own, which it would leave for good by fchdir() if it could open another.
static uint64_t path_to_open(struct random *random)
{
    static const char *const paths[] = {"a",         "b",         "d",
                                        "d/a",       ".",         "/proc/self/stat",
                                        "/dev/null", "/dev/zero", "/proc/self/maps",
                                        "/no/such",  "a/b",       "/dev/urandom"};
    return text(random, paths, sizeof(paths) / sizeof(paths[0]));
}

static uint64_t program(struct random *random)
{
    static const char *const programs[] = {"a", "d", "/no/such", "/", "", "/dev/null"};
    return text(random, programs, sizeof(programs) / sizeof(programs[0]));
}

static uint64_t short_time(struct random *random)
{
    char *at = place(random);
    struct timespec time = {.tv_nsec = (long)random_below(random, 1000000)};
    return (uintptr_t)memcpy(at, &time, sizeof(time));
}

static uint64_t vectors(struct random *random)
{
    char *at = place(random);
    for (int i = 0; i < 8; i++) {
        struct iovec vector = {(void *)data(random), random_below(random, 2 * PAGE)};
        memcpy(at + sizeof(vector) * (size_t)i, &vector, sizeof(vector));
    }
    return (uintptr_t)at;
}

static uint64_t poll_files(struct random *random)
{
    char *at = place(random);
    for (int i = 0; i < 8; i++) {
        struct pollfd file = {.fd = (int)random_below(random, FILES), .events = POLLIN | POLLOUT};
        memcpy(at + sizeof(file) * (size_t)i, &file, sizeof(file));
    }
    return (uintptr_t)at;
}

// ---- Numbers -----------------------------------------------------------------------------------

static uint64_t one_of(struct random *random, const uint64_t *values, size_t count)
{
    return values[random_below(random, count)];
}
#define ONE_OF(random, ...)                                                                        \
    one_of(random, (const uint64_t[]){__VA_ARGS__},                                                \
           sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))

static uint64_t pages(struct random *random)
{
    return (uintptr_t)arena + PAGE * random_below(random, PAGES);
}

static uint64_t length(struct random *random)
{
    return ONE_OF(random, 0, 1, 7, 8, 16, 100, 128, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE, 16 * PAGE);
}

// No flag set, one of them, or two.
static uint64_t flags(struct random *random)
{
    uint64_t first = 1UL << random_below(random, 23);
    uint64_t second = 1UL << random_below(random, 23);
    return ONE_OF(random, 0, 0, 0, first, first | second, O_CREAT | O_RDWR, O_NONBLOCK);
}

// Itself, or one that does not exist: never another process, which may not be part of the game.
static uint64_t process(struct random *random)
{
    return ONE_OF(random, (uint64_t)getpid(), (uint64_t)getpid(), 0x3ffffff0, INT32_MAX,
                  (uint64_t)-0x3ffffff0);
}

// Those that end the process come seldom.
static uint64_t signal_number(struct random *random)
{
    return ONE_OF(random, 0, SIGCHLD, SIGURG, SIGWINCH, SIGCONT, SIGCHLD, SIGURG, SIGWINCH, 65,
                  (uint64_t)-1, random_below(random, 65));
}

static uint64_t futex_operation(struct random *random)
{
    uint64_t operation = ONE_OF(random, FUTEX_WAIT, FUTEX_WAKE, FUTEX_REQUEUE, FUTEX_CMP_REQUEUE,
                                FUTEX_WAKE_OP, FUTEX_LOCK_PI, FUTEX_UNLOCK_PI, FUTEX_TRYLOCK_PI,
                                FUTEX_WAIT_BITSET, FUTEX_WAKE_BITSET, random_below(random, 20));
    return operation | ONE_OF(random, 0, FUTEX_PRIVATE_FLAG, FUTEX_CLOCK_REALTIME);
}

static uint64_t clone_flags(struct random *random)
{
    // Nothing that shares memory: the child would use this one's stack. SIGHAND and THREAD alone
    // are refused.
    return ONE_OF(random, SIGCHLD, SIGCHLD, SIGCHLD, 0, 0x00000800, 0x00010000, 0x00000200,
                  0x00000400, 0x01200000 | SIGCHLD);
}

static uint64_t mmap_flags(struct random *random)
{
    return ONE_OF(random, MAP_PRIVATE | MAP_ANONYMOUS, MAP_SHARED | MAP_ANONYMOUS, MAP_PRIVATE,
                  MAP_SHARED, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, flags(random));
}

// What leads to data; 0 if the letter stands for a number.
static uint64_t valid_pointer(struct random *random, char letter)
{
    switch (letter) {
    case 'a':
        return pages(random);
    case 'b':
        return data(random);
    case 'n':
        return name(random);
    case 'p':
        return path(random);
    case 'q':
        return path_to_open(random);
    case 'P':
        return poll_files(random);
    case 'T':
        return short_time(random);
    case 'u':
        return (uintptr_t)&futex_words[random_below(random, WORDS)];
    case 'v':
        return vectors(random);
    case 'x':
        return program(random);
    default:
        return 0;
    }
}

static uint64_t valid_number(struct random *random, char letter)
{
    switch (letter) {
    case 'c':
        return random_below(random, 12);
    case 'd':
        return random_below(random, FILES);
    case 'D':
        return 3 + random_below(random, FILES);
    case 'f':
        return flags(random);
    case 'F':
        return ONE_OF(random, 1, 1, 1, 5, 3, 9); // WNOHANG with and without others
    case 'g':
        // Not those that have another process signalled.
        return ONE_OF(random, F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_SETLK,
                      F_DUPFD_CLOEXEC, F_GETPIPE_SZ, 77);
    case 'k':
        return process(random);
    case 'l':
        return length(random);
    case 'm':
        return random_below(random, 01000) | ONE_OF(random, 0, 0, 0010000);
    case 'M':
        return mmap_flags(random);
    case 'o':
        return ONE_OF(random, 0x5401, 0x5402, 0x5413, 0x541b, 0x5421, 0x5410, 0x540f);
    case 'O':
        return futex_operation(random);
    case 'r':
        return random_below(random, 8);
    case 's':
        return signal_number(random);
    case 'S':
        return ONE_OF(random, 8, 8, 8, 8, 8, 4, 16);
    case 't':
        return ONE_OF(random, (uint64_t)AT_FDCWD, (uint64_t)AT_FDCWD, random_below(random, FILES));
    case 'z':
        return random_below(random, 2);
    case 'C':
        return clone_flags(random);
    default:
        return random_below(random, 2) != 0 ? random_below(random, 1000) : random_next(random);
    }
}

static uint64_t valid(struct random *random, char letter)
{
    uint64_t pointer = valid_pointer(random, letter);
    return pointer != 0 ? pointer : valid_number(random, letter);
}

// Something that is wrong by a little.
static uint64_t nearly_valid(struct random *random, char letter)
{
    if (strchr("abnpPTuvx", letter) != NULL) {
        return bad_pointer(random);
    }
    uint64_t value = valid(random, letter);
    return ONE_OF(random, value + 1, value - 1, -value, value << 32, value | 1UL << 63, UINT64_MAX);
}

uint64_t value_of(struct random *random, char letter)
{
    // Of these, a wrong value would reach others, wait for long, or share this one's stack.
    if (strchr("gkCF", letter) != NULL) {
        return valid(random, letter);
    }
    uint64_t quality = random_below(random, 20);
    if (quality < 15) {
        return valid(random, letter);
    }
    return quality < 19 ? nearly_valid(random, letter) : random_next(random);
}
