// SPDX-License-Identifier: MIT
// kernel/proc/robust.c - robust futexes: locks that a thread dies with tell the next that takes
// them.
//
// The list is the program's, in its memory, and may be anything: so it is read with care, and not
// for ever. Source: get_robust_list(2); the order of the steps is that which C libraries count on.
#include "kernel/abi/errno.h"
#include "kernel/proc/futex.h"
#include "kernel/proc/futex_pi.h"
#include "kernel/proc/sys.h"
#include "mm/user/copy.h"

enum { ENTRY_PI = 1 }; // bit of a pointer to an entry

// As mark_dead(), where the word, when it was read, was `word`.
static int mark_if_held(uva_t at, uint32_t word, bool pi)
{
    uint32_t found = word;
    int err;

    do {
        word = found;
        if ((word & FUTEX_TID_MASK) != (uint32_t)current()->tid) {
            return 0;
        }
        err =
            compare_exchange_user_u32(at, word, (word & FUTEX_WAITERS) | FUTEX_OWNER_DIED, &found);
    } while (err == 0 && found != word);
    if (err == 0 && !pi && (word & FUTEX_WAITERS) != 0) {
        futex_wake_user(at, 1);
    }
    return err;
}

// Mark the lock at `at`, if the calling thread holds it, and wake one that waits for it.
// `pending`: the thread was taking or releasing it. Returns: 0; -EFAULT, -EINVAL: go no further.
// Inlined, it would have every exit save the registers that it needs.
static NOINLINE int mark_dead(uva_t at, bool pi, bool pending)
{
    uint32_t word;
    int err = get_user_u32(&word, at);

    if (err != 0) {
        return err;
    }
    if (pending && !pi && (word & FUTEX_TID_MASK) == 0) { // released, and perhaps nobody woken yet
        futex_wake_user(at, 1);
        return 0;
    }
    return mark_if_held(at, word, pi);
}

static uva_t word_of(const struct robust_list_head *head, uint64_t entry)
{
    return (entry & ~(uint64_t)ENTRY_PI) + (uint64_t)head->word_offset;
}

static void walk(uva_t list, const struct robust_list_head *head)
{
    uint64_t pending = head->pending & ~(uint64_t)ENTRY_PI;
    uint64_t entry = head->first;
    int err = 0;

    for (unsigned i = 0; i < ROBUST_LIST_LIMIT && err == 0; i++) {
        uint64_t at = entry & ~(uint64_t)ENTRY_PI;
        uint64_t next = 0;

        if (at == list) {
            break;
        }
        int lost = get_user_u64(&next, at); // before the entry's lock may be another's
        if (at != pending) {
            err = mark_dead(word_of(head, entry), (entry & ENTRY_PI) != 0, false);
        }
        err = err != 0 ? err : lost;
        entry = next;
    }
}

void futex_exit_robust(struct user_thread *user)
{
    struct robust_list_head head;
    uva_t list = user->robust_list;

    if (list != 0 && copy_from_user(&head, list, sizeof(head)) == 0) {
        walk(list, &head);
        if ((head.pending & ~(uint64_t)ENTRY_PI) != 0) {
            (void)mark_dead(word_of(&head, head.pending), (head.pending & ENTRY_PI) != 0, true);
        }
    }
    futex_exit_pi(user);
}

long sys_set_robust_list(uint64_t list, uint64_t bytes)
{
    if (bytes != sizeof(struct robust_list_head)) {
        return -EINVAL;
    }
    current()->user->robust_list = list;
    return 0;
}

long sys_get_robust_list(uint64_t tid, uint64_t list, uint64_t bytes)
{
    uint64_t at = current()->user->robust_list;

    if ((int)tid != 0) {
        struct user_thread *user = user_thread_find((int)tid);

        if (user == NULL) {
            return -ESRCH;
        }
        at = user->robust_list;
        user_thread_put(user);
    }
    if (put_user_u64(bytes, sizeof(struct robust_list_head)) != 0 || put_user_u64(list, at) != 0) {
        return -EFAULT;
    }
    return 0;
}
