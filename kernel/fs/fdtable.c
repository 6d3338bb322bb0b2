// SPDX-License-Identifier: MIT
// kernel/fs/fdtable.c - descriptors.
#include "kernel/fs/fdtable.h"

#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "kernel/base/string.h"
#include "kernel/fs/record_lock.h"
#include "mm/frame.h"
#include "mm/memory.h"
#include "mm/objcache.h"
#include "sync/spinlock.h"

#define CLOEXEC ((uintptr_t)1)

enum { WORD_BITS = 64, FIRST_CAPACITY = WORD_BITS };

// Entries and bitmap; in the table itself first, then in a block of frames.
struct slots {
    uintptr_t *entries; // [capacity]; 0: free
    uint64_t *taken;    // [capacity / WORD_BITS]
    unsigned capacity;  // a multiple of WORD_BITS
    unsigned order;     // of the block
};

struct fdtable {
    struct spinlock lock; // rank RANK_FDTABLE
    struct slots slots;   // guarded by: lock
    unsigned first_word;  // guarded by: lock; no word before it has a free bit
    atomic_uint refs;
    atomic_bool has_locks; // a lock on a file has been taken through it; relaxed: never taken back
    uintptr_t own_entries[FIRST_CAPACITY]; // of slots, until they grow
    uint64_t own_taken;                    // the same
};

static struct objcache fdtables = OBJCACHE_INIT(fdtables, struct fdtable);

static struct file *file_of(uintptr_t entry)
{
    return (struct file *)(entry & ~CLOEXEC);
}

// ---- Room --------------------------------------------------------------------------------------

// How many entries fit into 2^order frames with their bits.
static unsigned capacity_of(unsigned order)
{
    uint64_t bits = PAGE_SIZE << order << 3;

    return (unsigned)round_down(bits / (8 * sizeof(uintptr_t) + 1), WORD_BITS);
}

// Empty slots for at least `least` entries. Returns: 0; -ENOMEM.
static int slots_new(struct slots *slots, unsigned least)
{
    unsigned order = 0;

    while (capacity_of(order) < least) {
        order++;
    }
    void *block = frames_alloc_or_reclaim(order);

    if (block == NULL) {
        return -ENOMEM;
    }
    memset(block, 0, PAGE_SIZE << order);
    slots->entries = block;
    slots->capacity = capacity_of(order);
    slots->taken = (void *)(slots->entries + slots->capacity);
    slots->order = order;
    return 0;
}

static void slots_free(struct fdtable *table, const struct slots *slots)
{
    if (slots->entries != table->own_entries) {
        frames_free(slots->entries, slots->order);
    }
}

static void slots_copy(struct slots *to, const struct slots *from)
{
    memcpy(to->entries, from->entries, from->capacity * sizeof(*to->entries));
    memcpy(to->taken, from->taken, from->capacity / 8);
}

// Make room for descriptor `fd`. Returns: 0; -ENOMEM.
static NOINLINE int grow(struct fdtable *table, unsigned fd)
{
    struct slots old = {.entries = table->own_entries};
    struct slots bigger;

    if (slots_new(&bigger, fd + 1) != 0) {
        return -ENOMEM;
    }
    unsigned long saved = spin_lock_irqsave(&table->lock);

    if (bigger.capacity > table->slots.capacity) {
        slots_copy(&bigger, &table->slots);
        old = table->slots;
        table->slots = bigger;
    } else { // another thread was faster
        old = bigger;
    }
    spin_unlock_irqrestore(&table->lock, saved);
    slots_free(table, &old);
    return 0;
}

// ---- Tables ------------------------------------------------------------------------------------

struct fdtable *fdtable_new(void)
{
    struct fdtable *table = objcache_alloc_or_reclaim(&fdtables);

    if (table == NULL) {
        return NULL;
    }
    memset(table, 0, sizeof(*table));
    spin_init(&table->lock, "fdtable", RANK_FDTABLE);
    table->slots = (struct slots){table->own_entries, &table->own_taken, FIRST_CAPACITY, 0};
    atomic_init(&table->refs, 1);
    return table;
}

struct fdtable *fdtable_get(struct fdtable *table)
{
    // relaxed: the caller has a reference.
    atomic_fetch_add_explicit(&table->refs, 1, memory_order_relaxed);
    return table;
}

bool fdtable_is_shared(struct fdtable *table)
{
    // Only the caller, who has a reference, can make more. acquire: pairs with the release in
    // fdtable_put(); what others did to the table, whose lock is not taken then, is seen.
    return atomic_load_explicit(&table->refs, memory_order_acquire) != 1;
}

// Take references for the copies in `slots`.
static void get_all(const struct slots *slots)
{
    for (unsigned word = 0; word < slots->capacity / WORD_BITS; word++) {
        for (uint64_t left = slots->taken[word]; left != 0; left &= left - 1) {
            (void)file_get(file_of(slots->entries[word * WORD_BITS + bit_lowest(left)]));
        }
    }
}

// Copy `from`, if it fits. Returns: 0, or the capacity that is needed.
static unsigned copy_table(struct fdtable *to, struct fdtable *from)
{
    unsigned needed = 0;
    unsigned long saved = spin_lock_irqsave(&from->lock);

    if (from->slots.capacity > to->slots.capacity) {
        needed = from->slots.capacity;
    } else {
        slots_copy(&to->slots, &from->slots);
        get_all(&to->slots);
        to->first_word = from->first_word;
    }
    spin_unlock_irqrestore(&from->lock, saved);
    return needed;
}

struct fdtable *fdtable_fork(struct fdtable *from)
{
    struct fdtable *table = fdtable_new();
    unsigned needed;

    while (table != NULL && (needed = copy_table(table, from)) != 0) {
        if (grow(table, needed - 1) != 0) {
            fdtable_put(table);
            table = NULL;
        }
    }
    return table;
}

// Take out the file of `fd`. Returns: its entry; 0: there is none.
static uintptr_t take_out(struct fdtable *table, unsigned fd) REQUIRES(table->lock)
{
    struct slots *slots = &table->slots;

    if (fd >= slots->capacity || slots->entries[fd] == 0) {
        return 0;
    }
    uintptr_t entry = slots->entries[fd];
    unsigned word = fd / WORD_BITS;

    slots->entries[fd] = 0;
    slots->taken[word] &= ~bit(fd % WORD_BITS);
    if (word < table->first_word) {
        table->first_word = word;
    }
    return entry;
}

// The table lets go of an entry that has been taken out: of the record locks that it has, too.
static void let_go(struct fdtable *table, uintptr_t entry)
{
    struct file *file = file_of(entry);

    if (unlikely(atomic_load_explicit(&table->has_locks, memory_order_relaxed))) {
        record_lock_forget(file, table);
    }
    file_put(file);
}

void fdtable_mark_locks(struct fdtable *table)
{
    atomic_store_explicit(&table->has_locks, true, memory_order_relaxed);
}

int fd_close(struct fdtable *table, int fd)
{
    unsigned long saved = spin_lock_irqsave(&table->lock);
    uintptr_t entry = take_out(table, (unsigned)fd);

    spin_unlock_irqrestore(&table->lock, saved);
    if (entry == 0) {
        return -EBADF;
    }
    let_go(table, entry);
    return 0;
}

static int next_locked(const struct fdtable *table, unsigned from) REQUIRES(table->lock)
{
    const struct slots *slots = &table->slots;

    for (unsigned word = from / WORD_BITS; word < slots->capacity / WORD_BITS; word++) {
        uint64_t left = slots->taken[word];

        if (word == from / WORD_BITS) {
            left &= ~UINT64_C(0) << from % WORD_BITS;
        }
        if (left != 0) {
            return (int)(word * WORD_BITS + bit_lowest(left));
        }
    }
    return -1;
}

int fd_next(struct fdtable *table, int from)
{
    unsigned long saved = spin_lock_irqsave(&table->lock);
    int fd = next_locked(table, (unsigned)from);

    spin_unlock_irqrestore(&table->lock, saved);
    return fd;
}

void fd_close_range(struct fdtable *table, unsigned first, unsigned last)
{
    int fd;

    while (first < FD_MAX && (fd = fd_next(table, (int)first)) >= 0 && (unsigned)fd <= last) {
        (void)!fd_close(table, fd); // another thread may have closed it
        first = (unsigned)fd + 1;
    }
}

void fdtable_put(struct fdtable *table)
{
    // acq_rel: what others did with it comes before its end.
    if (atomic_fetch_sub_explicit(&table->refs, 1, memory_order_acq_rel) == 1) {
        fd_close_range(table, 0, FD_MAX);
        slots_free(table, &table->slots);
        objcache_free(&fdtables, table);
    }
}

void fdtable_exec(struct fdtable *table)
{
    for (int fd = 0; (fd = fd_next(table, fd)) >= 0; fd++) {
        if (fd_cloexec(table, fd) > 0) {
            (void)!fd_close(table, fd);
        }
    }
}

// ---- Descriptors -------------------------------------------------------------------------------

struct file *fd_get(struct fdtable *table, int fd)
{
    struct file *file = NULL;
    unsigned long saved = spin_lock_irqsave(&table->lock);

    if (likely((unsigned)fd < table->slots.capacity)) {
        file = file_of(table->slots.entries[fd]);
    }
    if (likely(file != NULL)) {
        (void)file_get(file);
    }
    spin_unlock_irqrestore(&table->lock, saved);
    return file;
}

// Each thread of a process has a reference, so a table with one is that of one thread, which is in
// this call: nobody else can make another that could close anything. /proc may hold one for a
// moment, and only looks.
struct file *fd_borrow(struct fdtable *table, int fd, bool *borrowed)
{
    *borrowed = !fdtable_is_shared(table);
    if (unlikely(!*borrowed)) {
        return fd_get(table, fd);
    }
    return likely((unsigned)fd < table->slots.capacity) ? file_of(table->slots.entries[fd]) : NULL;
}

static void put_in(struct fdtable *table, unsigned fd, struct file *file, bool cloexec)
    REQUIRES(table->lock)
{
    table->slots.entries[fd] = (uintptr_t)file | (cloexec ? CLOEXEC : 0);
    table->slots.taken[fd / WORD_BITS] |= bit(fd % WORD_BITS);
}

// Returns: the lowest free descriptor >= least; the capacity, or least, if all are taken.
static unsigned find_free(struct fdtable *table, unsigned least) REQUIRES(table->lock)
{
    const struct slots *slots = &table->slots;
    unsigned word = (unsigned)max_u64(least / WORD_BITS, table->first_word);

    for (; word < slots->capacity / WORD_BITS; word++) {
        uint64_t taken = slots->taken[word];

        if (~taken == 0 && word == table->first_word) {
            table->first_word = word + 1;
        }
        if (word == least / WORD_BITS) {
            taken |= bit(least % WORD_BITS) - 1;
        }
        if (~taken != 0) {
            return word * WORD_BITS + bit_lowest(~taken);
        }
    }
    return slots->capacity > least ? slots->capacity : least;
}

int fd_install(struct fdtable *table, struct file *file, int least, bool cloexec, int limit)
{
    for (;;) {
        unsigned long saved = spin_lock_irqsave(&table->lock);
        unsigned fd = find_free(table, (unsigned)least);
        bool fits = fd < table->slots.capacity;
        bool allowed = fd < (unsigned)limit && fd < FD_MAX;

        if (fits && allowed) {
            put_in(table, fd, file, cloexec);
        }
        spin_unlock_irqrestore(&table->lock, saved);
        if (!allowed) {
            return -EMFILE;
        }
        if (fits) {
            return (int)fd;
        }
        if (grow(table, fd) != 0) {
            return -ENOMEM;
        }
    }
}

int fd_install_at(struct fdtable *table, struct file *file, int fd, bool cloexec, int limit)
{
    if (fd < 0 || fd >= limit || fd >= FD_MAX) {
        return -EBADF;
    }
    for (;;) {
        unsigned long saved = spin_lock_irqsave(&table->lock);
        bool fits = (unsigned)fd < table->slots.capacity;
        uintptr_t old = fits ? take_out(table, (unsigned)fd) : 0;

        if (fits) {
            put_in(table, (unsigned)fd, file, cloexec);
        }
        spin_unlock_irqrestore(&table->lock, saved);
        if (old != 0) {
            let_go(table, old);
        }
        if (fits) {
            return fd;
        }
        if (grow(table, (unsigned)fd) != 0) {
            return -ENOMEM;
        }
    }
}

// The entry of `fd`, NULL if it is not open.
static uintptr_t *entry_of(struct fdtable *table, int fd) REQUIRES(table->lock)
{
    struct slots *slots = &table->slots;

    return (unsigned)fd < slots->capacity && slots->entries[fd] != 0 ? &slots->entries[fd] : NULL;
}

int fd_cloexec(struct fdtable *table, int fd)
{
    unsigned long saved = spin_lock_irqsave(&table->lock);
    const uintptr_t *entry = entry_of(table, fd);
    int result = entry != NULL ? (int)(*entry & CLOEXEC) : -EBADF;

    spin_unlock_irqrestore(&table->lock, saved);
    return result;
}

int fd_set_cloexec(struct fdtable *table, int fd, bool cloexec)
{
    unsigned long saved = spin_lock_irqsave(&table->lock);
    uintptr_t *entry = entry_of(table, fd);

    if (entry != NULL) {
        *entry = (*entry & ~CLOEXEC) | (cloexec ? CLOEXEC : 0);
    }
    spin_unlock_irqrestore(&table->lock, saved);
    return entry != NULL ? 0 : -EBADF;
}
