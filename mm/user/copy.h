// SPDX-License-Identifier: MIT
// mm/user/copy.h - between kernel memory and the memory of the calling thread's process.
//
// Every address may be wrong, or become wrong meanwhile: these return -EFAULT then. Pages that are
// not there yet are faulted in. Up to 256 bytes go through the linear map under the space's lock;
// longer ones with sstatus.SUM set once around the whole copy.
// Context:  thread with a user address space, interrupts on, no spinlock held; may sleep. Not with
//           the space's own lock held.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/types.h"

typedef uint64_t uva_t; // an address that a program named

// Returns: 0; -EFAULT, and then part of it may have been copied.
NODISCARD int copy_from_user(void *to, uva_t from, size_t bytes);
NODISCARD int copy_to_user(uva_t to, const void *from, size_t bytes);
NODISCARD int clear_user(uva_t to, size_t bytes);

// Pieces that are in several places in kernel memory, each copied as above. Cheaper than one by
// one.
struct user_piece {
    uva_t at;
    void *kernel;
    size_t bytes;
};
NODISCARD int copy_pieces_from_user(const struct user_piece *pieces, unsigned nr);
NODISCARD int copy_pieces_to_user(const struct user_piece *pieces, unsigned nr);

// Keep the bytes at `at`, at least one, in place until release_user_range(), to be read, or to be
// written, where they are; other threads of the program may change them meanwhile.
// Returns: where that is; NULL if they are not all in one page that is there, or somebody has the
// space's lock: then there is nothing to release. Context: as the others; in between interrupts are
// off, and nothing here may be called.
NODISCARD void *hold_user_range(uva_t at, size_t bytes, bool to_write);
void release_user_range(void);

// As copy_*_user(), but Returns: how many bytes were copied before the first that could not be.
size_t copy_from_user_part(void *to, uva_t from, size_t bytes);
size_t copy_to_user_part(uva_t to, const void *from, size_t bytes);

// Copy at most COPY_AT_ONCE_MAX bytes if that needs no waiting: they are in one page, which is
// there, and nobody has the space's lock. Returns: `bytes`; 0 if it could not, and nothing is
// copied. Context: as above, but interrupts off; locks may be held.
enum { COPY_AT_ONCE_MAX = 256 };
NODISCARD size_t copy_from_user_at_once(void *to, uva_t from, size_t bytes);
NODISCARD size_t copy_to_user_at_once(uva_t to, const void *from, size_t bytes);

// Copy a string of at most size - 1 bytes and its end.
// Returns: its length; -EFAULT; -ENAMETOOLONG if it does not fit.
NODISCARD long copy_string_from_user(char *to, uva_t from, size_t size);

// One aligned word, whole. Returns: 0; -EFAULT; -EINVAL if it is not aligned.
NODISCARD int get_user_u32(uint32_t *value, uva_t from);
NODISCARD int get_user_u64(uint64_t *value, uva_t from);
NODISCARD int put_user_u32(uva_t to, uint32_t value);
NODISCARD int put_user_u64(uva_t to, uint64_t value);

// Two words, one after the other, which are aligned in most cases. Returns: 0; -EFAULT.
NODISCARD int get_user_pair(uint64_t pair[2], uva_t from);
NODISCARD long put_user_pair(uva_t to, uint64_t first, uint64_t second);

// Keep the word at `at` in place until release_user_word(), so that it can be looked at under a
// spinlock, through *word. Returns: as get_user_u32(), and then there is nothing to release.
// Context: as the others, but spinlocks may be taken in between; nothing here may be called then.
NODISCARD int hold_user_u32(_Atomic(uint32_t) **word, uva_t at);
void release_user_word(void);

// If the word at `at` is `expected`, make it `desired`, atomically. *found: what it was.
// Returns: 0; -EFAULT; -EINVAL.
NODISCARD int compare_exchange_user_u32(uva_t at, uint32_t expected, uint32_t desired,
                                        uint32_t *found);
