// SPDX-License-Identifier: MIT
// mm/user/aspace.h - the address space of a process (MemorySet): areas, page table, translations.
//
// An area is a range of pages with one protection and one source: anonymous memory or a memory
// object, shared or private. Nothing is mapped before it is touched. A private page that another
// space holds too, or that belongs to an object, is copied when it is written.
// Lock order:  aspace.lock, a mutex, before vmo.lock. Page faults and user copies take it, so none
//              may happen under it.
#pragma once

#include <stdatomic.h>

#include "kernel/base/annot.h"
#include "kernel/base/types.h"
#include "kernel/processor.h"
#include "kernel/riscv/context.h"
#include "mm/user/vmo.h"

#define USER_END 0x4000000000UL // one past the last user address, Sv39's lower half

struct aspace;

// An access that faulted.
enum fault_access { FAULT_LOAD, FAULT_STORE, FAULT_FETCH };

// What is asked of aspace_map(); prot and flags as kernel/abi/mman.h has them.
struct map_request {
    uint64_t at; // where, or a hint: MAP_FIXED decides
    uint64_t bytes;
    unsigned prot;
    unsigned flags;
    struct vmo *vmo;     // NULL: anonymous memory; else a reference is taken, not handed over
    uint64_t offset;     // of the first byte in `vmo`, a multiple of PAGE_SIZE
    bool never_writable; // mprotect() may not add PROT_WRITE: shared, of a file not open for it
    const char
        *name; // constant, for /proc/PID/maps: "[stack]", a path kept by the caller; may be NULL
};

// What is asked of aspace_remap(); flags as kernel/abi/mman.h has them.
struct remap_request {
    uint64_t at;
    uint64_t bytes;
    uint64_t new_bytes;
    unsigned flags;
    uint64_t new_at; // with MREMAP_FIXED
};

// Count who holds which page, and find out how many ASIDs there are. Context: boot, before other
// harts start; panics if memory is short.
void aspaces_init(void);

// Returns: an empty space, one reference; NULL if memory is short. Context: thread.
NODISCARD struct aspace *aspace_new(void);

// A copy of `from`, which a fork makes: private pages become copy-on-write in both.
// Returns: as above.
NODISCARD struct aspace *aspace_fork(struct aspace *from);

struct aspace *aspace_get(struct aspace *as);
// The last reference: everything is unmapped, no hart has it loaded any more, and its frames are
// free, page tables included. Context: thread, interrupts on, no locks; not the space that the
// calling hart has loaded: aspace_leave() first.
void aspace_put(struct aspace *as);

// Load `as` on this hart, validating its ASID. NULL: the kernel's own table. Writes satp only if
// it differs. Context: interrupts off.
void aspace_activate(struct aspace *as);
// The same. Returns: `result`, for a call in the place of a return.
void *aspace_switch(struct aspace *as, void *result);

// The system calls, on ranges as a program gives them, which they check. Linux's results.
// Returns: the address, or -errno.
NODISCARD long aspace_map(struct aspace *as, const struct map_request *request);
NODISCARD long aspace_remap(struct aspace *as, const struct remap_request *request);
// Returns: 0 or -errno.
NODISCARD int aspace_unmap(struct aspace *as, uint64_t at, uint64_t bytes);
NODISCARD int aspace_protect(struct aspace *as, uint64_t at, uint64_t bytes, unsigned prot);
NODISCARD int aspace_advise(struct aspace *as, uint64_t at, uint64_t bytes, int advice);
NODISCARD int aspace_sync(struct aspace *as, uint64_t at, uint64_t bytes);

// Which of the `pages` pages from `at` on, page-aligned, are in memory: 1 or 0 each in `resident`.
// Returns: 0; -ENOMEM if nothing is mapped at one of them.
NODISCARD int aspace_resident(struct aspace *as, uint64_t at, size_t pages,
                              unsigned char *resident);

// Where the heap begins, empty; exec sets it. Then brk: Returns: the new end, the old one if it
// cannot be moved.
void aspace_set_heap(struct aspace *as, uint64_t at);
uint64_t aspace_brk(struct aspace *as, uint64_t end);

// What the heap and all of it may take: RLIMIT_AS, RLIMIT_DATA in bytes.
void aspace_set_limits(struct aspace *as, uint64_t bytes, uint64_t data_bytes);

// What an exec's new space begins with: areas in ascending order, private ones at fixed places, put
// in without looking for anything. aspace_end_areas() is due in any case, before anything else is
// asked of the space; in between its lock is held.
void aspace_begin_areas(struct aspace *as);
// Returns: 0; -ENOMEM; -EPERM: below what may be mapped.
NODISCARD int aspace_add_area(struct aspace *as, const struct map_request *request);
void aspace_end_areas(struct aspace *as);

// What has been stored is to be executed by any hart that runs in `as`: it is to see that.
// Context: thread.
void aspace_flush_code(struct aspace *as);

// Make the page of `va` accessible. Returns: 0; -EFAULT nothing is mapped there (SEGV_MAPERR);
// -EACCES not in this way (SEGV_ACCERR); -ENXIO past the end of an object (SIGBUS); -ENOMEM.
// Context: thread, interrupts on, no spinlock held.
NODISCARD int aspace_fault(struct aspace *as, uint64_t va, enum fault_access access);

// A trap in the kernel, in one of the routines of mm/user/copy.h: fault the page in, or have the
// routine say -EFAULT. Returns: whether it was one; otherwise the kernel is at fault.
bool copy_handle_fault(struct aspace *as, struct trap_frame *frame);

// Identity of a word that is shared, for futexes. A private futex is (as, va); a shared one of an
// object is (vmo, offset), and of anonymous private memory (as, va).
struct futex_key {
    const void *object;
    uint64_t offset;
};
// Returns: 0; -EFAULT if nothing is mapped at `va`.
NODISCARD int aspace_futex_key(struct aspace *as, uint64_t va, bool shared, struct futex_key *key);

// For /proc: visit the areas from *position (0 first) on. Returns: whether there is one.
struct area_info {
    uint64_t start;
    uint64_t end;
    unsigned prot;
    bool shared;
    uint64_t offset;
    const char *name;
};
bool aspace_next_area(struct aspace *as, uint64_t *position, struct area_info *info);
struct aspace_usage {
    uint64_t pages_mapped;  // that areas cover
    uint64_t pages_present; // in the page table
    uint64_t table_frames;
};
struct aspace_usage aspace_usage(struct aspace *as);

// Copy what is in memory from `va` on, as far as there are pages of it. Returns: how many bytes.
size_t aspace_peek(struct aspace *as, uint64_t va, void *to, size_t bytes);

// The calling thread's own space; set up by kernel/proc. NULL for kernel threads.
static inline struct aspace *current_aspace(void)
{
    return current()->aspace;
}
