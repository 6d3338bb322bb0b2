// SPDX-License-Identifier: MIT
// user/test/realtime_test.c - scheduling calls: policies, priorities, nice, harts.
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "user/lib/clock.h"
#include "user/test/utest.h"

enum { SHORT_MS = 20, LONG_MS = 20000, NOBODY = 0x3ffffff };

static void set_policy(pid_t tid, int policy, int priority)
{
    struct sched_param param = {.sched_priority = priority};
    if (syscall(SYS_sched_setscheduler, tid, policy, &param) < 0 && errno == EPERM) {
        skip("no right to real-time priorities here");
    }
    CHECK_EQUAL(syscall(SYS_sched_getscheduler, tid), policy);
}

static int priority_of(pid_t tid)
{
    struct sched_param param = {.sched_priority = -1};
    CHECK_EQUAL(syscall(SYS_sched_getparam, tid, &param), 0);
    return param.sched_priority;
}

#define PERIOD  "/proc/sys/kernel/sched_rt_period_us"
#define RUNTIME "/proc/sys/kernel/sched_rt_runtime_us"

static ssize_t write_setting(const char *path, const char *text)
{
    skip_unless_hartbeat("it is a setting of the whole machine");
    int fd = open(path, O_WRONLY);
    CHECK(fd >= 0);
    ssize_t written = write(fd, text, strlen(text));
    int error = errno;
    CHECK_EQUAL(close(fd), 0);
    errno = error;
    return written;
}

static void set_share(const char *path, const char *text)
{
    CHECK_EQUAL(write_setting(path, text), (ssize_t)strlen(text));
}

static void setting_is(const char *path, const char *text)
{
    char value[16] = {0};
    int fd = open(path, O_RDONLY);
    CHECK(fd >= 0);
    CHECK(read(fd, value, sizeof(value) - 1) > 0);
    CHECK_EQUAL(close(fd), 0);
    CHECK_EQUAL(strcmp(value, text), 0);
}

// ---- What may be asked -------------------------------------------------------------------------

void test_realtime_range(void)
{
    CHECK_EQUAL(sched_get_priority_max(SCHED_FIFO), 99);
    CHECK_EQUAL(sched_get_priority_min(SCHED_FIFO), 1);
    CHECK_EQUAL(sched_get_priority_max(SCHED_RR), 99);
    CHECK_EQUAL(sched_get_priority_min(SCHED_RR), 1);
    CHECK_EQUAL(sched_get_priority_max(SCHED_OTHER), 0);
    CHECK_EQUAL(sched_get_priority_min(SCHED_BATCH), 0);
    CHECK_EQUAL(sched_get_priority_max(SCHED_IDLE), 0);
    CHECK_ERROR(sched_get_priority_max(77), EINVAL);
    CHECK_ERROR(sched_get_priority_min(-1), EINVAL);
}

void test_realtime_errors(void)
{
    struct sched_param none = {0};
    struct sched_param some = {.sched_priority = 5};
    struct sched_param much = {.sched_priority = 100};
    struct timespec time;
    CHECK_ERROR(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &none), EINVAL);
    CHECK_ERROR(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &much), EINVAL);
    CHECK_ERROR(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &some), EINVAL);
    CHECK_ERROR(syscall(SYS_sched_setscheduler, 0, 77, &none), EINVAL);
    CHECK_ERROR(syscall(SYS_sched_setscheduler, 0, -1, &none), EINVAL);
    CHECK_ERROR(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, NULL), EINVAL);
    CHECK_ERROR(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, 8), EFAULT);
    CHECK_ERROR(syscall(SYS_sched_setscheduler, NOBODY, SCHED_OTHER, &none), ESRCH);
    CHECK_ERROR(syscall(SYS_sched_getscheduler, NOBODY), ESRCH);
    CHECK_ERROR(syscall(SYS_sched_getscheduler, -1), EINVAL);
    CHECK_ERROR(syscall(SYS_sched_getparam, 0, NULL), EINVAL);
    CHECK_ERROR(syscall(SYS_sched_getparam, NOBODY, &none), ESRCH);
    CHECK_ERROR(syscall(SYS_sched_rr_get_interval, NOBODY, &time), ESRCH);
    CHECK_ERROR(syscall(SYS_sched_rr_get_interval, -1, &time), EINVAL);
}

void test_realtime_policy(void)
{
    struct timespec time;
    CHECK_EQUAL(syscall(SYS_sched_getscheduler, 0), SCHED_OTHER);
    set_policy(0, SCHED_RR, 7);
    CHECK_EQUAL(priority_of(getpid()), 7);
    CHECK_EQUAL(syscall(SYS_sched_rr_get_interval, 0, &time), 0);
    CHECK(time.tv_sec == 0 && time.tv_nsec > 0);
    set_policy(0, SCHED_FIFO, 99);
    CHECK_EQUAL(priority_of(0), 99);
    CHECK_EQUAL(syscall(SYS_sched_setparam, 0, &(struct sched_param){.sched_priority = 3}), 0);
    CHECK_EQUAL(priority_of(0), 3);
    sched_yield();
    set_policy(0, SCHED_BATCH, 0);
    set_policy(0, SCHED_IDLE, 0);
    set_policy(0, SCHED_OTHER, 0);
    CHECK_EQUAL(priority_of(0), 0);
}

struct attr {
    uint32_t size;
    uint32_t policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t rest[3];
    uint32_t hints[2];
    uint64_t unknown;
};

void test_realtime_attributes(void)
{
    struct attr attr = {.size = 48, .policy = SCHED_OTHER, .nice = 5};
    CHECK_EQUAL(syscall(SYS_sched_setattr, 0, &attr, 0), 0);
    memset(&attr, 0xff, sizeof(attr));
    CHECK_EQUAL(syscall(SYS_sched_getattr, 0, &attr, 48, 0), 0);
    CHECK_EQUAL(attr.size, 48);
    CHECK_EQUAL(attr.nice, 5);
    CHECK_EQUAL(attr.policy, SCHED_OTHER);
    CHECK_EQUAL(getpriority(PRIO_PROCESS, 0), 5);
    CHECK_ERROR(syscall(SYS_sched_getattr, 0, &attr, 47, 0), EINVAL);
    CHECK_ERROR(syscall(SYS_sched_setattr, 0, &attr, 1), EINVAL);
    attr = (struct attr){.size = sizeof(attr), .unknown = 1};
    CHECK_ERROR(syscall(SYS_sched_setattr, 0, &attr, 0), E2BIG);
    attr = (struct attr){.size = 48, .policy = SCHED_FIFO};
    CHECK_ERROR(syscall(SYS_sched_setattr, 0, &attr, 0), EINVAL);
}

// ---- Nice --------------------------------------------------------------------------------------

void test_realtime_nice(void)
{
    CHECK_EQUAL(syscall(SYS_getpriority, PRIO_PROCESS, 0), 20);
    CHECK_EQUAL(setpriority(PRIO_PROCESS, 0, 50), 0);
    CHECK_EQUAL(syscall(SYS_getpriority, PRIO_PROCESS, getpid()), 1);
    if (setpriority(PRIO_PROCESS, 0, -50) == 0) {
        CHECK_EQUAL(syscall(SYS_getpriority, PRIO_PROCESS, 0), 40);
        CHECK_EQUAL(getpriority(PRIO_PGRP, 0), -20);
    }
    CHECK_ERROR(syscall(SYS_getpriority, 3, 0), EINVAL);
    CHECK_ERROR(syscall(SYS_setpriority, PRIO_PROCESS, NOBODY, 0), ESRCH);
    CHECK_ERROR(syscall(SYS_getpriority, PRIO_PROCESS, NOBODY), ESRCH);
}

static void have_inherited(void)
{
    CHECK_EQUAL(syscall(SYS_sched_getscheduler, 0), SCHED_RR);
    CHECK_EQUAL(priority_of(0), 4);
    CHECK_EQUAL(syscall(SYS_getpriority, PRIO_PROCESS, 0), 17);
}

static void have_reset(void)
{
    CHECK_EQUAL(syscall(SYS_sched_getscheduler, 0), SCHED_OTHER);
    CHECK_EQUAL(priority_of(0), 0);
}

void test_realtime_fork(void)
{
    CHECK_EQUAL(setpriority(PRIO_PROCESS, 0, 3), 0);
    set_policy(0, SCHED_RR, 4);
    CHECK_EQUAL(run_child(have_inherited), 0);
    set_policy(0, SCHED_RR | SCHED_RESET_ON_FORK, 4);
    CHECK_EQUAL(run_child(have_reset), 0);
}

// ---- The real-time class -----------------------------------------------------------------------

static _Atomic unsigned stop;
static _Atomic unsigned spins;

static void pin_to_first(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(0, &set);
    CHECK_EQUAL(sched_setaffinity(0, sizeof(set), &set), 0);
}

static void *spin_ordinary(void *argument)
{
    (void)argument;
    set_policy(0, SCHED_OTHER, 0);
    while (atomic_load_explicit(&stop, memory_order_acquire) == 0) {
        atomic_fetch_add_explicit(&spins, 1, memory_order_acq_rel);
    }
    return NULL;
}

// While a real-time thread runs, nothing else does on its hart; when it sleeps, others do.
void test_realtime_first(void)
{
    pthread_t thread;
    skip_if_emulated("real-time threads may have no more than their share");
    set_share(RUNTIME, "-1");
    pin_to_first();
    set_policy(0, SCHED_FIFO, 10);
    start_thread(&thread, spin_ordinary, NULL);
    AWAIT(spins, 1);
    unsigned before = spins;
    for (uint64_t until = clock_ns() + SHORT_MS * 3 * NS_PER_MS; clock_ns() < until;) {
    }
    CHECK_EQUAL(spins, before);
    AWAIT(spins, before + 1); // while this thread sleeps
    stop = 1;
    (void)join_thread(thread);
    set_share(RUNTIME, "950000");
}

static _Atomic unsigned order[4];
static _Atomic unsigned nr_order;
static _Atomic unsigned gate;
static _Atomic unsigned ready;

static void *note_order(void *argument)
{
    int priority = (int)(uintptr_t)argument;
    pin_to_first();
    set_policy(0, SCHED_FIFO, priority);
    atomic_fetch_add_explicit(&ready, 1, memory_order_acq_rel);
    while (gate == 0) {
        (void)syscall(SYS_futex, &gate, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
    }
    order[atomic_fetch_add_explicit(&nr_order, 1, memory_order_acq_rel)] = (unsigned)priority;
    return NULL;
}

// The more urgent runs first, whatever the order of arrival.
void test_realtime_order(void)
{
    static const int priorities[] = {20, 40, 10, 30};
    pthread_t threads[4];
    pin_to_first();
    set_policy(0, SCHED_FIFO, 90);
    for (int i = 0; i < 4; i++) {
        start_thread(&threads[i], note_order, (void *)(uintptr_t)priorities[i]);
    }
    AWAIT(ready, 4);
    sleep_ms(SHORT_MS); // until all wait
    gate = 1;
    CHECK_EQUAL(syscall(SYS_futex, &gate, FUTEX_WAKE_PRIVATE, 4, NULL, NULL, 0), 4);
    CHECK_EQUAL(nr_order, 0); // we are more urgent
    for (int i = 0; i < 4; i++) {
        (void)join_thread(threads[i]);
    }
    for (unsigned i = 0; i < 4; i++) {
        CHECK_EQUAL(order[i], 40 - 10 * i);
    }
}

static void *spin_in_turn(void *argument)
{
    _Atomic unsigned *mine = argument;
    pin_to_first();
    set_policy(0, SCHED_RR, 10);
    while (atomic_load_explicit(&stop, memory_order_acquire) == 0) {
        atomic_fetch_add_explicit(mine, 1, memory_order_acq_rel);
    }
    return NULL;
}

// Round robin takes turns among equals.
void test_realtime_turns(void)
{
    static _Atomic unsigned turns[2];
    pthread_t threads[2];
    pin_to_first();
    set_policy(0, SCHED_FIFO, 20);
    start_thread(&threads[0], spin_in_turn, &turns[0]);
    start_thread(&threads[1], spin_in_turn, &turns[1]);
    AWAIT(turns[0], 1);
    AWAIT(turns[1], 1);
    stop = 1;
    (void)join_thread(threads[0]);
    (void)join_thread(threads[1]);
}

// ---- What real-time threads may have of a hart

void test_realtime_share(void)
{
    skip_if_emulated("it has settings of its own");
    setting_is(PERIOD, "1000000\n");
    setting_is(RUNTIME, "950000\n");
    CHECK_ERROR(write_setting(RUNTIME, "1000001"), EINVAL);
    CHECK_ERROR(write_setting(RUNTIME, "-2"), EINVAL);
    CHECK_ERROR(write_setting(RUNTIME, "much"), EINVAL);
    CHECK_ERROR(write_setting(PERIOD, "0"), EINVAL);
    CHECK_ERROR(write_setting(PERIOD, "949999"), EINVAL);
    CHECK_ERROR(write_setting(PERIOD, "2147483648"), EINVAL);
    setting_is(PERIOD, "1000000\n");
    setting_is(RUNTIME, "950000\n");
}

static _Atomic unsigned seen;
static uint64_t spin_ms;

// Spin until an ordinary thread of the same hart has run, or for as long as that may take.
static void *spin_urgently(void *policy)
{
    pin_to_first();
    set_policy(0, (int)(uintptr_t)policy, 50);
    atomic_store_explicit(&spins, 1, memory_order_release);
    uint64_t until = clock_ns() + spin_ms * NS_PER_MS;
    while (atomic_load_explicit(&seen, memory_order_acquire) == 0 && clock_ns() < until) {
    }
    return (void *)(uintptr_t)atomic_load_explicit(&seen, memory_order_acquire);
}

// Have a thread spin on the hart of this one, which wants to run too. Returns: whether this one
// did.
static bool runs_beside(int policy)
{
    pthread_t thread;
    spins = 0;
    seen = 0;
    start_thread(&thread, spin_urgently, (void *)(uintptr_t)policy);
    AWAIT(spins, 1);
    seen = 1;
    return join_thread(thread) != NULL;
}

// An ordinary thread gets what is left of each period, whatever real-time threads there are.
void test_realtime_throttled(void)
{
    skip_if_emulated("it has settings of its own");
    pin_to_first();
    set_share(RUNTIME, "20000");
    set_share(PERIOD, "40000");
    spin_ms = LONG_MS;
    CHECK(runs_beside(SCHED_FIFO));
    CHECK(runs_beside(SCHED_RR));
    set_share(PERIOD, "1000000");
    set_share(RUNTIME, "950000");
}

static void *spin_anywhere(void *argument)
{
    set_policy(0, SCHED_FIFO, 50);
    (void)atomic_fetch_add_explicit(&spins, 1, memory_order_release);
    while (atomic_load_explicit(&seen, memory_order_acquire) == 0) {
    }
    return argument;
}

// How long the calling thread has run, of the time since it began to look.
struct run {
    uint64_t had_ns;
    uint64_t took_ns;
};

// Spin until it had its part, but for no less than ten periods, so that it does not matter where in
// one it begins. A host that is busy takes its time from either side, so one that had bad luck goes
// on, though not for ever.
static struct run spin_for_its_part(void)
{
    const uint64_t least_ns = UINT64_C(200) * NS_PER_MS;
    const uint64_t most_ns = UINT64_C(60) * NS_PER_S;
    uint64_t start = clock_ns();
    uint64_t before = clock_ns_of(CLOCK_THREAD_CPUTIME_ID);
    struct run run;
    do {
        run.took_ns = clock_ns() - start;
        run.had_ns = clock_ns_of(CLOCK_THREAD_CPUTIME_ID) - before;
    } while (run.took_ns < least_ns ||
             (run.took_ns < most_ns && run.had_ns <= run.took_ns * 2 / 5));
    return run;
}

// What is left is half, also for one that waits in another queue than they do.
void test_realtime_half(void)
{
    enum { HARTS_MAX = 64 };
    pthread_t threads[HARTS_MAX];
    long harts = sysconf(_SC_NPROCESSORS_ONLN);
    skip_if_emulated("it has settings of its own");
    set_share(RUNTIME, "10000");
    set_share(PERIOD, "20000");
    spins = 0;
    seen = 0;
    set_policy(0, SCHED_FIFO, 60);
    for (long i = 0; i < harts; i++) {
        start_thread(&threads[i], spin_anywhere, NULL);
    }
    AWAIT(spins, (unsigned)harts); // in the sleep of this thread
    pin_to_first();
    set_policy(0, SCHED_OTHER, 0);
    struct run run = spin_for_its_part();
    seen = 1;
    for (long i = 0; i < harts; i++) {
        (void)join_thread(threads[i]);
    }
    set_share(PERIOD, "1000000");
    set_share(RUNTIME, "950000");
    printf("# %lu of %lu ms\n", run.had_ns / NS_PER_MS, run.took_ns / NS_PER_MS);
    CHECK(run.had_ns > run.took_ns * 2 / 5);
}

// Without the limit it gets nothing.
void test_realtime_unlimited(void)
{
    skip_if_emulated("it has settings of its own");
    pin_to_first();
    set_share(RUNTIME, "-1");
    spin_ms = SHORT_MS;
    CHECK(!runs_beside(SCHED_FIFO));
    set_share(RUNTIME, "950000");
}

// ---- Priority inheritance ----------------------------------------------------------------------

static pthread_mutex_t lock;
static _Atomic unsigned held;

static void *hold_lock(void *argument)
{
    (void)argument;
    pin_to_first();
    set_policy(0, SCHED_FIFO, 5);
    CHECK_EQUAL(pthread_mutex_lock(&lock), 0);
    atomic_store_explicit(&held, 1, memory_order_release);
    for (uint64_t until = clock_ns_of(CLOCK_THREAD_CPUTIME_ID) + SHORT_MS * NS_PER_MS;
         clock_ns_of(CLOCK_THREAD_CPUTIME_ID) < until;) {
    }
    CHECK_EQUAL(pthread_mutex_unlock(&lock), 0);
    return NULL;
}

static void *spin_between(void *argument)
{
    (void)argument;
    pin_to_first();
    set_policy(0, SCHED_FIFO, 10);
    while (atomic_load_explicit(&stop, memory_order_acquire) == 0) {
    }
    return NULL;
}

// A thread in the middle keeps the owner off the hart, were it not for what waits for the owner.
void test_realtime_inheritance(void)
{
    pthread_mutexattr_t attributes;
    pthread_t owner;
    pthread_t middle;
    pin_to_first();
    set_policy(0, SCHED_FIFO, 20);
    pthread_mutexattr_init(&attributes);
    CHECK_EQUAL(pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT), 0);
    if (pthread_mutex_init(&lock, &attributes) != 0) {
        skip("no mutexes with priority inheritance here");
    }
    start_thread(&owner, hold_lock, NULL);
    AWAIT(held, 1);
    start_thread(&middle, spin_between, NULL);
    sleep_ms(1); // it spins
    CHECK_EQUAL(pthread_mutex_lock(&lock), 0);
    CHECK_EQUAL(pthread_mutex_unlock(&lock), 0);
    stop = 1;
    (void)join_thread(owner);
    (void)join_thread(middle);
}

// ---- Harts -------------------------------------------------------------------------------------

void test_realtime_affinity(void)
{
    unsigned long mask[16] = {0};
    long bytes = syscall(SYS_sched_getaffinity, 0, sizeof(mask), mask);
    CHECK(bytes > 0 && bytes % (long)sizeof(long) == 0);
    CHECK(mask[0] != 0);
    CHECK_ERROR(syscall(SYS_sched_getaffinity, 0, 3, mask), EINVAL);
    CHECK_ERROR(syscall(SYS_sched_getaffinity, 0, sizeof(mask), 8), EFAULT);
    CHECK_ERROR(syscall(SYS_sched_getaffinity, NOBODY, sizeof(mask), mask), ESRCH);
    CHECK_ERROR(syscall(SYS_sched_setaffinity, NOBODY, sizeof(mask), mask), ESRCH);
    for (unsigned cpu = 0; cpu < 64; cpu++) {
        unsigned long one = 1ul << cpu;
        unsigned node = 99;
        unsigned here = 99;
        if ((mask[0] & one) == 0) {
            continue;
        }
        CHECK_EQUAL(syscall(SYS_sched_setaffinity, 0, sizeof(one), &one), 0);
        CHECK_EQUAL(syscall(SYS_getcpu, &here, &node, NULL), 0);
        CHECK_EQUAL(here, cpu);
        CHECK_EQUAL(sched_getcpu(), cpu);
    }
    unsigned long none = 0;
    CHECK_ERROR(syscall(SYS_sched_setaffinity, 0, sizeof(none), &none), EINVAL);
    CHECK_ERROR(syscall(SYS_sched_setaffinity, 0, sizeof(none), 8), EFAULT);
}

static void compute_until_alarm(void)
{
    pin_to_first();
    set_policy(0, SCHED_FIFO, 99);
    alarm(1);
    for (;;) {
        __asm__("" ::: "memory");
    }
}

// Nothing else runs on its hart, but what it has asked for comes.
void test_realtime_alarm(void)
{
    CHECK_DIES(compute_until_alarm, SIGALRM);
}
