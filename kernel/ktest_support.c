// SPDX-License-Identifier: MIT
// kernel/ktest_support.c - what several tests inside the kernel need.
#include "kernel/ktest_support.h"

#include "kernel/base/string.h"
#include "kernel/dispatch.h"
#include "kernel/processor.h"
#include "kernel/riscv/irq.h"
#include "kernel/runq.h"
#include "mm/frame.h"

tid_t test_spawn_on(uint64_t mask, thread_fn *fn, void *arg)
{
    tid_t tid = thread_spawn(&(struct thread_attr){.name = "test", .affinity = mask}, fn, arg);

    KT_CHECK(tid > 0);
    return tid;
}

void test_join(tid_t tid, int code)
{
    int got = ~code;

    KT_CHECK(thread_join(tid, &got) == 0);
    KT_CHECK(got == code);
}

void test_await_balance(struct ktest_balance before)
{
    struct ktest_balance now = ktest_balance_now();

    while (now.threads != before.threads || now.frames != before.frames) {
        thread_yield();
        now = ktest_balance_now();
    }
}

unsigned test_waiters(struct waitq *wq)
{
    unsigned long saved = spin_lock_irqsave(&wq->lock);
    const struct list *node;
    unsigned n = 0;

    list_for_each(node, &wq->waiters)
    {
        n++;
    }
    spin_unlock_irqrestore(&wq->lock, saved);
    return n;
}

// Do all that wait in `wq` sleep, rather than being about to?
static bool all_asleep(struct waitq *wq)
{
    unsigned long saved = spin_lock_irqsave(&wq->lock);
    struct list *node;
    bool asleep = true;

    list_for_each(node, &wq->waiters)
    {
        struct thread_info info;

        dispatch_describe(list_entry(node, struct thread, wait_node), &info);
        asleep = asleep && info.status == THREAD_SLEEPING;
    }
    spin_unlock_irqrestore(&wq->lock, saved);
    return asleep;
}

void test_await_waiters(struct waitq *wq, unsigned n)
{
    while (test_waiters(wq) != n || !all_asleep(wq)) {
        thread_yield();
    }
}

struct thread_info test_info(tid_t tid)
{
    struct thread_info info = {};
    struct thread *t = thread_get(tid);

    KT_CHECK(t != NULL);
    if (t != NULL) {
        dispatch_describe(t, &info);
        thread_put(t);
    }
    return info;
}

void test_await_status(tid_t tid, enum thread_status status)
{
    while (test_info(tid).status != status) {
        thread_yield();
    }
}

struct test_held *test_hold(struct test_held *list, unsigned order, size_t left)
{
    while (frames_free_count() > left) {
        struct test_held *block = frames_alloc(order);

        if (block == NULL) {
            break;
        }
        *block = (struct test_held){list, order};
        list = block;
    }
    return list;
}

void test_let_go(struct test_held *list)
{
    while (list != NULL) {
        struct test_held *next = list->next;

        frames_free(list, list->order);
        list = next;
    }
}

unsigned test_rounds(unsigned rounds)
{
    unsigned harts = harts_online();

    return rounds / (harts < 4 ? harts : 4);
}

void test_raise(atomic_uint *flag)
{
    // release: pairs with the acquire in ktest_wait_for().
    atomic_fetch_add_explicit(flag, 1, memory_order_release);
}

unsigned test_cpu(void)
{
    unsigned long saved = irq_save();
    unsigned cpu = this_processor()->hart.cpu;

    irq_restore(saved);
    return cpu;
}

unsigned test_next_cpu(unsigned cpu)
{
    do {
        cpu = (cpu + 1) % MAX_HARTS;
    } while (!(harts_online_mask() & test_bit(cpu)));
    return cpu;
}

void test_pin(unsigned cpu)
{
    KT_CHECK(thread_set_affinity(current()->tid, test_bit(cpu)) == 0);
    KT_CHECK(test_cpu() == cpu); // by the time the call returns
}

void test_give_way(void)
{
    dispatch_preempt(this_processor());
}

void test_unpin(void)
{
    KT_CHECK(thread_set_affinity(current()->tid, ~UINT64_C(0)) == 0);
}

bool test_takes_turns(void)
{
    return strcmp(runq_policy.name, "stride") != 0 && strcmp(runq_policy.name, "hrrn") != 0;
}
