// SPDX-License-Identifier: MIT
// kernel/abi/futex.h - futexes and robust lists: what the calls take. Source: futex(2),
// get_robust_list(2).
#pragma once

#include <stdint.h>

#define FUTEX_WAIT        0
#define FUTEX_WAKE        1
#define FUTEX_REQUEUE     3
#define FUTEX_CMP_REQUEUE 4
#define FUTEX_WAKE_OP     5
#define FUTEX_LOCK_PI     6
#define FUTEX_UNLOCK_PI   7
#define FUTEX_TRYLOCK_PI  8
#define FUTEX_WAIT_BITSET 9
#define FUTEX_WAKE_BITSET 10
#define FUTEX_LOCK_PI2    13

// Beside the operation.
#define FUTEX_PRIVATE_FLAG   128
#define FUTEX_CLOCK_REALTIME 256

#define FUTEX_BITSET_MATCH_ANY 0xffffffff

// The word of a lock that the kernel knows the owner of.
#define FUTEX_WAITERS    0x80000000
#define FUTEX_OWNER_DIED 0x40000000
#define FUTEX_TID_MASK   0x3fffffff

// The last argument of FUTEX_WAKE_OP: operation << 28 | comparison << 24 | operand << 12 |
// what the old value is compared with.
#define FUTEX_OP_SET         0
#define FUTEX_OP_ADD         1
#define FUTEX_OP_OR          2
#define FUTEX_OP_ANDN        3
#define FUTEX_OP_XOR         4
#define FUTEX_OP_OPARG_SHIFT 8 // beside the operation: the operand is 1 << operand
#define FUTEX_OP_CMP_EQ      0
#define FUTEX_OP_CMP_NE      1
#define FUTEX_OP_CMP_LT      2
#define FUTEX_OP_CMP_LE      3
#define FUTEX_OP_CMP_GT      4
#define FUTEX_OP_CMP_GE      5

// What set_robust_list() names. Bit 0 of a pointer to an entry: the lock has priority inheritance.
struct robust_list_head {
    uint64_t first;      // entry: the address of the next, the head's at the end
    int64_t word_offset; // from an entry to the word of its lock
    uint64_t pending;    // the entry of a lock that is being taken or released; 0: none
};
_Static_assert(sizeof(struct robust_list_head) == 24, "Linux's");

#define ROBUST_LIST_LIMIT 2048
