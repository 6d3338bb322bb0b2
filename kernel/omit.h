// SPDX-License-Identifier: MIT
// kernel/omit.h - a step that is left out on purpose, for CHECK=translations, TIMING=explore or
// `inject` to find.
//
// The boot argument `omit=` names one. Release builds leave none out.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/types.h"

enum omit {
    OMIT_NOTHING,
    OMIT_UNMAP_FENCE, // after entries were removed
    OMIT_FORK_FENCE,  // after pages were made read-only for a copy of the space
    OMIT_ASID_FENCE,  // before an ASID is used for another space; asids=N makes that soon
    OMIT_HART_FENCE,  // on one of the harts that have the space loaded
    OMIT_FUTEX_CHECK, // of a futex's word: who comes too late sleeps
    OMIT_FORK_UNDO,   // after a copy of a space found no memory: what there is of it stays
};

extern enum omit omit; // constant after boot

// Is this to be left out? Context: any.
static inline bool is_omitted(enum omit step)
{
    return CONFIG_TEST && omit == step;
}

// Choose by name. Returns: 0; -EINVAL, with a message printed. Context: boot.
NODISCARD int omit_choose(const char *name);
