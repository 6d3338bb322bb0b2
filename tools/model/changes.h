// SPDX-License-Identifier: MIT
// tools/model/changes.h - who changed which entry of a page table last, and who has returned since.
//
// Only entries that some hart has read since they changed last are looked for: others cannot be
// kept by anybody, or are known to have changed.
#pragma once

#include "tools/model/translations.h"

struct changes;

// Returns: NULL with errno.
struct changes *changes_new(uint64_t ram_base, uint64_t ram_bytes);
void changes_free(struct changes *changes);

// The entry at `slot` has been read by a hart's walk.
void changes_watch(struct changes *changes, uint64_t slot);

// Has what is at `pa` been read since it changed?
bool changes_is_watched(const struct changes *changes, uint64_t pa);

// A watched entry has changed; it is watched no more. Returns: false with errno.
bool changes_note(struct changes *changes, uint64_t slot, const struct translations_change *change);

// The last change of the entry at `slot`; NULL: none is known.
const struct translations_change *changes_of(const struct changes *changes, uint64_t slot);

// `thread` returns to user mode at `when`; has it, after `since`?
void changes_returned(struct changes *changes, uint64_t thread, uint64_t when);
bool changes_has_returned(const struct changes *changes, uint64_t thread, uint64_t since);
