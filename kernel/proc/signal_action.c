// SPDX-License-Identifier: MIT
// kernel/proc/signal_action.c - dispositions: what a process does about each signal.
//
// Most programs say something about few signals, so that only those are kept, and copied by a fork.
#include "kernel/proc/signal_action.h"

#include "kernel/base/string.h"
#include "kernel/proc/signal.h"
#include "mm/objcache.h"

const struct ksigaction signal_action_default = {.handler = SIG_DFL};

static struct objcache actions_cache = OBJCACHE_INIT(actions_cache, struct signal_actions);

struct signal_actions *signal_actions_new(void)
{
    struct signal_actions *actions = objcache_alloc(&actions_cache);

    if (actions != NULL) {
        atomic_init(&actions->refs, 1);
        spin_init(&actions->lock, "signal actions", RANK_ACTIONS);
        actions->set = 0;
    }
    return actions;
}

static void copy(struct signal_actions *to, const struct signal_actions *from) REQUIRES(from->lock)
{
    spin_assert_held(&from->lock);
    to->set = from->set;
    for (uint64_t left = to->set; left != 0; left &= left - 1) {
        to->of[bit_lowest(left)] = from->of[bit_lowest(left)];
    }
}

struct signal_actions *signal_actions_fork(struct signal_actions *from)
{
    struct signal_actions *actions = signal_actions_new();

    if (actions != NULL) {
        spin_lock(&from->lock);
        copy(actions, from);
        spin_unlock(&from->lock);
    }
    return actions;
}

struct signal_actions *signal_actions_get(struct signal_actions *actions)
{
    // relaxed: the caller has a reference.
    (void)atomic_fetch_add_explicit(&actions->refs, 1, memory_order_relaxed);
    return actions;
}

void signal_actions_put(struct signal_actions *actions)
{
    // acq_rel: release pairs with the acquire of whoever drops the last reference and frees.
    if (atomic_fetch_sub_explicit(&actions->refs, 1, memory_order_acq_rel) == 1) {
        objcache_free(&actions_cache, actions);
    }
}

// Which signals are ignored because the program has said so.
static uint64_t ignored(const struct signal_actions *actions) REQUIRES(actions->lock)
{
    uint64_t found = 0;

    for (uint64_t left = actions->set; left != 0; left &= left - 1) {
        unsigned i = bit_lowest(left);

        found |= actions->of[i].handler == SIG_IGN ? bit(i) : 0;
    }
    return found;
}

// Ignore those of `which`; all others are the default.
static void reset(struct signal_actions *actions, uint64_t which)
{
    actions->set = which;
    for (uint64_t left = which; left != 0; left &= left - 1) {
        actions->of[bit_lowest(left)] = (struct ksigaction){.handler = SIG_IGN};
    }
}

void signal_actions_exec(struct process *p, struct signal_actions *fresh)
{
    struct signal_actions *old = p->actions;

    if (fresh == NULL) {
        spin_lock(&old->lock);
        reset(old, ignored(old));
        spin_unlock(&old->lock);
        return;
    }
    spin_lock(&p->lock);
    spin_lock(&old->lock);
    reset(fresh, ignored(old));
    spin_unlock(&old->lock);
    p->actions = fresh;
    spin_unlock(&p->lock);
    signal_actions_put(old);
}

enum signal_default signal_default_of(int signo)
{
    // Stopping is job control, which there is none of: a process goes on.
    static const uint64_t quiet = UINT64_C(1) << (SIGCHLD - 1) | UINT64_C(1) << (SIGCONT - 1) |
                                  UINT64_C(1) << (SIGURG - 1) | UINT64_C(1) << (SIGWINCH - 1) |
                                  UINT64_C(1) << (SIGSTOP - 1) | UINT64_C(1) << (SIGTSTP - 1) |
                                  UINT64_C(1) << (SIGTTIN - 1) | UINT64_C(1) << (SIGTTOU - 1);

    return (quiet & signal_bit(signo)) != 0 ? DEFAULT_IGNORE : DEFAULT_END;
}

void signal_action_set(struct signal_actions *actions, int signo, const struct ksigaction *action)
{
    spin_assert_held(&actions->lock);
    if ((action->handler | action->flags | action->mask) == 0) { // the default
        actions->set &= ~signal_bit(signo);
        return;
    }
    actions->set |= signal_bit(signo);
    actions->of[signo - 1] = *action;
}

bool signal_ignores_children(struct process *p)
{
    bool ignores = false;

    spin_lock(&p->lock);
    if (p->nr_threads > 0) { // else they go to init
        spin_lock(&p->actions->lock);
        const struct ksigaction *action = signal_action_of(p->actions, SIGCHLD);
        ignores = action->handler == SIG_IGN || (action->flags & SA_NOCLDWAIT) != 0;
        spin_unlock(&p->actions->lock);
    }
    spin_unlock(&p->lock);
    return ignores;
}
