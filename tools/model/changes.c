// SPDX-License-Identifier: MIT
// tools/model/changes.c - a bit for each entry that memory could hold, and two tables.
#include "tools/model/changes.h"

#include <stdlib.h>

enum { FIRST_SLOTS = 1 << 10, ENTRY_BYTES = 8 };

// A hash table with open addressing, of what is never removed. Key 0 is an empty slot.
struct row {
    uint64_t key;
    struct translations_change change;
};

struct table {
    struct row *row;
    uint64_t slots, used; // slots is a power of two
};

struct changes {
    uint64_t ram_base, ram_bytes;
    uint64_t *watched;   // a bit for each entry of RAM
    struct table slot;   // pa of the entry: its last change
    struct table thread; // thread that made changes: when it returned last
};

struct changes *changes_new(uint64_t ram_base, uint64_t ram_bytes)
{
    struct changes *changes = calloc(1, sizeof(*changes));

    if (changes == NULL) {
        return NULL;
    }
    changes->ram_base = ram_base;
    changes->ram_bytes = ram_bytes;
    changes->watched = calloc(ram_bytes / ENTRY_BYTES / 64 + 1, sizeof(uint64_t));
    if (changes->watched == NULL) {
        free(changes);
        return NULL;
    }
    return changes;
}

void changes_free(struct changes *changes)
{
    if (changes != NULL) {
        free(changes->watched);
        free(changes->slot.row);
        free(changes->thread.row);
        free(changes);
    }
}

// ---- Watching ----------------------------------------------------------------------------------

static bool in_ram(const struct changes *changes, uint64_t pa)
{
    return pa - changes->ram_base < changes->ram_bytes;
}

static uint64_t *word_of(const struct changes *changes, uint64_t pa)
{
    return &changes->watched[(pa - changes->ram_base) / ENTRY_BYTES / 64];
}

static uint64_t bit_of(uint64_t pa)
{
    return (uint64_t)1 << pa / ENTRY_BYTES % 64;
}

void changes_watch(struct changes *changes, uint64_t slot)
{
    if (in_ram(changes, slot)) {
        *word_of(changes, slot) |= bit_of(slot);
    }
}

bool changes_is_watched(const struct changes *changes, uint64_t pa)
{
    return in_ram(changes, pa) && (*word_of(changes, pa) & bit_of(pa)) != 0;
}

// ---- Tables ------------------------------------------------------------------------------------

// The row of a key, or the empty one where it belongs. The constant is odd and arbitrary.
static struct row *row_of(const struct table *table, uint64_t key)
{
    uint64_t at = key * 0x9e3779b97f4a7c15 >> 20;

    while (table->row[at & (table->slots - 1)].key != key &&
           table->row[at & (table->slots - 1)].key != 0) {
        at++;
    }
    return &table->row[at & (table->slots - 1)];
}

static struct row *find(const struct table *table, uint64_t key)
{
    struct row *row = table->slots != 0 ? row_of(table, key) : NULL;

    return row != NULL && row->key == key ? row : NULL;
}

static bool grow(struct table *table)
{
    struct table grown = {.slots = table->slots != 0 ? 2 * table->slots : FIRST_SLOTS,
                          .used = table->used};

    grown.row = calloc(grown.slots, sizeof(*grown.row));
    if (grown.row == NULL) {
        return false;
    }
    for (uint64_t i = 0; i < table->slots; i++) {
        if (table->row[i].key != 0) {
            *row_of(&grown, table->row[i].key) = table->row[i];
        }
    }
    free(table->row);
    *table = grown;
    return true;
}

// Returns: the row of a key, made if there is none; NULL with errno.
static struct row *find_or_make(struct table *table, uint64_t key)
{
    struct row *row = find(table, key);

    if (row != NULL) {
        return row;
    }
    if (2 * table->used >= table->slots && !grow(table)) {
        return NULL;
    }
    row = row_of(table, key);
    row->key = key;
    table->used++;
    return row;
}

// ---- Changes -----------------------------------------------------------------------------------

bool changes_note(struct changes *changes, uint64_t slot, const struct translations_change *change)
{
    struct row *row = find_or_make(&changes->slot, slot);

    if (row == NULL ||
        (change->thread != 0 && find_or_make(&changes->thread, change->thread) == NULL)) {
        return false;
    }
    row->change = *change;
    *word_of(changes, slot) &= ~bit_of(slot);
    return true;
}

const struct translations_change *changes_of(const struct changes *changes, uint64_t slot)
{
    const struct row *row = find(&changes->slot, slot);

    return row != NULL ? &row->change : NULL;
}

void changes_returned(struct changes *changes, uint64_t thread, uint64_t when)
{
    struct row *row = find(&changes->thread, thread);

    if (row != NULL) {
        row->change.when = when;
    }
}

bool changes_has_returned(const struct changes *changes, uint64_t thread, uint64_t since)
{
    const struct row *row = find(&changes->thread, thread);

    return row != NULL && row->change.when > since;
}
