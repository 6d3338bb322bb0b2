// SPDX-License-Identifier: MIT
// user/test/futexcall_test.c - futexes by themselves: every operation, and what is refused.
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/lib/clock.h"
#include "user/test/utest.h"

enum { WAITERS = 8, SHORT_MS = 20 };

static _Atomic unsigned word;
static _Atomic unsigned other_word;
static _Atomic unsigned ready;
static _Atomic unsigned woken;

// NOLINTNEXTLINE(readability-function-size): as many parameters as the call has
static long futex(_Atomic unsigned *at, int operation, unsigned value, const void *fourth,
                  _Atomic unsigned *other, unsigned value3)
{
    return syscall(SYS_futex, at, operation, value, fourth, other, value3);
}

static long wait_private(_Atomic unsigned *at, unsigned value)
{
    return futex(at, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static long wake_private(_Atomic unsigned *at, unsigned count)
{
    return futex(at, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

// Wake until `count` threads have been: they may not all wait yet. Returns: how many calls said so.
static unsigned wake_all(_Atomic unsigned *at, unsigned count, unsigned bits)
{
    unsigned total = 0;
    while (total < count) {
        long n = futex(at, FUTEX_WAKE_BITSET_PRIVATE, count - total, NULL, NULL, bits);
        CHECK(n >= 0);
        total += (unsigned)n;
        sched_yield();
    }
    return total;
}

static void *wait_once(void *argument)
{
    (void)argument;
    atomic_fetch_add_explicit(&ready, 1, memory_order_acq_rel);
    CHECK_EQUAL(wait_private(&word, 0), 0);
    atomic_fetch_add_explicit(&woken, 1, memory_order_acq_rel);
    return NULL;
}

static void start(pthread_t *threads, unsigned count, void *(*body)(void *))
{
    for (uintptr_t i = 0; i < count; i++) {
        start_thread(&threads[i], body, (void *)i);
    }
}

static void join(const pthread_t *threads, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        (void)join_thread(threads[i]);
    }
}

// ---- Waiting and waking ------------------------------------------------------------------------

void test_futexcall_errors(void)
{
    _Atomic unsigned *bad = (void *)8;
    _Atomic unsigned *crooked = (void *)((char *)&word + 1);
    struct timespec time = {.tv_nsec = NS_PER_S};

    CHECK_ERROR(wait_private(&word, 1), EAGAIN);
    CHECK_ERROR(wait_private(bad, 0), EFAULT);
    CHECK_ERROR(wait_private(crooked, 0), EINVAL);
    CHECK_ERROR(wake_private(crooked, 1), EINVAL);
    CHECK_ERROR(futex(bad, FUTEX_WAKE, 1, NULL, NULL, 0), EFAULT);
    CHECK_ERROR(futex(&word, FUTEX_WAIT_PRIVATE, 0, &time, NULL, 0), EINVAL);
    CHECK_ERROR(futex(&word, FUTEX_WAIT_PRIVATE, 0, bad, NULL, 0), EFAULT);
    CHECK_ERROR(futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, NULL, 0), EINVAL);
    CHECK_ERROR(futex(&word, FUTEX_WAKE_BITSET_PRIVATE, 1, NULL, NULL, 0), EINVAL);
    CHECK_ERROR(futex(&word, 77, 0, NULL, NULL, 0), ENOSYS);
    CHECK_ERROR(futex(&word, FUTEX_WAKE_PRIVATE | FUTEX_CLOCK_REALTIME, 1, NULL, NULL, 0), ENOSYS);
    CHECK_EQUAL(wake_private(&word, INT_MAX), 0);
    CHECK_EQUAL(futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0), 0);
}

void test_futexcall_wake(void)
{
    pthread_t threads[WAITERS];
    start(threads, WAITERS, wait_once);
    AWAIT(ready, WAITERS);
    CHECK_EQUAL(wake_all(&word, 3, FUTEX_BITSET_MATCH_ANY), 3);
    AWAIT(woken, 3);
    sleep_ms(SHORT_MS);
    CHECK_EQUAL(woken, 3);
    wake_all(&word, WAITERS - 3, FUTEX_BITSET_MATCH_ANY);
    join(threads, WAITERS);
    CHECK_EQUAL(wake_private(&word, INT_MAX), 0);
}

static void *wait_by_bit(void *argument)
{
    unsigned bit = 1u << (uintptr_t)argument;
    atomic_fetch_add_explicit(&ready, 1, memory_order_acq_rel);
    CHECK_EQUAL(futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, NULL, bit), 0);
    atomic_fetch_or_explicit(&woken, bit, memory_order_acq_rel);
    return NULL;
}

void test_futexcall_bits(void)
{
    pthread_t threads[3];
    start(threads, 3, wait_by_bit);
    AWAIT(ready, 3);
    wake_all(&word, 1, 2);
    (void)join_thread(threads[1]);
    CHECK_EQUAL(woken, 2);
    CHECK_EQUAL(futex(&word, FUTEX_WAKE_BITSET_PRIVATE, INT_MAX, NULL, NULL, 8 | 2), 0);
    wake_all(&word, 2, 1 | 4);
    (void)join_thread(threads[0]);
    (void)join_thread(threads[2]);
    CHECK_EQUAL(woken, 7);
}

// ---- Timeouts ----------------------------------------------------------------------------------

static void check_timeout(int operation, clockid_t clock, bool absolute)
{
    uint64_t before = clock_ns();
    uint64_t base = absolute ? clock_ns_of(clock) : 0;
    struct timespec time = clock_timespec(base + SHORT_MS * NS_PER_MS);
    CHECK_ERROR(futex(&word, operation, 0, &time, NULL, FUTEX_BITSET_MATCH_ANY), ETIMEDOUT);
    uint64_t took = clock_ns() - before;
    CHECK(took >= SHORT_MS * NS_PER_MS);
}

void test_futexcall_timeout(void)
{
    struct timespec past = {0};
    check_timeout(FUTEX_WAIT_PRIVATE, CLOCK_MONOTONIC, false);
    check_timeout(FUTEX_WAIT, CLOCK_MONOTONIC, false);
    check_timeout(FUTEX_WAIT_BITSET_PRIVATE, CLOCK_MONOTONIC, true);
    check_timeout(FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME, CLOCK_REALTIME, true);
    CHECK_ERROR(futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 0, &past, NULL, 1), ETIMEDOUT);
    CHECK_ERROR(futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 1, &past, NULL, 1), EAGAIN);
}

static void note_signal(int signo)
{
    (void)signo;
    atomic_fetch_add_explicit(&woken, 1, memory_order_acq_rel);
}

static void catch_with(int flags)
{
    struct sigaction action = {.sa_handler = note_signal, .sa_flags = flags};
    CHECK_EQUAL(sigaction(SIGUSR1, &action, NULL), 0);
}

static void *wait_interrupted(void *argument)
{
    (void)argument;
    atomic_store_explicit(&ready, 1, memory_order_release);
    long result = wait_private(&word, 0);
    return (void *)(result == 0 ? 0L : (long)errno);
}

static void signal_until_noted(pthread_t thread)
{
    AWAIT(ready, 1);
    sleep_ms(SHORT_MS);
    CHECK_EQUAL(pthread_kill(thread, SIGUSR1), 0);
    AWAIT(woken, 1);
}

void test_futexcall_interrupted(void)
{
    pthread_t thread;
    catch_with(0);
    start_thread(&thread, wait_interrupted, NULL);
    signal_until_noted(thread);
    CHECK_EQUAL((long)join_thread(thread), EINTR);
}

void test_futexcall_restarted(void)
{
    pthread_t thread;
    catch_with(SA_RESTART);
    start_thread(&thread, wait_interrupted, NULL);
    signal_until_noted(thread);
    wake_all(&word, 1, FUTEX_BITSET_MATCH_ANY);
    CHECK_EQUAL((long)join_thread(thread), 0);
}

// ---- Moving waiters ----------------------------------------------------------------------------

void test_futexcall_requeue(void)
{
    pthread_t threads[WAITERS];
    void *five = (void *)5;
    start(threads, WAITERS, wait_once);
    AWAIT(ready, WAITERS);
    sleep_ms(SHORT_MS); // until all wait
    CHECK_ERROR(futex(&word, FUTEX_CMP_REQUEUE_PRIVATE, 1, five, &other_word, 1), EAGAIN);
    CHECK_ERROR(futex(&word, FUTEX_CMP_REQUEUE_PRIVATE, (unsigned)-1, five, &other_word, 0),
                EINVAL);
    CHECK_EQUAL(futex(&word, FUTEX_CMP_REQUEUE_PRIVATE, 1, five, &other_word, 0), 6);
    AWAIT(woken, 1);
    CHECK_EQUAL(wake_private(&other_word, 2), 2);
    CHECK_EQUAL(futex(&word, FUTEX_REQUEUE_PRIVATE, 0, five, &other_word, 0), 2);
    CHECK_EQUAL(wake_private(&word, INT_MAX), 0);
    CHECK_EQUAL(futex(&other_word, FUTEX_REQUEUE_PRIVATE, 0, five, &other_word, 0), 5);
    CHECK_EQUAL(wake_private(&other_word, INT_MAX), 5);
    join(threads, WAITERS);
}

static void *wait_shortly(void *argument)
{
    struct timespec time = clock_timespec(SHORT_MS * NS_PER_MS);
    (void)argument;
    atomic_fetch_add_explicit(&ready, 1, memory_order_acq_rel);
    CHECK_ERROR(futex(&word, FUTEX_WAIT_PRIVATE, 0, &time, NULL, 0), ETIMEDOUT);
    return NULL;
}

// A thread that has been moved gives up by itself where it waits now.
void test_futexcall_requeue_timeout(void)
{
    pthread_t threads[WAITERS];
    start(threads, WAITERS, wait_shortly);
    while (ready < WAITERS) {
        (void)futex(&word, FUTEX_REQUEUE_PRIVATE, 0, (void *)(long)INT_MAX, &other_word, 0);
        sched_yield();
    }
    (void)futex(&word, FUTEX_REQUEUE_PRIVATE, 0, (void *)(long)INT_MAX, &other_word, 0);
    join(threads, WAITERS);
    CHECK_EQUAL(wake_private(&word, INT_MAX) + wake_private(&other_word, INT_MAX), 0);
}

// ---- Changing a word, and waking ---------------------------------------------------------------

static void check_operation(unsigned operation, int operand, unsigned before, unsigned after)
{
    unsigned encoded = operation << 28 | FUTEX_OP_CMP_EQ << 24 | ((unsigned)operand & 0xfff) << 12;
    other_word = before;
    CHECK_EQUAL(futex(&word, FUTEX_WAKE_OP_PRIVATE, 1, (void *)1, &other_word, encoded), 0);
    CHECK_EQUAL(other_word, after);
}

void test_futexcall_wake_op(void)
{
    check_operation(FUTEX_OP_SET, 7, 1, 7);
    check_operation(FUTEX_OP_ADD, -1, 1, 0);
    check_operation(FUTEX_OP_OR, 6, 1, 7);
    check_operation(FUTEX_OP_ANDN, 2, 7, 5);
    check_operation(FUTEX_OP_XOR, 3, 1, 2);
    check_operation(FUTEX_OP_OR | FUTEX_OP_OPARG_SHIFT, 31, 0, 0x80000000);
    CHECK_ERROR(futex(&word, FUTEX_WAKE_OP_PRIVATE, 1, (void *)1, &other_word, 7u << 28), ENOSYS);
    CHECK_ERROR(futex(&word, FUTEX_WAKE_OP_PRIVATE, 1, (void *)1, (void *)8, 0), EFAULT);
}

void test_futexcall_wake_op_both(void)
{
    pthread_t thread;
    unsigned never = FUTEX_OP(FUTEX_OP_SET, 0, FUTEX_OP_CMP_GT, 0);
    unsigned always = FUTEX_OP(FUTEX_OP_SET, 0, FUTEX_OP_CMP_LE, 0);
    start_thread(&thread, wait_once, NULL);
    AWAIT(ready, 1);
    sleep_ms(SHORT_MS);
    CHECK_EQUAL(futex(&other_word, FUTEX_WAKE_OP_PRIVATE, 1, (void *)1, &word, never), 0);
    CHECK_EQUAL(futex(&other_word, FUTEX_WAKE_OP_PRIVATE, 1, (void *)1, &word, always), 1);
    (void)join_thread(thread);
}

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

// ---- Priority inheritance ----------------------------------------------------------------------

static unsigned my_tid(void)
{
    return (unsigned)syscall(SYS_gettid);
}

void test_futexcall_pi_alone(void)
{
    word = 0;
    if (futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0) < 0 && errno == ENOSYS) {
        skip("no futexes with priority inheritance here");
    }
    CHECK_EQUAL(word & FUTEX_TID_MASK, my_tid());
    CHECK_ERROR(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0), EDEADLK);
    CHECK_ERROR(futex(&word, FUTEX_TRYLOCK_PI_PRIVATE, 0, NULL, NULL, 0), EDEADLK);
    CHECK_EQUAL(futex(&word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
    CHECK_EQUAL(word, 0);
    CHECK_ERROR(futex(&word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0), EPERM);
    CHECK_EQUAL(futex(&word, FUTEX_TRYLOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
    CHECK_EQUAL(word & FUTEX_TID_MASK, my_tid());
    word = 0x3ffffff; // nobody
    CHECK_ERROR(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0), ESRCH);
}

static unsigned long inside; // guarded by: word, as a lock

static void *lock_in_turn(void *argument)
{
    (void)argument;
    for (int i = 0; i < 500; i++) {
        unsigned free = 0;
        if (!atomic_compare_exchange_strong_explicit(&word, &free, my_tid(), memory_order_acq_rel,
                                                     memory_order_relaxed)) {
            CHECK_EQUAL(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
        }
        CHECK_EQUAL(word & FUTEX_TID_MASK, my_tid());
        unsigned long before = inside;
        if (i % 50 == 0) {
            sched_yield();
        }
        inside = before + 1;
        unsigned mine = my_tid();
        if (!atomic_compare_exchange_strong_explicit(&word, &mine, 0, memory_order_acq_rel,
                                                     memory_order_relaxed)) {
            CHECK_EQUAL(futex(&word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
        }
    }
    return NULL;
}

void test_futexcall_pi_handed_over(void)
{
    pthread_t threads[WAITERS];
    word = 0;
    start(threads, WAITERS, lock_in_turn);
    join(threads, WAITERS);
    CHECK_EQUAL(inside, WAITERS * 500);
    CHECK_EQUAL(word, 0);
}

static void *lock_and_leave(void *argument)
{
    (void)argument;
    CHECK_EQUAL(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
    atomic_store_explicit(&ready, 1, memory_order_release);
    sleep_ms(SHORT_MS * 2);
    return NULL;
}

void test_futexcall_pi_owner_dies(void)
{
    pthread_t thread;
    struct timespec time = clock_timespec(clock_ns_of(CLOCK_REALTIME) + SHORT_MS / 4 * NS_PER_MS);
    word = 0;
    start_thread(&thread, lock_and_leave, NULL);
    AWAIT(ready, 1);
    CHECK_ERROR(futex(&word, FUTEX_TRYLOCK_PI_PRIVATE, 0, NULL, NULL, 0), EAGAIN);
    CHECK_ERROR(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, &time, NULL, 0), ETIMEDOUT);
    CHECK_EQUAL(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
    CHECK_EQUAL(word & FUTEX_TID_MASK, my_tid());
    CHECK((word & FUTEX_OWNER_DIED) != 0);
    (void)join_thread(thread);
}

static void *lock_other_way(void *argument)
{
    (void)argument;
    CHECK_EQUAL(futex(&other_word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
    atomic_store_explicit(&ready, 1, memory_order_release);
    CHECK_EQUAL(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
    CHECK_EQUAL(futex(&word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
    CHECK_EQUAL(futex(&other_word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
    return NULL;
}

void test_futexcall_pi_deadlock(void)
{
    pthread_t thread;
    word = 0;
    CHECK_EQUAL(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
    start_thread(&thread, lock_other_way, NULL);
    AWAIT(ready, 1);
    sleep_ms(SHORT_MS);
    CHECK_ERROR(futex(&other_word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0), EDEADLK);
    CHECK_EQUAL(futex(&word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
    (void)join_thread(thread);
}

// ---- Many at once ------------------------------------------------------------------------------

static void *take_turns(void *argument)
{
    unsigned me = (unsigned)(uintptr_t)argument;
    unsigned turns = scaled(500);
    for (unsigned i = 0; i < turns;) {
        unsigned now = word;
        if (now % WAITERS == me) {
            word = now + 1;
            (void)wake_private(&word, INT_MAX);
            i++;
        } else {
            (void)wait_private(&word, now);
        }
    }
    return NULL;
}

void test_futexcall_storm(void)
{
    pthread_t threads[WAITERS];
    word = 0;
    start(threads, WAITERS, take_turns);
    join(threads, WAITERS);
    CHECK_EQUAL(word, WAITERS * scaled(500));
}
