// SPDX-License-Identifier: MIT
// tools/model/remembered.h - the entries of page tables that one hart may still go by.
//
// A hart may keep any entry that it has used, a leaf or a link to a table, until a fence covers it.
// Here nothing is forgotten earlier: a machine with a TLB without end. Entries are found by what
// they map, so one that maps a large page is one, however much of it was used.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tools/model/sv39.h"

// Instead of an ASID: of global entries; and with remembered_forget(), any.
enum { ASID_GLOBAL = 1 << 16, ASID_ANY };

struct remembered {
    uint64_t va; // where what it maps begins
    uint64_t entry;
    uint64_t slot[SV39_LEVELS]; // pa of the entry, by its level, and of those on the way to it; 0
    uint64_t root;              // pa
    uint64_t when;              // it was last seen to be what the page table says
    uint32_t asid;              // or ASID_GLOBAL
    int32_t level;
    uint32_t next; // the index after it of those with the same hash, plus one; 0: none
};

struct remembered_set;

// Returns: an empty one; NULL with errno.
struct remembered_set *remembered_new(void);
void remembered_free(struct remembered_set *set);

// Add an entry, or say of one that is there that it was seen. Returns: false with errno.
bool remembered_add(struct remembered_set *set, const struct remembered *entry);

// The first of those that map `va` at `level` under `asid`, and the one after; NULL: no more.
// Valid until the set is changed.
const struct remembered *remembered_first(const struct remembered_set *set, uint64_t va, int level,
                                          uint32_t asid);
const struct remembered *remembered_next(const struct remembered_set *set,
                                         const struct remembered *one);

// Forget what is kept under `asid`, not what is global; under ASID_ANY all.
void remembered_forget(struct remembered_set *set, uint32_t asid);

// The same for the leaves that map `va`.
void remembered_forget_page(struct remembered_set *set, uint64_t va, uint32_t asid);
