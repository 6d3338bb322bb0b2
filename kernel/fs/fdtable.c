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

static struct objcache fdtables = OBJCACHE_INIT(fdtables, struct fdtable);

// ---- Room --------------------------------------------------------------------------------------

// How many entries fit into 2^order frames with their bits.
static unsigned capacity_of(unsigned order)
{
    uint64_t bits = PAGE_SIZE << order << 3;

    return (unsigned)round_down(bits / (8 * sizeof(uintptr_t) + 1), FD_WORD_BITS);
}

// Empty slots for at least `least` entries. Returns: 0; -ENOMEM.
static int slots_new(struct fd_slots *slots, unsigned least)
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

static void slots_free(struct fdtable *table, const struct fd_slots *slots)
{
    if (slots->entries != table->own_entries) {
        frames_free(slots->entries, slots->order);
    }
}

static void slots_copy(struct fd_slots *to, const struct fd_slots *from)
{
    memcpy(to->entries, from->entries, from->capacity * sizeof(*to->entries));
    memcpy(to->taken, from->taken, from->capacity / 8);
}

// Make room for descriptor `fd`. Returns: 0; -ENOMEM.
static NOINLINE int grow(struct fdtable *table, unsigned fd)
{
    struct fd_slots old = {.entries = table->own_entries};
    struct fd_slots bigger;

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
    table->slots = (struct fd_slots){table->own_entries, &table->own_taken, FD_FIRST, 0};
    atomic_init(&table->refs, 1);
    return table;
}

struct fdtable *fdtable_get(struct fdtable *table)
{
    // relaxed: the caller has a reference.
    atomic_fetch_add_explicit(&table->refs, 1, memory_order_relaxed);
    return table;
}

// Copy what there is into empty slots, with references.
static void slots_fork(struct fd_slots *to, const struct fd_slots *from)
{
    for (unsigned word = 0; word < from->capacity / FD_WORD_BITS; word++) {
        to->taken[word] = from->taken[word];
        for (uint64_t left = from->taken[word]; left != 0; left &= left - 1) {
            unsigned fd = word * FD_WORD_BITS + bit_lowest(left);

            to->entries[fd] = from->entries[fd];
            (void)file_get(fd_file_of(from->entries[fd]));
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
        slots_fork(&to->slots, &from->slots);
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
    struct fd_slots *slots = &table->slots;

    if (fd >= slots->capacity || slots->entries[fd] == 0) {
        return 0;
    }
    uintptr_t entry = slots->entries[fd];
    unsigned word = fd / FD_WORD_BITS;

    slots->entries[fd] = 0;
    slots->taken[word] &= ~bit(fd % FD_WORD_BITS);
    if (word < table->first_word) {
        table->first_word = word;
    }
    return entry;
}

// The table lets go of an entry that has been taken out: of the record locks that it has, too.
static void let_go(struct fdtable *table, uintptr_t entry)
{
    struct file *file = fd_file_of(entry);

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
    const struct fd_slots *slots = &table->slots;

    for (unsigned word = from / FD_WORD_BITS; word < slots->capacity / FD_WORD_BITS; word++) {
        uint64_t left = slots->taken[word];

        if (word == from / FD_WORD_BITS) {
            left &= ~UINT64_C(0) << from % FD_WORD_BITS;
        }
        if (left != 0) {
            return (int)(word * FD_WORD_BITS + bit_lowest(left));
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

// Close all that there is in a table that nobody has any more.
static void let_go_of_all(struct fdtable *table) NO_TSA
{
    const struct fd_slots *slots = &table->slots;

    for (unsigned word = 0; word < slots->capacity / FD_WORD_BITS; word++) {
        for (uint64_t left = slots->taken[word]; left != 0; left &= left - 1) {
            let_go(table, slots->entries[word * FD_WORD_BITS + bit_lowest(left)]);
        }
    }
}

void fdtable_put(struct fdtable *table)
{
    // acq_rel: what others did with it comes before its end.
    if (atomic_fetch_sub_explicit(&table->refs, 1, memory_order_acq_rel) == 1) {
        let_go_of_all(table);
        slots_free(table, &table->slots);
        objcache_free(&fdtables, table);
    }
}

// Close those of one word of the table that an exec does.
static ALWAYS_INLINE void exec_word(struct fdtable *table, unsigned word) NO_TSA
{
    for (uint64_t left = table->slots.taken[word]; left != 0; left &= left - 1) {
        unsigned fd = word * FD_WORD_BITS + bit_lowest(left);

        if ((table->slots.entries[fd] & FD_CLOEXEC_BIT) != 0) {
            (void)fd_close(table, (int)fd);
        }
    }
}

// Without the lock: only the caller changes the table.
void fdtable_exec(struct fdtable *table) NO_TSA
{
    for (unsigned word = 0; word < table->slots.capacity / FD_WORD_BITS; word++) {
        exec_word(table, word);
    }
}

// ---- Descriptors -------------------------------------------------------------------------------

struct file *fd_get(struct fdtable *table, int fd)
{
    struct file *file = NULL;
    unsigned long saved = spin_lock_irqsave(&table->lock);

    if (likely((unsigned)fd < table->slots.capacity)) {
        file = fd_file_of(table->slots.entries[fd]);
    }
    if (likely(file != NULL)) {
        (void)file_get(file);
    }
    spin_unlock_irqrestore(&table->lock, saved);
    return file;
}

static void put_in(struct fdtable *table, unsigned fd, struct file *file, bool cloexec)
    REQUIRES(table->lock)
{
    table->slots.entries[fd] = (uintptr_t)file | (cloexec ? FD_CLOEXEC_BIT : 0);
    table->slots.taken[fd / FD_WORD_BITS] |= bit(fd % FD_WORD_BITS);
}

// Returns: the lowest free descriptor >= least; the capacity, or least, if all are taken.
static unsigned find_free(struct fdtable *table, unsigned least) REQUIRES(table->lock)
{
    const struct fd_slots *slots = &table->slots;
    unsigned word = (unsigned)max_u64(least / FD_WORD_BITS, table->first_word);

    for (; word < slots->capacity / FD_WORD_BITS; word++) {
        uint64_t taken = slots->taken[word];

        if (~taken == 0 && word == table->first_word) {
            table->first_word = word + 1;
        }
        if (word == least / FD_WORD_BITS) {
            taken |= bit(least % FD_WORD_BITS) - 1;
        }
        if (~taken != 0) {
            return word * FD_WORD_BITS + bit_lowest(~taken);
        }
    }
    return slots->capacity > least ? slots->capacity : least;
}

unsigned fd_capacity(struct fdtable *table)
{
    unsigned long saved = spin_lock_irqsave(&table->lock);
    unsigned capacity = table->slots.capacity;

    spin_unlock_irqrestore(&table->lock, saved);
    return capacity;
}

bool fd_has_room(struct fdtable *table, int limit)
{
    unsigned long saved = spin_lock_irqsave(&table->lock);
    unsigned fd = find_free(table, 0);

    spin_unlock_irqrestore(&table->lock, saved);
    return fd < (unsigned)limit && fd < FD_MAX;
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
    struct fd_slots *slots = &table->slots;

    return (unsigned)fd < slots->capacity && slots->entries[fd] != 0 ? &slots->entries[fd] : NULL;
}

int fd_cloexec(struct fdtable *table, int fd)
{
    unsigned long saved = spin_lock_irqsave(&table->lock);
    const uintptr_t *entry = entry_of(table, fd);
    int result = entry != NULL ? (int)(*entry & FD_CLOEXEC_BIT) : -EBADF;

    spin_unlock_irqrestore(&table->lock, saved);
    return result;
}

int fd_set_cloexec(struct fdtable *table, int fd, bool cloexec)
{
    unsigned long saved = spin_lock_irqsave(&table->lock);
    uintptr_t *entry = entry_of(table, fd);

    if (entry != NULL) {
        *entry = (*entry & ~FD_CLOEXEC_BIT) | (cloexec ? FD_CLOEXEC_BIT : 0);
    }
    spin_unlock_irqrestore(&table->lock, saved);
    return entry != NULL ? 0 : -EBADF;
}
