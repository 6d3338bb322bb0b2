// SPDX-License-Identifier: MIT
// mm/user/copy_word.c - words of a program, pairs of them, and strings, through the linear map.
#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "kernel/processor.h"
#include "kernel/riscv/relax.h"
#include "mm/user/copy.h"
#include "mm/user/copy_page.h"

enum { LOCK_SPINS = 64 };

// Copy a string of fewer than `size` bytes with its end, else `size` bytes of it. Returns: its
// length, else `size`.
static ALWAYS_INLINE size_t copy_text(char *restrict to, const char *restrict from, size_t size)
{
    size_t length = 0;

    while (length < size && (to[length] = from[length]) != '\0') {
        length++;
    }
    return length;
}

// copy_reach(), but what is usual takes no call.
static ALWAYS_INLINE int reach(struct aspace *as, uva_t at, char **user) REQUIRES(as->lock)
{
    return copy_find_at_once(as, at, FAULT_LOAD, user) ? 0 : copy_reach(as, at, FAULT_LOAD, user);
}

long copy_string_from_user(char *to, uva_t from, size_t size)
{
    struct aspace *as = current_aspace();
    size_t length = 0;
    bool ended = false;
    int err = 0;

    mutex_lock(&as->lock);
    while (!ended && length < size && err == 0) {
        char *user;
        uva_t at = from + length;
        size_t piece = min_u64(size - length, PAGE_SIZE - (at & (PAGE_SIZE - 1)));

        err = reach(as, at, &user);
        if (err == 0) {
            size_t copied = copy_text(to + length, user, piece);

            length += copied;
            ended = copied < piece;
        }
    }
    mutex_unlock(&as->lock);
    if (err != 0) {
        return err;
    }
    return ended ? (long)length : -ENAMETOOLONG;
}

// ---- Words --------------------------------------------------------------------------------------

// lock_word() where the page has to be faulted in.
static NOINLINE int lock_word_slow(struct aspace *as, uva_t at, enum fault_access access,
                                   void **word) NO_TSA
{
    int err = copy_reach(as, at, access, (char **)word);

    if (err != 0) {
        mutex_unlock(&as->lock);
    }
    return err;
}

// Somebody has the lock, most likely for another word: sleeping would take longer than that.
static NOINLINE void lock_contended(struct aspace *as) ACQUIRES(as->lock) NO_TSA
{
    for (unsigned i = 0; i < LOCK_SPINS && harts_online() > 1; i++) {
        cpu_relax();
        if (mutex_trylock(&as->lock)) {
            return;
        }
    }
    mutex_lock(&as->lock);
}

// Returns: 0 and, with as->lock held, where the aligned word is; -EINVAL; -EFAULT, without it.
static ALWAYS_INLINE int lock_word(struct aspace *as, uva_t at, size_t bytes,
                                   enum fault_access access, void **word) NO_TSA
{
    if (unlikely(!is_aligned(at, bytes))) {
        return -EINVAL;
    }
    if (unlikely(!mutex_trylock_inline(&as->lock))) {
        lock_contended(as);
    }
    return copy_reach_at_once(as, at, access, (char **)word) ? 0
                                                             : lock_word_slow(as, at, access, word);
}

int get_user_u32(uint32_t *value, uva_t from) NO_TSA
{
    struct aspace *as = current_aspace();
    void *word;
    int err = lock_word(as, from, sizeof(*value), FAULT_LOAD, &word);

    if (likely(err == 0)) {
        // relaxed: the program orders its own accesses.
        *value = atomic_load_explicit((_Atomic(uint32_t) *)word, memory_order_relaxed);
        mutex_unlock(&as->lock);
    }
    return err;
}

int get_user_u64(uint64_t *value, uva_t from) NO_TSA
{
    struct aspace *as = current_aspace();
    void *word;
    int err = lock_word(as, from, sizeof(*value), FAULT_LOAD, &word);

    if (likely(err == 0)) {
        // relaxed: as above.
        *value = atomic_load_explicit((_Atomic(uint64_t) *)word, memory_order_relaxed);
        mutex_unlock(&as->lock);
    }
    return err;
}

int put_user_u32(uva_t to, uint32_t value) NO_TSA
{
    struct aspace *as = current_aspace();
    void *word;
    int err = lock_word(as, to, sizeof(value), FAULT_STORE, &word);

    if (likely(err == 0)) {
        // release: what the kernel did before is over for who sees the word.
        atomic_store_explicit((_Atomic(uint32_t) *)word, value, memory_order_release);
        mutex_unlock(&as->lock);
    }
    return err;
}

int put_user_u64(uva_t to, uint64_t value) NO_TSA
{
    struct aspace *as = current_aspace();
    void *word;
    int err = lock_word(as, to, sizeof(value), FAULT_STORE, &word);

    if (likely(err == 0)) {
        // release: as above.
        atomic_store_explicit((_Atomic(uint64_t) *)word, value, memory_order_release);
        mutex_unlock(&as->lock);
    }
    return err;
}

int hold_user_u32(_Atomic(uint32_t) **word, uva_t at) NO_TSA
{
    return lock_word(current_aspace(), at, sizeof(uint32_t), FAULT_LOAD, (void **)word);
}

void release_user_word(void) NO_TSA
{
    mutex_unlock(&current_aspace()->lock);
}

// Is the word at `at` the last in its page?
static bool is_last_in_page(uva_t at)
{
    return (at & (PAGE_SIZE - 1)) == PAGE_SIZE - sizeof(uint64_t);
}

int get_user_pair(uint64_t pair[2], uva_t from) NO_TSA
{
    struct aspace *as = current_aspace();
    void *word;

    if (unlikely(!is_aligned(from, sizeof(*pair))) || unlikely(is_last_in_page(from))) {
        return copy_from_user(pair, from, 2 * sizeof(pair[0]));
    }
    int err = lock_word(as, from, sizeof(pair[0]), FAULT_LOAD, &word);
    if (likely(err == 0)) {
        pair[0] = ((const uint64_t *)word)[0];
        pair[1] = ((const uint64_t *)word)[1];
        mutex_unlock(&as->lock);
    }
    return err;
}

static NOINLINE long put_pair_slow(uva_t to, uint64_t first, uint64_t second)
{
    return copy_to_user(to, (const uint64_t[2]){first, second}, 2 * sizeof(first));
}

static NOINLINE long put_pair_locked_slow(uva_t to, uint64_t first, uint64_t second) NO_TSA
{
    mutex_unlock(&current_aspace()->lock);
    return put_pair_slow(to, first, second);
}

long put_user_pair(uva_t to, uint64_t first, uint64_t second) NO_TSA
{
    struct aspace *as = current_aspace();
    char *at;

    if (unlikely(!is_aligned(to, sizeof(first))) || unlikely(is_last_in_page(to)) ||
        !mutex_trylock_inline(&as->lock)) {
        return put_pair_slow(to, first, second);
    }
    if (!copy_find_at_once(as, to, FAULT_STORE, &at)) {
        return put_pair_locked_slow(to, first, second);
    }
    uint64_t *pair = (uint64_t *)(void *)at;

    pair[0] = first;
    pair[1] = second;
    return (long)copy_unlock(as, 0);
}

int compare_exchange_user_u32(uva_t at, uint32_t expected, uint32_t desired, uint32_t *found) NO_TSA
{
    struct aspace *as = current_aspace();
    void *word;
    int err = lock_word(as, at, sizeof(expected), FAULT_STORE, &word);

    if (err == 0) {
        // acq_rel: it may be a lock of the program's.
        (void)atomic_compare_exchange_strong_explicit((_Atomic(uint32_t) *)word, &expected, desired,
                                                      memory_order_acq_rel, memory_order_acquire);
        *found = expected;
        mutex_unlock(&as->lock);
    }
    return err;
}
