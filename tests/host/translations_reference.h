// SPDX-License-Identifier: MIT
// tests/host/translations_reference.h - the checker of translations again, as plainly as possible.
//
// Every walk that a hart has used is kept as it was, for each level whether it was fenced since,
// and all are gone through for each use. There is no cache, and no hashing.
#pragma once

#include "tools/model/translations.h"

#define REFERENCE_BASE  0x80000000u
#define REFERENCE_SLOTS (12 * 512) // of page tables: what RAM there is

enum { REFERENCE_HARTS = 3, REFERENCE_THREADS = 4, REFERENCE_WALKS = 1 << 14 };

// What a reference may be told to do wrong, so that the comparison proves that it sees it.
enum mistake {
    MISTAKE_NONE,
    MISTAKE_PAGE_FENCE_TAKES_LINKS, // sfence.vma of a page covers the tables that led to it
    MISTAKE_ASID_FENCE_TAKES_GLOBAL,
    MISTAKE_PAGE_FENCE_ALL_ASIDS, // of a page under one ASID
    MISTAKE_SATP_FENCES,          // as QEMU does
    MISTAKE_UPGRADES_COUNT,       // an old entry that says less is a mistake
    MISTAKE_NO_DIRTY_BIT,         // a store goes by an old entry that lacks D
    MISTAKE_CHANGES_COUNT_AT_ONCE,
    MISTAKE_OWN_CHANGES_WAIT,
    MISTAKE_REUSE_WAITS,
    MISTAKE_LINKS_ARE_FOLLOWED_ANEW, // no link is kept
    MISTAKES
};

struct reference_walk {
    uint64_t va;
    uint64_t asid;
    struct sv39_walk walk;
    uint64_t when[SV39_LEVELS]; // seen so; 0: fenced since
};

struct reference {
    enum mistake mistake;
    uint64_t entry[REFERENCE_SLOTS];
    bool seen[REFERENCE_SLOTS]; // by a hart, since it changed
    struct translations_change change[REFERENCE_SLOTS];
    uint64_t now;
    uint64_t thread[REFERENCE_HARTS];
    uint64_t returned[REFERENCE_THREADS + 1];
    uint64_t satp[REFERENCE_HARTS];
    struct reference_walk kept[REFERENCE_HARTS][REFERENCE_WALKS];
    unsigned nr_kept[REFERENCE_HARTS];
};

// 8 bytes of its memory; nothing is elsewhere. Is a memory_word.
uint64_t reference_read(void *reference, uint64_t pa);

// As their namesakes of translations.h. Those that store put `entry` there, too.
void reference_satp(struct reference *r, unsigned hart, uint64_t satp);
void reference_fence(struct reference *r, unsigned hart, const uint64_t *va, const uint64_t *asid);
void reference_stored(struct reference *r, unsigned hart, uint64_t pa, uint64_t entry);
void reference_returns(struct reference *r, unsigned hart);
bool reference_check(struct reference *r, const struct translations_use *use, uint64_t *pa);
