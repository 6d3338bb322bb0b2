// SPDX-License-Identifier: MIT
// user/test/futexcall_shared_test.c - futexes between processes, and of those that die with them.
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/test/futexcall.h"
#include "user/test/utest.h"

enum { SHORT_MS = 20 };

// ---- Between processes -------------------------------------------------------------------------

struct shared {
    _Atomic unsigned word;
    _Atomic unsigned ready;
};
static struct shared *shared;

static void wait_shared(void)
{
    atomic_store_explicit(&shared->ready, 1, memory_order_release);
    while (shared->word == 0) {
        (void)futex(&shared->word, FUTEX_WAIT, 0, NULL, NULL, 0);
    }
}

void test_futexcall_shared(void)
{
    shared = shared_memory(sizeof(*shared));
    pid_t child = fork_child(wait_shared);
    AWAIT(shared->ready, 1);
    sleep_ms(SHORT_MS);
    CHECK_EQUAL(futex(&shared->word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), 0);
    shared->word = 1;
    CHECK_EQUAL(futex(&shared->word, FUTEX_WAKE, 1, NULL, NULL, 0), 1);
    CHECK_EQUAL(wait_child(child), 0);
}

// Wait until /proc says that the task at `path` sleeps.
static void await_sleep(const char *path)
{
    char text[256] = "";
    for (int ms = 0; ms < 10000; ms++) {
        FILE *file = fopen(path, "r");
        CHECK(file != NULL && fgets(text, sizeof(text), file) != NULL);
        CHECK_EQUAL(fclose(file), 0);
        const char *name_end = strrchr(text, ')');
        CHECK(name_end != NULL);
        if (name_end[2] == 'S') {
            return;
        }
        sleep_ms(1);
    }
    CHECK(false);
}

// A task that is seen asleep in a wait is there to be woken, and by one wake.
static void check_woken_asleep(const char *path)
{
    await_sleep(path);
    shared->word = 1;
    CHECK_EQUAL(futex(&shared->word, FUTEX_WAKE, 1, NULL, NULL, 0), 1);
    CHECK_EQUAL(futex(&shared->word, FUTEX_WAKE, 1, NULL, NULL, 0), 0);
}

static void *wait_once(void *argument)
{
    atomic_store_explicit(&shared->ready, (unsigned)syscall(SYS_gettid), memory_order_release);
    CHECK_EQUAL(futex(&shared->word, FUTEX_WAIT, 0, NULL, NULL, 0), 0);
    return argument;
}

void test_futexcall_seen_asleep(void)
{
    char path[64];
    pthread_t thread;
    shared = shared_memory(sizeof(*shared));
    start_thread(&thread, wait_once, NULL);
    AWAIT(shared->ready, 1);
    snprintf(path, sizeof(path), "/proc/self/task/%u/stat", shared->ready);
    check_woken_asleep(path);
    CHECK(join_thread(thread) == NULL);
}

static void wait_once_in_child(void)
{
    wait_once(NULL);
}

void test_futexcall_process_seen_asleep(void)
{
    char path[64];
    shared = shared_memory(sizeof(*shared));
    pid_t child = fork_child(wait_once_in_child);
    AWAIT(shared->ready, 1);
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)child);
    check_woken_asleep(path);
    CHECK_EQUAL(wait_child(child), 0);
}

static void *find_word(void *argument)
{
    (void)argument;
    wait_shared();
    return NULL;
}

static struct shared *map_file(int file)
{
    void *at = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    CHECK(at != MAP_FAILED);
    return at;
}

// The word is shared by its page, not by its address.
void test_futexcall_shared_twice(void)
{
    pthread_t thread;
    char name[] = "/tmp/futex-XXXXXX";
    int file = mkstemp(name);
    CHECK(file >= 0);
    CHECK_EQUAL(unlink(name), 0);
    CHECK_EQUAL(ftruncate(file, sizeof(*shared)), 0);
    shared = map_file(file);
    struct shared *again = map_file(file);
    start_thread(&thread, find_word, NULL);
    AWAIT(shared->ready, 1);
    sleep_ms(SHORT_MS);
    again->word = 1;
    CHECK_EQUAL(futex(&again->word, FUTEX_WAKE, 1, NULL, NULL, 0), 1);
    (void)join_thread(thread);
}

static void wait_for_ever(void)
{
    atomic_store_explicit(&shared->ready, 1, memory_order_release);
    (void)futex(&shared->word, FUTEX_WAIT, 0, NULL, NULL, 0);
}

void test_futexcall_killed(void)
{
    shared = shared_memory(sizeof(*shared));
    pid_t child = fork_child(wait_for_ever);
    AWAIT(shared->ready, 1);
    sleep_ms(SHORT_MS);
    CHECK_EQUAL(kill(child, SIGKILL), 0);
    CHECK_EQUAL(wait_child(child), -SIGKILL);
    CHECK_EQUAL(futex(&shared->word, FUTEX_WAKE, 1, NULL, NULL, 0), 0);
}

// ---- Robust lists ------------------------------------------------------------------------------

static void need_robust_lists(void)
{
    struct robust_list_head *head;
    size_t bytes;
    if (syscall(SYS_get_robust_list, 0, &head, &bytes) < 0 && errno == ENOSYS) {
        skip("no robust lists here");
    }
}

void test_futexcall_robust_calls(void)
{
    need_robust_lists();
    struct robust_list_head *head = NULL;
    struct robust_list_head mine = {.list = {&mine.list}};
    size_t bytes = 0;
    CHECK_ERROR(syscall(SYS_set_robust_list, &mine, sizeof(mine) - 1), EINVAL);
    CHECK_EQUAL(syscall(SYS_get_robust_list, 0, &head, &bytes), 0);
    CHECK_EQUAL(bytes, sizeof(mine));
    CHECK_EQUAL(syscall(SYS_set_robust_list, &mine, sizeof(mine)), 0);
    CHECK_EQUAL(syscall(SYS_get_robust_list, getpid(), &head, &bytes), 0);
    CHECK(head == &mine);
    CHECK_ERROR(syscall(SYS_get_robust_list, 0, (void *)8, &bytes), EFAULT);
    CHECK_ERROR(syscall(SYS_get_robust_list, 0x3ffffff, &head, &bytes), ESRCH);
}

struct lock {
    struct robust_list link;
    _Atomic unsigned word;
};

static void die_with_locks(void)
{
    static struct robust_list_head head;
    struct lock *locks = (struct lock *)(void *)shared;
    unsigned me = (unsigned)getpid();
    head.futex_offset = offsetof(struct lock, word);
    head.list.next = &locks[0].link;
    locks[0].link.next = &locks[1].link;
    locks[1].link.next = &head.list;
    head.list_op_pending = &locks[2].link;
    locks[0].word = me;
    locks[1].word = FUTEX_WAITERS | (me + 1); // somebody else's
    locks[2].word = me;
    CHECK_EQUAL(syscall(SYS_set_robust_list, &head, sizeof(head)), 0);
    CHECK_EQUAL(kill(getpid(), SIGKILL), 0);
}

void test_futexcall_robust_kill(void)
{
    need_robust_lists();
    shared = shared_memory(4096);
    const struct lock *locks = (const struct lock *)(const void *)shared;
    pid_t child = fork_child(die_with_locks);
    CHECK_EQUAL(wait_child(child), -SIGKILL);
    CHECK_EQUAL(locks[0].word, FUTEX_OWNER_DIED);
    CHECK_EQUAL(locks[1].word, FUTEX_WAITERS | (unsigned)(child + 1));
    CHECK_EQUAL(locks[2].word, FUTEX_OWNER_DIED);
}

static void die_with_a_ring(void)
{
    static struct robust_list_head head;
    static struct lock lock;
    head.futex_offset = offsetof(struct lock, word);
    head.list.next = &lock.link;
    lock.link.next = &lock.link; // for ever
    CHECK_EQUAL(syscall(SYS_set_robust_list, &head, sizeof(head)), 0);
}

static void die_with_nonsense(void)
{
    CHECK_EQUAL(syscall(SYS_set_robust_list, 8, sizeof(struct robust_list_head)), 0);
}

void test_futexcall_robust_nonsense(void)
{
    need_robust_lists();
    CHECK_EQUAL(run_child(die_with_a_ring), 0);
    CHECK_EQUAL(run_child(die_with_nonsense), 0);
}
