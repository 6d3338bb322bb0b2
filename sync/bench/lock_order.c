// SPDX-License-Identifier: MIT
// sync/bench/lock_order.c - judges the order in which a lock was owned.
#include "sync/bench/lock_order.h"

#include "kernel/base/bits.h"

// From the end: who arrived later than the earliest of those that came after it has overtaken.
size_t lock_order_violations(const struct lock_stamp log[], size_t count)
{
    uint64_t earliest = UINT64_MAX;
    size_t violations = 0;

    for (size_t i = count; i > 0; i--) {
        const struct lock_stamp *s = &log[i - 1];

        if (s->who != 0) {
            violations += s->arrived > earliest;
            earliest = min_u64(earliest, s->arrived);
        }
    }
    return violations;
}

size_t lock_order_longest_run(const struct lock_stamp log[], size_t count)
{
    unsigned owner = 0;
    size_t run = 0;
    size_t longest = 0;

    for (size_t i = 0; i < count; i++) {
        if (log[i].who != 0) {
            run = log[i].who == owner ? run + 1 : 1;
            owner = log[i].who;
            longest = max_u64(longest, run);
        }
    }
    return longest;
}
