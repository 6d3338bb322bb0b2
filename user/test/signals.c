// SPDX-License-Identifier: MIT
// user/test/signals.c - what the tests of signals share.
#include "user/test/signals.h"

#include "user/test/utest.h"

_Atomic unsigned signals_seen;
atomic_int signals_number;

void signal_count(int number)
{
    atomic_store_explicit(&signals_number, number, memory_order_relaxed);
    atomic_fetch_add_explicit(&signals_seen, 1, memory_order_relaxed);
}

void signal_handle(int number, void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    CHECK_EQUAL(sigaction(number, &action, NULL), 0);
}

void signal_handle_info(int number, void (*handler)(int, siginfo_t *, void *), int flags)
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = flags | SA_SIGINFO};
    CHECK_EQUAL(sigaction(number, &action, NULL), 0);
}

sigset_t signal_set(int number)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    return set;
}

void signal_block(int number)
{
    sigset_t set = signal_set(number);
    CHECK_EQUAL(sigprocmask(SIG_BLOCK, &set, NULL), 0);
}

void signal_unblock(int number)
{
    sigset_t set = signal_set(number);
    CHECK_EQUAL(sigprocmask(SIG_UNBLOCK, &set, NULL), 0);
}
