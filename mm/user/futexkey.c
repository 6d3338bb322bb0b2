// SPDX-License-Identifier: MIT
// mm/user/futexkey.c - the identity of a word that threads wait for.
#include "kernel/abi/errno.h"
#include "mm/user/space.h"

int aspace_futex_key(struct aspace *as, uint64_t va, bool shared, struct futex_key *key)
{
    int err = 0;

    if (!shared) { // the same place for all who may call it private
        *key = (struct futex_key){as, va};
        return va < USER_END ? 0 : -EFAULT;
    }
    mutex_lock(&as->lock);
    const struct area *area = va < USER_END ? space_area_at(as, va) : NULL;

    if (area == NULL) {
        err = -EFAULT;
    } else if (area->shared) {
        *key = (struct futex_key){area->vmo, va - area->start + area->offset};
    } else {
        *key = (struct futex_key){as, va};
    }
    mutex_unlock(&as->lock);
    return err;
}
