// SPDX-License-Identifier: MIT
// user/test/process_end_test.c - processes: exit and exec where there are several threads.
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/test/utest.h"

static struct early {
    _Atomic unsigned started;
    _Atomic unsigned ticks;
} *early;

static void *tick_for_ever(void *argument)
{
    (void)argument;
    atomic_store_explicit(&early->started, 1, memory_order_release);
    for (;;) {
        atomic_fetch_add_explicit(&early->ticks, 1, memory_order_relaxed);
    }
}

static void exit_while_thread_runs(void)
{
    pthread_t thread;
    start_thread(&thread, tick_for_ever, NULL);
    AWAIT(early->started, 1);
    _exit(5);
}

// When main exits a thread that runs is gone, at once and for good.
void test_process_early_exit(void)
{
    early = shared_memory(sizeof(*early));
    CHECK_EQUAL(wait_child(fork_child(exit_while_thread_runs)), 5);
    unsigned ticks = atomic_load_explicit(&early->ticks, memory_order_relaxed);
    sleep_ms(20);
    CHECK_EQUAL(atomic_load_explicit(&early->ticks, memory_order_relaxed), ticks);
}

static void *sleep_for_ever(void *argument)
{
    (void)argument;
    atomic_store_explicit(&early->started, 1, memory_order_release);
    pause_for_ever();
    return NULL;
}

static void exit_while_thread_sleeps(void)
{
    pthread_t thread;
    start_thread(&thread, sleep_for_ever, NULL);
    AWAIT(early->started, 1);
    _exit(6);
}

void test_process_early_exit_asleep(void)
{
    early = shared_memory(sizeof(*early));
    CHECK_EQUAL(wait_child(fork_child(exit_while_thread_sleeps)), 6);
}

static void *exit_for_all(void *argument)
{
    (void)argument;
    _exit(7);
}

static void thread_exits_for_all(void)
{
    pthread_t thread;
    start_thread(&thread, exit_for_all, NULL);
    pause_for_ever();
}

void test_process_exit_group(void)
{
    CHECK_EQUAL(wait_child(fork_child(thread_exits_for_all)), 7);
}

// The first thread may end before the others; the process ends with the last one.
static void *exit_later(void *argument)
{
    (void)argument;
    sleep_ms(20);
    _exit(8);
}

static void main_thread_ends(void)
{
    pthread_t thread;
    start_thread(&thread, exit_later, NULL);
    syscall(SYS_exit, 3);
}

void test_process_leader_ends_first(void)
{
    CHECK_EQUAL(wait_child(fork_child(main_thread_ends)), 8);
}

static void *exec_pid(void *argument)
{
    exec_role((char *[]){"pid", argument, NULL});
}

// exec of another thread than the first takes over the id of the process, and ends the others.
static void exec_from_thread(void)
{
    pthread_t thread;
    static char pid[12];
    snprintf(pid, sizeof(pid), "%d", getpid());
    start_thread(&thread, tick_for_ever, NULL);
    start_thread(&thread, exec_pid, pid);
    pause_for_ever();
}

static void *wait_for_the_end(void *unused)
{
    (void)unused;
    pause_for_ever();
}

// exec of a thread that is more urgent than one that it ends: that one is on its way out still when
// the program it was of has gone.
static void exec_more_urgent(void)
{
    const struct sched_param fifo = {.sched_priority = 50};
    pthread_t thread;
    start_thread(&thread, wait_for_the_end, NULL);
    sleep_ms(10);                                   // it sleeps, too
    (void)sched_setscheduler(0, SCHED_FIFO, &fifo); // who may not is not more urgent
    exec_role((char *[]){"child", NULL});
}

void test_process_exec_more_urgent(void)
{
    skip_if_emulated("an emulator does not end its threads at exec");
    for (int i = 0; i < 5; i++) {
        CHECK_EQUAL(wait_child(fork_child(exec_more_urgent)), 0);
    }
}

void test_process_exec_from_thread(void)
{
    skip_if_emulated("an emulator does not end its threads at exec");
    early = shared_memory(sizeof(*early));
    CHECK_EQUAL(wait_child(fork_child(exec_from_thread)), 24);
}
