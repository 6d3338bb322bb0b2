// SPDX-License-Identifier: MIT
// user/bench/lockbench/locks.c - the locks that lockbench compares.
//
// Those of the C library, three futex mutexes, and spin locks, which suffer where the kernel takes
// a cpu away from who holds them or is next.
// Reference: Drepper, Futexes Are Tricky, 2011; Mellor-Crummey and Scott, ACM TOCS 9(1), 1991.
#include "user/bench/lockbench/locks.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "user/lib/fail.h"

enum { SPINS = 100 };

static void pause_cpu(void)
{
#ifdef __riscv
    // `pause` of Zihintpause, by its encoding: the assembler may not know it.
    __asm__(".insn i 0x0f, 0, x0, x0, 0x010" ::: "memory");
#endif
}

static void futex_wait(atomic_uint *word, unsigned value)
{
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void futex_wake(atomic_uint *word, int count)
{
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

// In all locks below, acquire and release pair with each other on the word they change.

static void word_init(union lock *lock)
{
    atomic_init(&lock->word, 0);
}

// ---- null: none; shows the price of the loop, and that the witness sees two owners -------------

static void null_acquire(union lock *lock, struct mcs_node *node)
{
    (void)lock;
    (void)node;
}

// ---- The C library's ---------------------------------------------------------------------------

static void mutex_init(union lock *lock)
{
    pthread_mutex_init(&lock->mutex, NULL);
}

static void mutex_pi_init(union lock *lock)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
    errno = pthread_mutex_init(&lock->mutex, &attributes);
    if (errno != 0) {
        die("mutex_pi");
    }
}

static void mutex_acquire(union lock *lock, struct mcs_node *node)
{
    (void)node;
    pthread_mutex_lock(&lock->mutex);
}

static void mutex_release(union lock *lock, struct mcs_node *node)
{
    (void)node;
    pthread_mutex_unlock(&lock->mutex);
}

static void spin_init(union lock *lock)
{
    pthread_spin_init(&lock->spin, PTHREAD_PROCESS_PRIVATE);
}

static void spin_acquire(union lock *lock, struct mcs_node *node)
{
    (void)node;
    pthread_spin_lock(&lock->spin);
}

static void spin_release(union lock *lock, struct mcs_node *node)
{
    (void)node;
    pthread_spin_unlock(&lock->spin);
}

// ---- futex: 0 free, 1 held, 2 held and somebody may sleep (Drepper's second) --------------------

static bool take_free(atomic_uint *word)
{
    unsigned expected = 0;
    return atomic_compare_exchange_strong_explicit(word, &expected, 1, memory_order_acquire,
                                                   memory_order_relaxed);
}

static void futex_acquire(union lock *lock, struct mcs_node *node)
{
    (void)node;
    if (take_free(&lock->word)) {
        return;
    }
    while (atomic_exchange_explicit(&lock->word, 2, memory_order_acquire) != 0) {
        futex_wait(&lock->word, 2);
    }
}

static void futex_release(union lock *lock, struct mcs_node *node)
{
    (void)node;
    if (atomic_exchange_explicit(&lock->word, 0, memory_order_release) == 2) {
        futex_wake(&lock->word, 1);
    }
}

// The same, but looks for a while before it sleeps.
static void futex_spin_acquire(union lock *lock, struct mcs_node *node)
{
    for (int i = 0; i < SPINS; i++) {
        if (atomic_load_explicit(&lock->word, memory_order_relaxed) == 0 &&
            take_free(&lock->word)) {
            return;
        }
        pause_cpu();
    }
    futex_acquire(lock, node);
}

// Wakes all who sleep: a thundering herd.
static void futex_all_release(union lock *lock, struct mcs_node *node)
{
    (void)node;
    if (atomic_exchange_explicit(&lock->word, 0, memory_order_release) == 2) {
        futex_wake(&lock->word, INT_MAX);
    }
}

// ---- ttas --------------------------------------------------------------------------------------

static void ttas_acquire(union lock *lock, struct mcs_node *node)
{
    (void)node;
    while (atomic_exchange_explicit(&lock->word, 1, memory_order_acquire) != 0) {
        while (atomic_load_explicit(&lock->word, memory_order_relaxed) != 0) {
            pause_cpu();
        }
    }
}

static void ttas_release(union lock *lock, struct mcs_node *node)
{
    (void)node;
    atomic_store_explicit(&lock->word, 0, memory_order_release);
}

// The same, but gives its cpu away while it waits.
static void ttas_yield_acquire(union lock *lock, struct mcs_node *node)
{
    (void)node;
    while (atomic_exchange_explicit(&lock->word, 1, memory_order_acquire) != 0) {
        while (atomic_load_explicit(&lock->word, memory_order_relaxed) != 0) {
            sched_yield();
        }
    }
}

// ---- ticket ------------------------------------------------------------------------------------

static void ticket_init(union lock *lock)
{
    atomic_init(&lock->ticket.next, 0);
    atomic_init(&lock->ticket.owner, 0);
}

static void ticket_acquire(union lock *lock, struct mcs_node *node)
{
    (void)node;
    unsigned mine = atomic_fetch_add_explicit(&lock->ticket.next, 1, memory_order_relaxed);
    while (atomic_load_explicit(&lock->ticket.owner, memory_order_acquire) != mine) {
        pause_cpu();
    }
}

static void ticket_release(union lock *lock, struct mcs_node *node)
{
    (void)node;
    unsigned owner = atomic_load_explicit(&lock->ticket.owner, memory_order_relaxed);
    atomic_store_explicit(&lock->ticket.owner, owner + 1, memory_order_release);
}

// ---- mcs ---------------------------------------------------------------------------------------

static void mcs_init(union lock *lock)
{
    atomic_init(&lock->tail, NULL);
}

static void mcs_acquire(union lock *lock, struct mcs_node *node)
{
    atomic_store_explicit(&node->next, NULL, memory_order_relaxed);
    atomic_store_explicit(&node->waits, true, memory_order_relaxed);
    // acq_rel: publishes the node; the lock may be free, and then this takes it.
    struct mcs_node *before = atomic_exchange_explicit(&lock->tail, node, memory_order_acq_rel);
    if (before == NULL) {
        return;
    }
    // release: the node's `waits` is set for the one before, who reads `next` with acquire.
    atomic_store_explicit(&before->next, node, memory_order_release);
    while (atomic_load_explicit(&node->waits, memory_order_acquire)) {
        pause_cpu();
    }
}

static void mcs_release(union lock *lock, struct mcs_node *node)
{
    struct mcs_node *next = atomic_load_explicit(&node->next, memory_order_acquire);
    struct mcs_node *expected = node;
    if (next == NULL &&
        atomic_compare_exchange_strong_explicit(&lock->tail, &expected, NULL, memory_order_release,
                                                memory_order_relaxed)) {
        return;
    }
    while (next == NULL) {
        pause_cpu();
        next = atomic_load_explicit(&node->next, memory_order_acquire);
    }
    atomic_store_explicit(&next->waits, false, memory_order_release);
}

const struct lock_type lock_types[] = {
    {"mutex", mutex_init, mutex_acquire, mutex_release},
    {"mutex_pi", mutex_pi_init, mutex_acquire, mutex_release},
    {"futex", word_init, futex_acquire, futex_release},
    {"futex_spin", word_init, futex_spin_acquire, futex_release},
    {"futex_all", word_init, futex_acquire, futex_all_release},
    {"pthread_spin", spin_init, spin_acquire, spin_release},
    {"ttas", word_init, ttas_acquire, ttas_release},
    {"ttas_yield", word_init, ttas_yield_acquire, ttas_release},
    {"ticket", ticket_init, ticket_acquire, ticket_release},
    {"mcs", mcs_init, mcs_acquire, mcs_release},
    {"null", word_init, null_acquire, null_acquire},
    {NULL, NULL, NULL, NULL},
};
