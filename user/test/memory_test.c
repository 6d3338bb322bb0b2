// SPDX-License-Identifier: MIT
// user/test/memory_test.c - mmap, munmap, mprotect, brk, copy-on-write.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/test/utest.h"

enum { PAGE = 4096, PAGES = 16 };

// Pages that belong to nobody else, where MAP_FIXED does no harm.
static char *reserve(size_t bytes)
{
    char *place = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(place != MAP_FAILED);
    return place;
}

static char *map(size_t bytes, int protection)
{
    char *place = mmap(NULL, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(place != MAP_FAILED);
    return place;
}

static char *map_at(char *place, size_t bytes, int protection)
{
    return mmap(place, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static bool is_filled(const char *data, size_t length, char with)
{
    for (size_t i = 0; i < length; i++) {
        if (data[i] != with) {
            return false;
        }
    }
    return true;
}

static char *victim;

static void store_victim(void)
{
    atomic_store_explicit((_Atomic char *)victim, 1, memory_order_relaxed);
}

static void load_victim(void)
{
    (void)atomic_load_explicit((_Atomic char *)victim, memory_order_relaxed);
}

// ---- The exercises' rules, as Linux has them ---------------------------------------------------

void test_memory_map(void)
{
    char *place = reserve(PAGE);
    CHECK(map_at(place, PAGE, PROT_READ | PROT_WRITE) == place);
    CHECK(is_filled(place, PAGE, 0));
    memset(place, 'a', PAGE);
    CHECK(is_filled(place, PAGE, 'a'));
}

void test_memory_protection(void)
{
    victim = map(PAGE, PROT_READ);
    CHECK_DIES(store_victim, SIGSEGV);
    load_victim();
    victim = map(PAGE, PROT_NONE);
    CHECK_DIES(load_victim, SIGSEGV);
    CHECK_DIES(store_victim, SIGSEGV);
}

void test_memory_map_errors(void)
{
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS;
    char *place = reserve(PAGE);
    CHECK_ERROR((long)mmap(NULL, 0, PROT_READ, flags, -1, 0), EINVAL);
    CHECK_ERROR((long)mmap(place + 1, PAGE, PROT_READ, flags | MAP_FIXED, -1, 0), EINVAL);
    CHECK_ERROR((long)mmap(NULL, PAGE, PROT_READ, MAP_ANONYMOUS, -1, 0), EINVAL);
    CHECK_ERROR((long)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, -1, 0), EBADF);
    CHECK_ERROR((long)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, 0, 1), EINVAL);
    CHECK_ERROR((long)mmap(NULL, SIZE_MAX - 2 * PAGE, PROT_READ, flags, -1, 0), ENOMEM);
    CHECK_ERROR((long)mmap((void *)-PAGE, PAGE, PROT_READ, flags | MAP_FIXED, -1, 0), ENOMEM);
    skip_if_emulated("it does not know MAP_FIXED_NOREPLACE");
    CHECK_ERROR((long)mmap(place, PAGE, PROT_READ, flags | MAP_FIXED_NOREPLACE, -1, 0), EEXIST);
}

void test_memory_unmap(void)
{
    char *place = map(PAGES * PAGE, PROT_READ | PROT_WRITE);
    memset(place, 'b', PAGES * PAGE);
    CHECK_EQUAL(munmap(place + 4 * PAGE, 4 * PAGE), 0);
    CHECK(is_filled(place, 4 * PAGE, 'b') && is_filled(place + 8 * PAGE, 8 * PAGE, 'b'));
    victim = place + 4 * PAGE;
    CHECK_DIES(load_victim, SIGSEGV);
    victim = place + 8 * PAGE - 1;
    CHECK_DIES(load_victim, SIGSEGV);
    // A new one over the hole and a part of what is left of the old one.
    CHECK(map_at(place + 2 * PAGE, 8 * PAGE, PROT_READ | PROT_WRITE) == place + 2 * PAGE);
    CHECK(is_filled(place + 2 * PAGE, 8 * PAGE, 0));
    CHECK(is_filled(place, 2 * PAGE, 'b') && is_filled(place + 10 * PAGE, 6 * PAGE, 'b'));
    CHECK_EQUAL(munmap(place, PAGES * PAGE), 0);
    CHECK_EQUAL(munmap(place, PAGES * PAGE), 0);
}

void test_memory_unmap_errors(void)
{
    char *place = map(PAGE, PROT_READ);
    CHECK_ERROR(munmap(place + 1, PAGE), EINVAL);
    CHECK_ERROR(munmap(place, 0), EINVAL);
    CHECK_ERROR(munmap(place, SIZE_MAX - PAGE), EINVAL);
    // The length is rounded up.
    CHECK_EQUAL(munmap(place, 1), 0);
    victim = place + PAGE - 1;
    CHECK_DIES(load_victim, SIGSEGV);
}

void test_memory_break(void)
{
    char *start = sbrk(0);
    CHECK(sbrk(10 * PAGE) == start);
    CHECK(is_filled(start, 10 * PAGE, 0));
    memset(start, 'c', 10 * PAGE);
    CHECK(sbrk(-9 * PAGE) == start + 10 * PAGE);
    CHECK(is_filled(start, PAGE, 'c'));
    skip_if_emulated("it does not unmap what is above the break");
    victim = start + 2 * PAGE;
    CHECK_DIES(load_victim, SIGSEGV);
    // What comes back is zero again.
    CHECK(sbrk(9 * PAGE) == start + PAGE);
    CHECK(is_filled(start + PAGE, 9 * PAGE, 0));
    // Below its start the break does not go.
    CHECK_EQUAL(syscall(SYS_brk, PAGE), (long)sbrk(0));
}

// ---- mprotect, mremap, madvise -----------------------------------------------------------------

void test_memory_protect(void)
{
    char *place = map(3 * PAGE, PROT_READ | PROT_WRITE);
    memset(place, 'd', 3 * PAGE);
    CHECK_EQUAL(mprotect(place + PAGE, PAGE, PROT_READ), 0);
    victim = place + PAGE;
    CHECK_DIES(store_victim, SIGSEGV);
    victim = place + 2 * PAGE;
    store_victim();
    CHECK_EQUAL(mprotect(place, 3 * PAGE, PROT_NONE), 0);
    CHECK_DIES(load_victim, SIGSEGV);
    CHECK_EQUAL(mprotect(place, 3 * PAGE, PROT_READ | PROT_WRITE), 0);
    CHECK(is_filled(place, 2 * PAGE, 'd'));
    CHECK_EQUAL(place[2 * PAGE], 1);
    CHECK_ERROR(mprotect(place + 1, PAGE, PROT_READ), EINVAL);
    CHECK_EQUAL(munmap(place + PAGE, PAGE), 0);
    CHECK_ERROR(mprotect(place, 3 * PAGE, PROT_READ), ENOMEM);
}

void test_memory_remap(void)
{
    char *place = map(2 * PAGE, PROT_READ | PROT_WRITE);
    memset(place, 'e', 2 * PAGE);
    char *larger = mremap(place, 2 * PAGE, 64 * PAGE, MREMAP_MAYMOVE);
    CHECK(larger != MAP_FAILED);
    CHECK(is_filled(larger, 2 * PAGE, 'e') && is_filled(larger + 2 * PAGE, 62 * PAGE, 0));
    CHECK(mremap(larger, 64 * PAGE, PAGE, 0) == larger);
    victim = larger + PAGE;
    CHECK_DIES(load_victim, SIGSEGV);
    CHECK_ERROR((long)mremap(larger + 1, PAGE, PAGE, 0), EINVAL);
}

void test_memory_advise(void)
{
    char *place = map(4 * PAGE, PROT_READ | PROT_WRITE);
    memset(place, 'f', 4 * PAGE);
    CHECK_EQUAL(madvise(place + PAGE, 2 * PAGE, MADV_DONTNEED), 0);
    CHECK(is_filled(place, PAGE, 'f') && is_filled(place + 3 * PAGE, PAGE, 'f'));
    CHECK(is_filled(place + PAGE, 2 * PAGE, 0));
    CHECK_ERROR(madvise(place + 1, PAGE, MADV_DONTNEED), EINVAL);
}

// A large reservation costs nothing until it is used.
void test_memory_reservation(void)
{
    enum { RESERVED = 128 << 20, TIMES = 8 };
    for (int i = 0; i < TIMES; i++) {
        char *place = reserve(RESERVED);
        CHECK_EQUAL(mprotect(place + RESERVED / 2, PAGE, PROT_READ | PROT_WRITE), 0);
        memset(place + RESERVED / 2, 'g', PAGE);
    }
}

// ---- Sharing -----------------------------------------------------------------------------------

static char *shared;
static char *private_copy;

static void write_both(void)
{
    CHECK(is_filled(private_copy, 4 * PAGE, 'h') && is_filled(shared, PAGE, 'i'));
    memset(private_copy, 'j', 2 * PAGE);
    memset(shared, 'k', PAGE);
    CHECK(is_filled(private_copy, 2 * PAGE, 'j'));
    CHECK(is_filled(private_copy + 2 * PAGE, 2 * PAGE, 'h'));
}

void test_memory_fork_copies(void)
{
    private_copy = map(4 * PAGE, PROT_READ | PROT_WRITE);
    shared = shared_memory(PAGE);
    memset(private_copy, 'h', 4 * PAGE);
    memset(shared, 'i', PAGE);
    CHECK_EQUAL(run_child(write_both), 0);
    CHECK(is_filled(private_copy, 4 * PAGE, 'h') && is_filled(shared, PAGE, 'k'));
    memset(private_copy, 'l', 4 * PAGE);
}

// Many generations write to the same page, each to its own copy.
static void write_in_turn(void)
{
    for (int i = 0; i < 10; i++) {
        char before = private_copy[0];
        private_copy[0]++;
        pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid > 0) {
            CHECK_EQUAL(wait_child(pid), 0);
            CHECK_EQUAL(private_copy[0], before + 1);
            _exit(0);
        }
        CHECK_EQUAL(private_copy[0], before + 1);
    }
}

void test_memory_fork_chain(void)
{
    private_copy = map(PAGE, PROT_READ | PROT_WRITE);
    CHECK_EQUAL(run_child(write_in_turn), 0);
    CHECK_EQUAL(private_copy[0], 0);
}

static int temporary_file(const char *text, size_t size)
{
    char path[] = "/tmp/utest-map-XXXXXX";
    int fd = mkstemp(path);
    CHECK(fd >= 0);
    CHECK_EQUAL(unlink(path), 0);
    CHECK_EQUAL(ftruncate(fd, (off_t)size), 0);
    CHECK_EQUAL(pwrite(fd, text, strlen(text), 0), (long)strlen(text));
    return fd;
}

void test_memory_file_private(void)
{
    char text[5] = "";
    int fd = temporary_file("hello", 2 * PAGE);
    char *place = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    CHECK(place != MAP_FAILED);
    CHECK(memcmp(place, "hello", 5) == 0 && is_filled(place + 5, 2 * PAGE - 5, 0));
    memcpy(place, "HELLO", 5);
    CHECK_EQUAL(pread(fd, text, 5, 0), 5);
    CHECK(memcmp(text, "hello", 5) == 0);
}

static void write_shared_file(void)
{
    memcpy(shared, "child", 5);
}

void test_memory_file_shared(void)
{
    char text[5] = "";
    int fd = temporary_file("hello", 2 * PAGE);
    shared = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(shared != MAP_FAILED);
    memcpy(shared, "HELLO", 5);
    CHECK_EQUAL(pread(fd, text, 5, 0), 5);
    CHECK(memcmp(text, "HELLO", 5) == 0);
    CHECK_EQUAL(pwrite(fd, "there", 5, PAGE), 5);
    CHECK(memcmp(shared + PAGE, "there", 5) == 0);
    CHECK_EQUAL(run_child(write_shared_file), 0);
    CHECK(memcmp(shared, "child", 5) == 0);
    CHECK_EQUAL(msync(shared, 2 * PAGE, MS_SYNC), 0);
}

// Behind the end of its file a page is not there.
void test_memory_file_end(void)
{
    int fd = temporary_file("x", 1);
    victim = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
    CHECK(victim != MAP_FAILED);
    CHECK_EQUAL(victim[1], 0);
    victim += PAGE;
    CHECK_DIES(load_victim, SIGBUS);
}

void test_memory_file_permission(void)
{
    int fd = open("/proc/self/exe", O_RDONLY);
    CHECK(fd >= 0);
    CHECK_ERROR((long)mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), EACCES);
    char *place = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    CHECK(place != MAP_FAILED && memcmp(place, "\177ELF", 4) == 0);
}

// ---- Threads -----------------------------------------------------------------------------------

static pthread_barrier_t barrier;
static _Atomic unsigned *words;

static void *touch_pages(void *argument)
{
    (void)argument;
    for (unsigned i = 0; i < PAGES; i++) {
        pthread_barrier_wait(&barrier);
        atomic_fetch_add_explicit(&words[i * PAGE / sizeof(*words)], 1, memory_order_relaxed);
    }
    return NULL;
}

// Threads touch a page for the first time at once: all must see the same one.
void test_memory_fault_together(void)
{
    enum { THREADS = 4, TIMES = 20 };
    pthread_t threads[THREADS];
    pthread_barrier_init(&barrier, NULL, THREADS);
    for (int t = 0; t < TIMES; t++) {
        words = (void *)map(PAGES * PAGE, PROT_READ | PROT_WRITE);
        for (int i = 0; i < THREADS; i++) {
            start_thread(&threads[i], touch_pages, NULL);
        }
        for (int i = 0; i < THREADS; i++) {
            join_thread(threads[i]);
        }
        for (unsigned i = 0; i < PAGES; i++) {
            CHECK_EQUAL(words[i * PAGE / sizeof(*words)], THREADS);
        }
        CHECK_EQUAL(munmap(words, PAGES * PAGE), 0);
    }
}

static void *change_pages(void *argument)
{
    uint32_t seed = (uint32_t)(uintptr_t)argument;
    for (unsigned i = 0; i < scaled(100); i++) {
        size_t pages = 1 + next_random(&seed) % PAGES;
        char *place = map(pages * PAGE, PROT_READ | PROT_WRITE);
        memset(place, (char)i, pages * PAGE);
        size_t first = next_random(&seed) % pages;
        CHECK_EQUAL(mprotect(place + first * PAGE, PAGE, PROT_READ), 0);
        CHECK(is_filled(place, pages * PAGE, (char)i));
        // Not with a hole, which another thread might fill.
        CHECK(map_at(place + first * PAGE, PAGE, PROT_READ) == place + first * PAGE);
        CHECK(is_filled(place + first * PAGE, PAGE, 0));
        CHECK_EQUAL(munmap(place, pages * PAGE), 0);
    }
    return NULL;
}

void test_memory_storm(void)
{
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++) {
        start_thread(&threads[i], change_pages, (void *)(i + 1));
    }
    for (int i = 0; i < THREADS; i++) {
        join_thread(threads[i]);
    }
}

// What is unmapped at once need not have been used from its beginning.
void test_memory_unmap_across(void)
{
    char *place = reserve(PAGES * PAGE);
    CHECK_EQUAL(mprotect(place + 4 * PAGE, 4 * PAGE, PROT_READ | PROT_WRITE), 0);
    CHECK_EQUAL(mprotect(place + 10 * PAGE, PAGE, PROT_READ | PROT_WRITE), 0);
    place[5 * PAGE] = 1;
    place[10 * PAGE] = 1;
    CHECK_EQUAL(munmap(place, PAGES * PAGE), 0);
    CHECK(map_at(place, PAGES * PAGE, PROT_READ | PROT_WRITE) == place);
    CHECK(is_filled(place, PAGES * PAGE, 0));
    CHECK_EQUAL(munmap(place, PAGES * PAGE), 0);
}

// A page that is moved is found where it is then, next to memory that nobody has used.
void test_memory_unmap_moved(void)
{
    char *place = map(PAGES * PAGE, PROT_READ | PROT_WRITE);
    char *page = map(PAGE, PROT_READ | PROT_WRITE);
    page[0] = 1;
    CHECK_EQUAL(munmap(place + 4 * PAGE, PAGE), 0);
    CHECK(mremap(page, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, place + 4 * PAGE) ==
          place + 4 * PAGE);
    CHECK_EQUAL(place[4 * PAGE], 1);
    CHECK_EQUAL(madvise(place, PAGES * PAGE, MADV_DONTNEED), 0);
    CHECK(is_filled(place, PAGES * PAGE, 0));
    CHECK_EQUAL(munmap(place, PAGES * PAGE), 0);
}
