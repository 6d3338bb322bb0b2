// SPDX-License-Identifier: MIT
// mm/user/test/space_support.h - address spaces for tests: kernel threads that have one loaded.
#pragma once

#include "kernel/abi/errno.h"
#include "kernel/abi/mman.h"
#include "kernel/ktest_support.h"
#include "kernel/proc/process.h"
#include "mm/user/aspace.h"
#include "mm/regions.h"
#include "mm/user/copy.h"

#define TEST_AT 0x40000000UL // where tests map something, unless they let it be chosen

enum { TEST_RW = PROT_READ | PROT_WRITE };

// The calling thread has `as` from now on, as if it ran a program; no longer. `user` is what there
// is of the program.
void space_enter(struct user_thread *user, struct aspace *as);
void space_leave(void);

// Map `pages` pages of anonymous memory at `at`, privately unless `flags` says otherwise.
// Returns: as aspace_map().
long space_map(struct aspace *as, uint64_t at, uint64_t pages, unsigned prot, unsigned flags);

// Map `pages` pages of `vmo` from its page `first` on at `at`, with MAP_SHARED or MAP_PRIVATE.
long space_map_vmo(struct aspace *as, struct vmo *vmo, uint64_t at, uint64_t pages, unsigned flags);

// The word at `va`: store it; check that it is `value`; check that an access ends in -EFAULT.
void space_put(uint64_t va, uint64_t value);
void space_expect(uint64_t va, uint64_t value);
void space_expect_fault(uint64_t va);

// How many areas `as` has.
unsigned space_areas(struct aspace *as);
