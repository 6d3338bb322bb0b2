// SPDX-License-Identifier: MIT
// tools/model/translations.h - finds accesses for which a hart could still use an old translation.
//
// QEMU forgets so much that a missing sfence.vma never shows. Here a hart keeps each entry of a
// page table that it has used until a fence covers it. An access is wrong if an entry that the hart
// keeps would let it through, and to another place than the page table now says, or though that now
// says no. An entry that says less than the page table does no harm: the hart faults, and looks
// again.
//
// An entry may be changed before the harts are fenced; only what the change is part of has to wait
// for them. So a change counts from when the thread that made it has returned to user mode, and for
// that thread at once. A kernel thread never returns: its changes count for itself.
// Under an ASID that is used anew for another table all that is kept is wrong at once.
//
// An entry that the guest has no cause to remember, because it never used it, is not kept, though a
// machine might have. Context of all functions: the harts' thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tools/model/sv39.h"

struct translations_machine {
    unsigned harts;
    uint64_t ram_base, ram_bytes;
    memory_word read; // of this RAM, or anywhere: elsewhere there are no tables
    // The thread that the hart runs, as a number that is not 0; 0: not known.
    uint64_t (*thread)(void *context, unsigned hart);
    void *context; // of both
};

struct translations_use {
    unsigned hart;
    enum use use;
    bool user; // mode
    uint64_t va, pc;
};

// A change of an entry, or of another that led to it.
struct translations_change {
    bool known;
    unsigned hart;
    uint64_t pc, thread;
    uint64_t when;
};

// What is wrong with a use.
struct translations_error {
    struct translations_use use;
    uint64_t thread; // whose use it is
    uint64_t satp;
    bool reused; // the old entry is another table's
    bool global; // the old entry is for all ASIDs
    int level;   // of the entries; 0: 4 KiB, 1: 2 MiB, 2: 1 GiB
    uint64_t old, now;
    struct translations_change change;
};

struct translations;

// Returns: NULL with errno.
struct translations *translations_new(const struct translations_machine *machine);
void translations_free(struct translations *t);

// The hart has loaded `satp`.
void translations_satp(struct translations *t, unsigned hart, uint64_t satp);
uint64_t translations_satp_of(const struct translations *t, unsigned hart);

// The hart has executed sfence.vma. *va, *asid: NULL is all.
void translations_fence(struct translations *t, unsigned hart, const uint64_t *va,
                        const uint64_t *asid);

// The hart, whose satp has Sv39 on, uses an address; or has just been refused.
// Returns: whether that is right; if not, *error says what is wrong. *pa, if not NULL: where it is
// by the page table; ~0: nowhere.
bool translations_check(struct translations *t, const struct translations_use *use, uint64_t *pa,
                        struct translations_error *error);

// Up to 8 bytes at `pa` have been stored to.
void translations_stored(struct translations *t, unsigned hart, uint64_t pa, uint64_t pc);

// The hart returns to user mode.
void translations_returns(struct translations *t, unsigned hart);
