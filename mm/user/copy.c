// SPDX-License-Identifier: MIT
// mm/user/copy.c - between kernel memory and a program's.
//
// Short ones, and strings, go through the linear map: under the space's lock what an entry says
// stays so, and sstatus, whose change costs some machines all translations, is left alone.
#include "mm/user/copy.h"

#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "kernel/base/string.h"
#include "kernel/processor.h"
#include "kernel/riscv/csr.h"
#include "kernel/riscv/irq.h"
#include "kernel/riscv/relax.h"
#include "kernel/riscv/usercopy.h"
#include "mm/user/space.h"
#include "mm/user/table.h"
#include "sync/block/mutex_inline.h"

enum { SHORT_BYTES = 8, MEDIUM_BYTES = COPY_AT_ONCE_MAX, LOCK_SPINS = 64 };

static bool range_is_user(uva_t at, size_t bytes)
{
    return bytes <= USER_END && at <= USER_END - bytes;
}

// ---- Through the linear map ---------------------------------------------------------------------

// Does `entry` let the program itself access `va` so? Then *at is where that is in the linear map.
static ALWAYS_INLINE bool through_entry(const pt_entry_t *entry, uva_t va, enum fault_access access,
                                        char **at)
{
    uint64_t needed = PTE_V | PTE_U | (access == FAULT_STORE ? PTE_W : PTE_R);
    uint64_t value = entry_load(entry);

    *at = (char *)entry_page(value) + (va & (PAGE_SIZE - 1));
    return likely((value & needed) == needed);
}

// The same of the entry that there is. Returns: false also if the page is not there yet.
static ALWAYS_INLINE bool reach_at_once(struct aspace *as, uva_t va, enum fault_access access,
                                        char **at) REQUIRES(as->lock)
{
    const pt_entry_t *entry = table_entry(as, va);

    return entry != NULL && through_entry(entry, va, access, at);
}

// The same, the page being faulted in. Returns: 0 or -EFAULT.
static NOINLINE int reach(struct aspace *as, uva_t va, enum fault_access access, char **at)
    REQUIRES(as->lock)
{
    while (!reach_at_once(as, va, access, at)) {
        if (va >= USER_END || space_fault_locked(as, va, access) != 0) {
            return -EFAULT;
        }
    }
    return 0;
}

// ---- In one page --------------------------------------------------------------------------------
//
// What nearly every short copy is, without a call or a frame of its own: the lock is free, nobody
// comes to wait for it, and the entry is found at once. Everything else is done by the functions
// called slow, which begin again. Interrupts are off meanwhile: a thread that were preempted with
// the lock would leave a queue behind it, in which each one is handed the lock while it sleeps.

// Are the `bytes` bytes at `at`, at least one, in one page?
static bool is_in_page(uva_t at, size_t bytes)
{
    return (at & (PAGE_SIZE - 1)) + bytes <= PAGE_SIZE;
}

// With the space locked: is the entry of `va` found at once, and as in through_entry()?
static ALWAYS_INLINE bool find_at_once(struct aspace *as, uva_t va, enum fault_access access,
                                       char **at) REQUIRES(as->lock)
{
    pt_entry_t *entry;

    return table_entry_at_once(as, va, &entry) && through_entry(entry, va, access, at);
}

// Take the lock, if that needs no waiting, interrupts being off from then on.
static ALWAYS_INLINE bool enter(struct aspace *as) NO_TSA
{
    irq_disable();
    if (mutex_trylock_inline(&as->lock)) {
        return true;
    }
    irq_enable();
    return false;
}

// Somebody waits. The result is hidden from the compiler: it would keep it itself, in a frame of
// the caller.
static NOINLINE size_t unlock_slow(struct aspace *as, size_t result) RELEASES(as->lock)
{
    mutex_unlock(&as->lock);
    __asm__("" : "+r"(result));
    return result;
}

// Release the lock. Returns: `result`, for a call in the place of a return.
static ALWAYS_INLINE size_t unlock(struct aspace *as, size_t result) NO_TSA
{
    return mutex_unlock_inline(&as->lock) ? result : unlock_slow(as, result);
}

static NOINLINE size_t leave_slow(struct aspace *as, size_t result) RELEASES(as->lock)
{
    mutex_unlock(&as->lock);
    irq_enable();
    __asm__("" : "+r"(result));
    return result;
}

// Undo enter(). Returns: as unlock().
static ALWAYS_INLINE size_t leave(struct aspace *as, size_t result) NO_TSA
{
    if (!mutex_unlock_inline(&as->lock)) {
        return leave_slow(as, result);
    }
    irq_enable();
    return result;
}

// Move bytes between `kernel` and `user`, which may be changing.
static ALWAYS_INLINE void move(char *kernel, char *user, size_t bytes, enum fault_access access)
{
    char *to = access == FAULT_STORE ? user : kernel;
    const char *from = access == FAULT_STORE ? kernel : user;

    if (bytes > sizeof(uint64_t)) {
        memcpy(to, from, bytes);
        return;
    }
    if (bytes == sizeof(uint64_t) && is_aligned((uint64_t)to | (uint64_t)from, sizeof(uint64_t))) {
        *(uint64_t *)(void *)to = *(const uint64_t *)(const void *)from;
        return;
    }
    while (bytes-- > 0) {
        *to++ = *from++;
    }
}

// Move bytes between `kernel` and `at`, page by page. Returns: how many, before the first that
// could not be.
static size_t move_pages(struct aspace *as, char *kernel, uva_t at, size_t bytes,
                         enum fault_access access) REQUIRES(as->lock)
{
    size_t done = 0;
    char *user;

    while (done < bytes && reach(as, at + done, access, &user) == 0) {
        size_t piece = min_u64(bytes - done, PAGE_SIZE - ((at + done) & (PAGE_SIZE - 1)));

        move(kernel + done, user, piece, access);
        done += piece;
    }
    return done;
}

static NOINLINE size_t move_slow(char *kernel, uva_t at, size_t bytes, enum fault_access access)
{
    struct aspace *as = current_aspace();

    mutex_lock(&as->lock);
    size_t done = move_pages(as, kernel, at, bytes, access);
    mutex_unlock(&as->lock);
    return done;
}

static NOINLINE size_t move_locked_slow(char *kernel, uva_t at, size_t bytes,
                                        enum fault_access access) NO_TSA
{
    (void)leave(current_aspace(), 0);
    return move_slow(kernel, at, bytes, access);
}

// Up to SHORT_BYTES. Returns: as move_pages().
static ALWAYS_INLINE size_t move_short(char *kernel, uva_t at, size_t bytes,
                                       enum fault_access access) NO_TSA
{
    struct aspace *as = current_aspace();
    char *user;

    if (unlikely(!is_in_page(at, bytes)) || !enter(as)) {
        return move_slow(kernel, at, bytes, access);
    }
    if (!find_at_once(as, at, access, &user)) {
        return move_locked_slow(kernel, at, bytes, access);
    }
    move(kernel, user, bytes, access);
    return leave(as, bytes);
}

// The same with more, where a call does not count.
static NOINLINE size_t move_medium(char *kernel, uva_t at, size_t bytes, enum fault_access access)
{
    return move_short(kernel, at, bytes, access);
}

// ---- The same for who has interrupts off already ------------------------------------------------

static ALWAYS_INLINE size_t move_at_once(char *kernel, uva_t at, size_t bytes,
                                         enum fault_access access) NO_TSA
{
    struct aspace *as = current_aspace();
    char *user;

    if (unlikely(!is_in_page(at, bytes)) || !mutex_trylock_inline(&as->lock)) {
        return 0;
    }
    if (!find_at_once(as, at, access, &user)) {
        return unlock(as, 0);
    }
    move(kernel, user, bytes, access);
    return unlock(as, bytes);
}

// Those that call memcpy(), which needs a frame.
static NOINLINE size_t load_medium_at_once(void *to, uva_t from, size_t bytes)
{
    return bytes > SHORT_BYTES ? move_at_once(to, from, bytes, FAULT_LOAD) : 0;
}

static NOINLINE size_t store_medium_at_once(uva_t to, const void *from, size_t bytes)
{
    return bytes > SHORT_BYTES ? move_at_once((char *)from, to, bytes, FAULT_STORE) : 0;
}

size_t copy_from_user_at_once(void *to, uva_t from, size_t bytes)
{
    return bytes <= SHORT_BYTES ? move_at_once(to, from, bytes, FAULT_LOAD)
                                : load_medium_at_once(to, from, bytes);
}

size_t copy_to_user_at_once(uva_t to, const void *from, size_t bytes)
{
    return bytes <= SHORT_BYTES ? move_at_once((char *)from, to, bytes, FAULT_STORE)
                                : store_medium_at_once(to, from, bytes);
}

// The result is hidden as in unlock_slow().
static NOINLINE void *hold_nothing(struct aspace *as) NO_TSA
{
    void *nothing = NULL;

    (void)leave(as, 0);
    __asm__("" : "+r"(nothing));
    return nothing;
}

void *hold_user_range(uva_t at, size_t bytes, bool to_write) NO_TSA
{
    struct aspace *as = current_aspace();
    char *user;

    if (unlikely(!is_in_page(at, bytes)) || !enter(as)) {
        return NULL;
    }
    if (!find_at_once(as, at, to_write ? FAULT_STORE : FAULT_LOAD, &user)) {
        return hold_nothing(as);
    }
    return user;
}

void release_user_range(void) NO_TSA
{
    (void)leave(current_aspace(), 0);
}

// ---- Strings and words --------------------------------------------------------------------------

long copy_string_from_user(char *to, uva_t from, size_t size)
{
    struct aspace *as = current_aspace();
    size_t length = 0;
    bool ended = false;
    int err = 0;

    mutex_lock(&as->lock);
    while (!ended && length < size && err == 0) {
        char *user;
        uva_t at = from + length;
        size_t piece = min_u64(size - length, PAGE_SIZE - (at & (PAGE_SIZE - 1)));

        err = reach(as, at, FAULT_LOAD, &user);
        for (size_t i = 0; err == 0 && i < piece && !ended; i++) {
            ended = (to[length] = user[i]) == '\0';
            length += !ended;
        }
    }
    mutex_unlock(&as->lock);
    if (err != 0) {
        return err;
    }
    return ended ? (long)length : -ENAMETOOLONG;
}

// lock_word() where the page has to be faulted in.
static NOINLINE int lock_word_slow(struct aspace *as, uva_t at, enum fault_access access,
                                   void **word) NO_TSA
{
    int err = reach(as, at, access, (char **)word);

    if (err != 0) {
        mutex_unlock(&as->lock);
    }
    return err;
}

// Somebody has the lock, most likely for another word: sleeping would take longer than that.
static NOINLINE void lock_contended(struct aspace *as) ACQUIRES(as->lock) NO_TSA
{
    for (unsigned i = 0; i < LOCK_SPINS && harts_online() > 1; i++) {
        cpu_relax();
        if (mutex_trylock(&as->lock)) {
            return;
        }
    }
    mutex_lock(&as->lock);
}

// Returns: 0 and, with as->lock held, where the aligned word is; -EINVAL; -EFAULT, without it.
static ALWAYS_INLINE int lock_word(struct aspace *as, uva_t at, size_t bytes,
                                   enum fault_access access, void **word) NO_TSA
{
    if (unlikely(!is_aligned(at, bytes))) {
        return -EINVAL;
    }
    if (unlikely(!mutex_trylock_inline(&as->lock))) {
        lock_contended(as);
    }
    return reach_at_once(as, at, access, (char **)word) ? 0 : lock_word_slow(as, at, access, word);
}

int get_user_u32(uint32_t *value, uva_t from) NO_TSA
{
    struct aspace *as = current_aspace();
    void *word;
    int err = lock_word(as, from, sizeof(*value), FAULT_LOAD, &word);

    if (likely(err == 0)) {
        // relaxed: the program orders its own accesses.
        *value = atomic_load_explicit((_Atomic(uint32_t) *)word, memory_order_relaxed);
        mutex_unlock(&as->lock);
    }
    return err;
}

int get_user_u64(uint64_t *value, uva_t from) NO_TSA
{
    struct aspace *as = current_aspace();
    void *word;
    int err = lock_word(as, from, sizeof(*value), FAULT_LOAD, &word);

    if (likely(err == 0)) {
        // relaxed: as above.
        *value = atomic_load_explicit((_Atomic(uint64_t) *)word, memory_order_relaxed);
        mutex_unlock(&as->lock);
    }
    return err;
}

int put_user_u32(uva_t to, uint32_t value) NO_TSA
{
    struct aspace *as = current_aspace();
    void *word;
    int err = lock_word(as, to, sizeof(value), FAULT_STORE, &word);

    if (likely(err == 0)) {
        // release: what the kernel did before is over for who sees the word.
        atomic_store_explicit((_Atomic(uint32_t) *)word, value, memory_order_release);
        mutex_unlock(&as->lock);
    }
    return err;
}

int put_user_u64(uva_t to, uint64_t value) NO_TSA
{
    struct aspace *as = current_aspace();
    void *word;
    int err = lock_word(as, to, sizeof(value), FAULT_STORE, &word);

    if (likely(err == 0)) {
        // release: as above.
        atomic_store_explicit((_Atomic(uint64_t) *)word, value, memory_order_release);
        mutex_unlock(&as->lock);
    }
    return err;
}

int hold_user_u32(_Atomic(uint32_t) **word, uva_t at) NO_TSA
{
    return lock_word(current_aspace(), at, sizeof(uint32_t), FAULT_LOAD, (void **)word);
}

void release_user_word(void) NO_TSA
{
    mutex_unlock(&current_aspace()->lock);
}

// Is the word at `at` the last in its page?
static bool is_last_in_page(uva_t at)
{
    return (at & (PAGE_SIZE - 1)) == PAGE_SIZE - sizeof(uint64_t);
}

int get_user_pair(uint64_t pair[2], uva_t from) NO_TSA
{
    struct aspace *as = current_aspace();
    void *word;

    if (unlikely(!is_aligned(from, sizeof(*pair))) || unlikely(is_last_in_page(from))) {
        return copy_from_user(pair, from, 2 * sizeof(pair[0]));
    }
    int err = lock_word(as, from, sizeof(pair[0]), FAULT_LOAD, &word);
    if (likely(err == 0)) {
        pair[0] = ((const uint64_t *)word)[0];
        pair[1] = ((const uint64_t *)word)[1];
        mutex_unlock(&as->lock);
    }
    return err;
}

static NOINLINE long put_pair_slow(uva_t to, uint64_t first, uint64_t second)
{
    return copy_to_user(to, (const uint64_t[2]){first, second}, 2 * sizeof(first));
}

static NOINLINE long put_pair_locked_slow(uva_t to, uint64_t first, uint64_t second) NO_TSA
{
    mutex_unlock(&current_aspace()->lock);
    return put_pair_slow(to, first, second);
}

long put_user_pair(uva_t to, uint64_t first, uint64_t second) NO_TSA
{
    struct aspace *as = current_aspace();
    char *at;

    if (unlikely(!is_aligned(to, sizeof(first))) || unlikely(is_last_in_page(to)) ||
        !mutex_trylock_inline(&as->lock)) {
        return put_pair_slow(to, first, second);
    }
    if (!find_at_once(as, to, FAULT_STORE, &at)) {
        return put_pair_locked_slow(to, first, second);
    }
    uint64_t *pair = (uint64_t *)(void *)at;

    pair[0] = first;
    pair[1] = second;
    return (long)unlock(as, 0);
}

int compare_exchange_user_u32(uva_t at, uint32_t expected, uint32_t desired, uint32_t *found) NO_TSA
{
    struct aspace *as = current_aspace();
    void *word;
    int err = lock_word(as, at, sizeof(expected), FAULT_STORE, &word);

    if (err == 0) {
        // acq_rel: it may be a lock of the program's.
        (void)atomic_compare_exchange_strong_explicit((_Atomic(uint32_t) *)word, &expected, desired,
                                                      memory_order_acq_rel, memory_order_acquire);
        *found = expected;
        mutex_unlock(&as->lock);
    }
    return err;
}

// ---- By the program's own addresses -------------------------------------------------------------

static NOINLINE size_t copy_long(void *to, const void *from, size_t bytes)
{
    csr_set(sstatus, SSTATUS_SUM);
    size_t left = user_copy(to, from, bytes);

    csr_clear(sstatus, SSTATUS_SUM);
    return bytes - left;
}

size_t copy_from_user_part(void *to, uva_t from, size_t bytes)
{
    if (likely(bytes <= SHORT_BYTES)) {
        return move_short(to, from, bytes, FAULT_LOAD);
    }
    if (bytes <= MEDIUM_BYTES) {
        return move_medium(to, from, bytes, FAULT_LOAD);
    }
    size_t valid = from < USER_END ? min_u64(bytes, USER_END - from) : 0;

    return copy_long(to, (const void *)from, valid);
}

size_t copy_to_user_part(uva_t to, const void *from, size_t bytes)
{
    if (likely(bytes <= SHORT_BYTES)) {
        return move_short((char *)from, to, bytes, FAULT_STORE);
    }
    if (bytes <= MEDIUM_BYTES) {
        return move_medium((char *)from, to, bytes, FAULT_STORE);
    }
    size_t valid = to < USER_END ? min_u64(bytes, USER_END - to) : 0;

    return copy_long((void *)to, from, valid);
}

int copy_from_user(void *to, uva_t from, size_t bytes)
{
    return range_is_user(from, bytes) && copy_from_user_part(to, from, bytes) == bytes ? 0
                                                                                       : -EFAULT;
}

int copy_to_user(uva_t to, const void *from, size_t bytes)
{
    return range_is_user(to, bytes) && copy_to_user_part(to, from, bytes) == bytes ? 0 : -EFAULT;
}

int clear_user(uva_t to, size_t bytes)
{
    static char zeros[MEDIUM_BYTES];

    if (!range_is_user(to, bytes)) {
        return -EFAULT;
    }
    if (bytes <= MEDIUM_BYTES) {
        return move_medium(zeros, to, bytes, FAULT_STORE) == bytes ? 0 : -EFAULT;
    }
    csr_set(sstatus, SSTATUS_SUM);
    size_t left = user_clear((void *)to, bytes);

    csr_clear(sstatus, SSTATUS_SUM);
    return left == 0 ? 0 : -EFAULT;
}

int copy_pieces_from_user(const struct user_piece *pieces, unsigned nr)
{
    bool whole = true;

    csr_set(sstatus, SSTATUS_SUM);
    for (unsigned i = 0; i < nr && whole; i++) {
        const struct user_piece *piece = &pieces[i];

        whole = range_is_user(piece->at, piece->bytes) &&
                user_copy(piece->kernel, (const void *)piece->at, piece->bytes) == 0;
    }
    csr_clear(sstatus, SSTATUS_SUM);
    return whole ? 0 : -EFAULT;
}

int copy_pieces_to_user(const struct user_piece *pieces, unsigned nr)
{
    bool whole = true;

    csr_set(sstatus, SSTATUS_SUM);
    for (unsigned i = 0; i < nr && whole; i++) {
        const struct user_piece *piece = &pieces[i];

        whole = range_is_user(piece->at, piece->bytes) &&
                user_copy((void *)piece->at, piece->kernel, piece->bytes) == 0;
    }
    csr_clear(sstatus, SSTATUS_SUM);
    return whole ? 0 : -EFAULT;
}

// Where to go on after a fault at `sepc`. Returns: 0: it is not in a routine that may fault.
static uint64_t resume_at(uint64_t sepc)
{
    for (const struct user_copy_range *r = user_copy_ranges; r < user_copy_ranges_end; r++) {
        if (sepc >= r->first && sepc < r->end) {
            return r->resume;
        }
    }
    return 0;
}

bool copy_handle_fault(struct aspace *as, struct trap_frame *frame)
{
    uint64_t resume = resume_at(frame->sepc);

    if (resume == 0) {
        return false;
    }
    csr_clear(sstatus, SSTATUS_SUM); // the frame has it for the way back; not for whoever is next
    enum fault_access access = frame->scause == EXC_STORE_PAGE ? FAULT_STORE : FAULT_LOAD;

    if (aspace_fault(as, frame->stval, access) != 0) {
        frame->sepc = resume;
    }
    return true;
}
