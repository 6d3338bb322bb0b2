// SPDX-License-Identifier: MIT
// user/test/thread_test.c - threads: beginning and end, cancellation, fork.
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/test/utest.h"

enum { THREADS = 16 };

// ---- Beginning and end -------------------------------------------------------------------------

struct square {
    long value;
    long square;
};

static void *square_it(void *argument)
{
    struct square *square = argument;
    square->square = square->value * square->value;
    return (void *)(intptr_t)square->value;
}

void test_thread_arguments(void)
{
    struct square squares[3] = {{1, 0}, {2, 0}, {3, 0}};
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) {
        start_thread(&threads[i], square_it, &squares[i]);
    }
    for (int i = 0; i < 3; i++) {
        CHECK_EQUAL((long)(intptr_t)join_thread(threads[i]), i + 1);
        CHECK_EQUAL(squares[i].square, (i + 1) * (i + 1));
    }
}

static __thread long local = 17;
static pthread_key_t key;
static _Atomic unsigned destroyed;

static void destroy(void *value)
{
    CHECK_EQUAL((intptr_t)value, local);
    atomic_fetch_add_explicit(&destroyed, 1, memory_order_relaxed);
}

static void *use_local(void *argument)
{
    CHECK_EQUAL(local, 17);
    local = (long)(intptr_t)argument + 100;
    CHECK(pthread_getspecific(key) == NULL);
    CHECK_EQUAL(pthread_setspecific(key, (void *)local), 0);
    for (int i = 0; i < 100; i++) {
        sched_yield();
        CHECK_EQUAL(local, (long)(intptr_t)argument + 100);
    }
    return NULL;
}

void test_thread_local(void)
{
    CHECK_EQUAL(pthread_key_create(&key, destroy), 0);
    run_threads(8, use_local);
    CHECK_EQUAL(local, 17);
    CHECK_EQUAL(destroyed, 8);
}

static _Atomic unsigned once_count;

static void only_once(void)
{
    sleep_ms(10);
    atomic_fetch_add_explicit(&once_count, 1, memory_order_relaxed);
}

static void *call_once(void *argument)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)argument;
    CHECK_EQUAL(pthread_once(&once, only_once), 0);
    CHECK_EQUAL(once_count, 1);
    return NULL;
}

void test_thread_once(void)
{
    run_threads(8, call_once);
}

static _Atomic unsigned ended;

static void *end_detached(void *argument)
{
    (void)argument;
    atomic_fetch_add_explicit(&ended, 1, memory_order_release);
    return NULL;
}

void test_thread_detached(void)
{
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    CHECK_EQUAL(pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED), 0);
    CHECK_EQUAL(pthread_attr_setstacksize(&attributes, 65536), 0);
    for (unsigned i = 0; i < 100; i++) {
        errno = pthread_create(&thread, &attributes, end_detached, NULL);
        CHECK_EQUAL(errno, 0);
        AWAIT(ended, i + 1);
    }
}

// ---- Cancellation ------------------------------------------------------------------------------

static _Atomic unsigned cancel_ready;
static _Atomic unsigned cleaned;

static void clean(void *argument)
{
    (void)argument;
    atomic_fetch_add_explicit(&cleaned, 1, memory_order_relaxed);
}

static void *sleep_until_cancelled(void *argument)
{
    (void)argument;
    pthread_cleanup_push(clean, NULL);
    atomic_store_explicit(&cancel_ready, 1, memory_order_release);
    sleep_ms(100000);
    pthread_cleanup_pop(0);
    return NULL;
}

static void loop(void)
{
    for (;;) {
        __asm__("" ::: "memory");
    }
}

static void *loop_until_cancelled(void *argument)
{
    (void)argument;
    pthread_cleanup_push(clean, NULL);
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    atomic_store_explicit(&cancel_ready, 1, memory_order_release);
    loop();
    pthread_cleanup_pop(0);
    return NULL;
}

static void check_cancel(void *(*body)(void *))
{
    pthread_t thread;
    cancel_ready = cleaned = 0;
    start_thread(&thread, body, NULL);
    AWAIT(cancel_ready, 1);
    sleep_ms(5);
    CHECK_EQUAL(pthread_cancel(thread), 0);
    CHECK(join_thread(thread) == PTHREAD_CANCELED);
    CHECK_EQUAL(cleaned, 1);
}

void test_thread_cancel(void)
{
    check_cancel(sleep_until_cancelled);
}

void test_thread_cancel_at_once(void)
{
    check_cancel(loop_until_cancelled);
}

// ---- fork and signals --------------------------------------------------------------------------

static _Atomic unsigned long ticks;

static void *add_for_ever(void *argument)
{
    (void)argument;
    for (;;) {
        atomic_fetch_add_explicit(&ticks, 1, memory_order_relaxed);
    }
    return NULL;
}

static void check_alone(void)
{
    unsigned long before = atomic_load_explicit(&ticks, memory_order_relaxed);
    sleep_ms(10);
    CHECK_EQUAL(atomic_load_explicit(&ticks, memory_order_relaxed), before);
    run_threads(1, end_detached);
}

// A child has the thread that forked, and no other.
static void *fork_from_thread(void *argument)
{
    (void)argument;
    for (int i = 0; i < 5; i++) {
        CHECK_EQUAL(run_child(check_alone), 0);
    }
    return NULL;
}

void test_thread_fork(void)
{
    pthread_t thread;
    start_thread(&thread, add_for_ever, NULL);
    run_threads(1, fork_from_thread);
}

static _Atomic unsigned signalled;
static pthread_t signalled_thread;

static void note_signal(int number)
{
    (void)number;
    atomic_store_explicit(&signalled, pthread_self() == signalled_thread, memory_order_release);
}

static void *wait_for_signal(void *argument)
{
    (void)argument;
    while (atomic_load_explicit(&signalled, memory_order_acquire) == 0) {
        sleep_ms(1);
    }
    return NULL;
}

void test_thread_signal(void)
{
    struct sigaction action = {.sa_handler = note_signal};
    CHECK_EQUAL(sigaction(SIGUSR1, &action, NULL), 0);
    start_thread(&signalled_thread, wait_for_signal, NULL);
    CHECK_EQUAL(pthread_kill(signalled_thread, SIGUSR1), 0);
    join_thread(signalled_thread);
    CHECK_EQUAL(signalled, 1);
}

static void *return_null(void *argument)
{
    (void)argument;
    return NULL;
}

void test_thread_storm(void)
{
    for (unsigned i = 0; i < scaled(100); i++) {
        run_threads(THREADS, return_null);
    }
}
