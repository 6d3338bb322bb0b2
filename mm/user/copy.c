// SPDX-License-Identifier: MIT
// mm/user/copy.c - between kernel memory and a program's.
//
// Short ones, and those of copy_word.c, go through the linear map: under the space's lock what an
// entry says stays so, and sstatus, whose change costs some machines all translations, is left
// alone.
#include "mm/user/copy.h"

#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "kernel/base/string.h"
#include "kernel/processor.h"
#include "kernel/riscv/csr.h"
#include "kernel/riscv/irq.h"
#include "kernel/riscv/usercopy.h"
#include "mm/user/copy_page.h"

enum { SHORT_BYTES = 8, MEDIUM_BYTES = COPY_AT_ONCE_MAX };

static bool range_is_user(uva_t at, size_t bytes)
{
    return bytes <= USER_END && at <= USER_END - bytes;
}

NOINLINE int copy_reach(struct aspace *as, uva_t va, enum fault_access access, char **at)
{
    while (!copy_reach_at_once(as, va, access, at)) {
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

// The result is hidden from the compiler, here and below: it would keep it itself, in a frame of
// the caller.
NOINLINE size_t copy_unlock_slow(struct aspace *as, size_t result)
{
    mutex_unlock(&as->lock);
    __asm__("" : "+r"(result));
    return result;
}

NOINLINE size_t copy_leave_slow(struct aspace *as, size_t result)
{
    mutex_unlock(&as->lock);
    irq_enable();
    __asm__("" : "+r"(result));
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

    while (done < bytes && copy_reach(as, at + done, access, &user) == 0) {
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
    (void)copy_leave(current_aspace(), 0);
    return move_slow(kernel, at, bytes, access);
}

// Up to SHORT_BYTES. Returns: as move_pages().
static ALWAYS_INLINE size_t move_short(char *kernel, uva_t at, size_t bytes,
                                       enum fault_access access) NO_TSA
{
    struct aspace *as = current_aspace();
    char *user;

    if (unlikely(!copy_is_in_page(at, bytes)) || !copy_enter(as)) {
        return move_slow(kernel, at, bytes, access);
    }
    if (!copy_find_at_once(as, at, access, &user)) {
        return move_locked_slow(kernel, at, bytes, access);
    }
    move(kernel, user, bytes, access);
    return copy_leave(as, bytes);
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

    if (unlikely(!copy_is_in_page(at, bytes)) || !mutex_trylock_inline(&as->lock)) {
        return 0;
    }
    if (!copy_find_at_once(as, at, access, &user)) {
        return copy_unlock(as, 0);
    }
    move(kernel, user, bytes, access);
    return copy_unlock(as, bytes);
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

// The result is hidden as in copy_unlock_slow().
static NOINLINE void *hold_nothing(struct aspace *as) NO_TSA
{
    void *nothing = NULL;

    (void)copy_leave(as, 0);
    __asm__("" : "+r"(nothing));
    return nothing;
}

void *hold_user_range(uva_t at, size_t bytes, bool to_write) NO_TSA
{
    struct aspace *as = current_aspace();
    char *user;

    if (unlikely(!copy_is_in_page(at, bytes)) || !copy_enter(as)) {
        return NULL;
    }
    if (!copy_find_at_once(as, at, to_write ? FAULT_STORE : FAULT_LOAD, &user)) {
        return hold_nothing(as);
    }
    return user;
}

void release_user_range(void) NO_TSA
{
    (void)copy_leave(current_aspace(), 0);
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
