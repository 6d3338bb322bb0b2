// SPDX-License-Identifier: MIT
// mm/user/vmo.c - memory objects.
//
// Invariant:  what is mapped of an object is one of its pages, or a page that was before its lock
//             was last released by whoever changed that, and who now unmaps it: so nobody keeps a
//             page that the object has given up.
// Invariant:  nobody writes a page of the object's own while the fixed page whose place it took may
//             still be mapped: else a program could read there what was before, after it has seen
//             what was written later.
// Invariant:  behind the object's end, its last page has zeros, as far as mappings leave it so.
#include "mm/user/vmo.h"

#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "kernel/base/list.h"
#include "kernel/base/panic.h"
#include "kernel/base/string.h"
#include "mm/layout.h"
#include "mm/memory.h"
#include "mm/objcache.h"
#include "mm/user/page.h"
#include "mm/user/radix.h"
#include "mm/user/space.h"
#include "mm/user/vmo_map.h"
#include "sync/block/mutex.h"
#include "sync/spinlock.h"

struct vmo {
    atomic_uint refs; // relaxed up, acq_rel down
    struct mutex lock;
    struct mutex zapping; // taken before spaces' locks; who unmaps pages that have been given up
    // guarded by: lock.
    _Atomic(uint64_t) bytes;    // relaxed: read racily by vmo_bytes()
    struct radix pages;         // its own
    _Atomic(uint64_t) nr_pages; // of these; the same
    const char *fixed;          // in the linear map; NULL: not fixed. Constant
    uint64_t fixed_bytes;       // that still count
    uint64_t replacing;         // the fixed page that is being unmapped; NOT_A_PAGE: none
    // As many pages from the first on are fixed ones, none replaced. It only falls. relaxed: read
    // without the lock, see is_at_hand().
    _Atomic(uint64_t) untouched;
    struct spinlock mappings_lock;
    // guarded by: mappings_lock.
    struct list mappings; // of area.mapping, and the cursor
    struct list cursor;   // linked behind what zap_everywhere() has seen
};

#define NOT_A_PAGE UINT64_MAX

static struct objcache vmos = OBJCACHE_INIT(vmos, struct vmo);

static uint64_t bytes_of(const struct vmo *vmo)
{
    // relaxed: see the fields, here and in the two below.
    return atomic_load_explicit(&vmo->bytes, memory_order_relaxed);
}

static void count_pages(struct vmo *vmo, uint64_t more)
{
    (void)atomic_fetch_add_explicit(&vmo->nr_pages, more, memory_order_relaxed);
}

uint64_t vmo_bytes(const struct vmo *vmo)
{
    return bytes_of(vmo);
}

uint64_t vmo_pages(const struct vmo *vmo)
{
    return atomic_load_explicit(&vmo->nr_pages, memory_order_relaxed);
}

// ---- Life ---------------------------------------------------------------------------------------

struct vmo *vmo_new(uint64_t bytes)
{
    struct vmo *vmo = objcache_alloc_or_reclaim(&vmos);

    if (vmo != NULL) {
        *vmo = (struct vmo){.replacing = NOT_A_PAGE};
        atomic_init(&vmo->refs, 1);
        atomic_init(&vmo->bytes, bytes);
        mutex_init(&vmo->lock);
        mutex_init(&vmo->zapping);
        spin_init(&vmo->mappings_lock, "mappings", RANK_OBJCACHE);
        list_init(&vmo->mappings);
        list_init(&vmo->cursor);
    }
    return vmo;
}

struct vmo *vmo_new_fixed(const void *data, uint64_t bytes)
{
    struct vmo *vmo = vmo_new(bytes);

    assert(is_aligned((uint64_t)data, PAGE_SIZE));
    if (vmo != NULL) {
        vmo->fixed = pa_to_va(va_to_pa(data));
        vmo->fixed_bytes = bytes;
        atomic_init(&vmo->untouched, bytes >> PAGE_SHIFT);
    }
    return vmo;
}

struct vmo *vmo_get(struct vmo *vmo)
{
    // relaxed: the caller has a reference already.
    (void)atomic_fetch_add_explicit(&vmo->refs, 1, memory_order_relaxed);
    return vmo;
}

static bool is_mapped(struct vmo *vmo)
{
    unsigned long saved = spin_lock_irqsave(&vmo->mappings_lock);
    bool mapped = !list_is_empty(&vmo->mappings);

    spin_unlock_irqrestore(&vmo->mappings_lock, saved);
    return mapped;
}

// Give up the object's own pages from `number` on.
static void drop_pages(struct vmo *vmo, uint64_t number)
{
    void *page;

    while ((page = radix_take(&vmo->pages, &number)) != NULL) {
        page_put(page);
        count_pages(vmo, -UINT64_C(1));
    }
}

void vmo_put(struct vmo *vmo)
{
    // release and acquire: what others did to the object is over before it goes.
    if (atomic_fetch_sub_explicit(&vmo->refs, 1, memory_order_acq_rel) != 1) {
        return;
    }
    debug_assert(!is_mapped(vmo));
    drop_pages(vmo, 0);
    objcache_free(&vmos, vmo);
}

// ---- Mappings -----------------------------------------------------------------------------------

void vmo_add_mapping(struct area *area)
{
    struct vmo *vmo = area->vmo;
    unsigned long saved = spin_lock_irqsave(&vmo->mappings_lock);

    list_push_back(&vmo->mappings, &area->mapping);
    spin_unlock_irqrestore(&vmo->mappings_lock, saved);
}

void vmo_remove_mapping(struct area *area)
{
    struct vmo *vmo = area->vmo;
    unsigned long saved = spin_lock_irqsave(&vmo->mappings_lock);

    list_remove(&area->mapping);
    spin_unlock_irqrestore(&vmo->mappings_lock, saved);
}

// Move the cursor behind the next area whose space is not `seen`, the one found last.
// Returns: that space, with a reference; NULL: there is none. One that is going away is passed
// over: nothing runs there any more.
static struct aspace *next_space(struct vmo *vmo, const struct aspace *seen)
{
    struct aspace *found = NULL;
    struct list *node;
    unsigned long saved = spin_lock_irqsave(&vmo->mappings_lock);

    while (found == NULL && (node = list_after(&vmo->mappings, &vmo->cursor)) != NULL) {
        struct aspace *as = list_entry(node, struct area, mapping)->as;

        list_remove(&vmo->cursor);
        list_insert_before(node->next, &vmo->cursor);
        found = as != seen && space_try_get(as) ? as : NULL;
    }
    spin_unlock_irqrestore(&vmo->mappings_lock, saved);
    return found;
}

// Unmap pages [first, end) wherever they are mapped, or only where that is the page `only`. Areas
// that come meanwhile come last, and are seen, too.
static void zap_everywhere(struct vmo *vmo, uint64_t first, uint64_t end, const void *only)
    REQUIRES(vmo->zapping)
{
    struct aspace *as = NULL;
    unsigned long saved = spin_lock_irqsave(&vmo->mappings_lock);

    list_push_front(&vmo->mappings, &vmo->cursor);
    spin_unlock_irqrestore(&vmo->mappings_lock, saved);
    while ((as = next_space(vmo, as)) != NULL) {
        space_zap_object(as, vmo, first, end, only);
        aspace_put(as);
    }
    saved = spin_lock_irqsave(&vmo->mappings_lock);
    list_remove(&vmo->cursor);
    spin_unlock_irqrestore(&vmo->mappings_lock, saved);
}

// ---- Pages --------------------------------------------------------------------------------------

static uint64_t pages_in(uint64_t bytes)
{
    return (bytes + PAGE_SIZE - 1) >> PAGE_SHIFT;
}

// The fixed page `number`; NULL if it is none, or counts only in part.
static void *fixed_page(const struct vmo *vmo, uint64_t number)
{
    return number < vmo->fixed_bytes >> PAGE_SHIFT ? (void *)(vmo->fixed + number * PAGE_SIZE)
                                                   : NULL;
}

// The pages from `number` on may not be fixed ones any more.
static void touch(struct vmo *vmo, uint64_t number) REQUIRES(vmo->lock)
{
    // relaxed: written under the lock.
    uint64_t untouched = atomic_load_explicit(&vmo->untouched, memory_order_relaxed);

    atomic_store_explicit(&vmo->untouched, min_u64(untouched, number), memory_order_relaxed);
}

// Is page `number` a fixed one, as one can see without the lock? Most are, of programs: all their
// processes fault on the same object, and the lock, a mutex, would be handed from one to the next
// while it sleeps. Who maps the page holds the lock of the space. If it takes that before the space
// is looked through for a page that has just been replaced, its entry goes with the others; if
// later, that lock has taken it the news.
static bool is_at_hand(const struct vmo *vmo, uint64_t number)
{
    // relaxed: see above; who only reads the page reads what was there when it began.
    return number < atomic_load_explicit(&vmo->untouched, memory_order_relaxed);
}

static void *page_at_hand(const struct vmo *vmo, uint64_t number)
{
    return (void *)(vmo->fixed + number * PAGE_SIZE);
}

// Put in a page of the object's own where it has none, with what it has there.
// Returns: 0 and the page; -ENOMEM.
static int make_page(struct vmo *vmo, uint64_t number, void **page) REQUIRES(vmo->lock)
{
    uint64_t at = number * PAGE_SIZE;
    uint64_t bytes = at < vmo->fixed_bytes ? min_u64(vmo->fixed_bytes - at, PAGE_SIZE) : 0;
    void *made = number < RADIX_END ? page_new() : NULL;

    if (made == NULL) {
        return -ENOMEM;
    }
    if (bytes != 0) {
        memcpy(made, vmo->fixed + at, bytes);
    }
    if (radix_insert(&vmo->pages, number, made) != 0) {
        page_put(made);
        return -ENOMEM;
    }
    count_pages(vmo, 1);
    touch(vmo, number);
    *page = made;
    return 0;
}

// Is there something that reads as other than zeros?
static bool has_contents(const struct vmo *vmo, uint64_t number)
{
    return number * PAGE_SIZE < vmo->fixed_bytes;
}

// Find page `number`, which is before the end. Returns: 0 and the page, not held, in *page, and
// whether it is the object's own; -ENOMEM.
static int find_page(struct vmo *vmo, uint64_t number, bool write, void **page, bool *own)
    REQUIRES(vmo->lock)
{
    *own = true;
    *page = radix_find(&vmo->pages, number);
    if (*page != NULL) {
        return 0;
    }
    if (!write) {
        *page = fixed_page(vmo, number);
        if (*page == NULL && !has_contents(vmo, number)) {
            *page = zero_page;
        }
        if (*page != NULL) {
            *own = false;
            return 0;
        }
    }
    return make_page(vmo, number, page);
}

// The same, held, for who does not know where the end is. *replaced: the fixed page that is not the
// object's any more, and that the caller unmaps; NULL: none.
static int hold_page(struct vmo *vmo, uint64_t number, bool write, void **page, void **replaced)
{
    bool own;
    int err = -ENXIO;

    *replaced = NULL;
    mutex_lock(&vmo->lock);
    if (number < pages_in(bytes_of(vmo))) {
        bool had = radix_find(&vmo->pages, number) != NULL;

        err = find_page(vmo, number, write, page, &own);
        if (err == 0) {
            page_get(*page);
            *replaced = !had && own ? fixed_page(vmo, number) : NULL;
            vmo->replacing = *replaced != NULL ? number : vmo->replacing;
        }
    }
    mutex_unlock(&vmo->lock);
    return err;
}

// hold_page() to write, in an object whose fixed pages may be mapped: by one after the other.
static int hold_in_place_of_fixed(struct vmo *vmo, uint64_t number, void **page)
{
    void *replaced;

    mutex_lock(&vmo->zapping);
    int err = hold_page(vmo, number, true, page, &replaced);

    if (replaced != NULL) {
        zap_everywhere(vmo, number, number + 1, replaced);
        mutex_lock(&vmo->lock);
        vmo->replacing = NOT_A_PAGE;
        mutex_unlock(&vmo->lock);
    }
    mutex_unlock(&vmo->zapping);
    return err;
}

int vmo_page(struct vmo *vmo, uint64_t number, bool write, void **page)
{
    void *replaced;

    if (!write && is_at_hand(vmo, number)) {
        *page = page_at_hand(vmo, number);
        page_get(*page);
        return 0;
    }
    return write && vmo->fixed != NULL ? hold_in_place_of_fixed(vmo, number, page)
                                       : hold_page(vmo, number, write, page, &replaced);
}

int vmo_page_to_map(struct vmo *vmo, uint64_t number, void **page, bool *own)
{
    int err = -ENXIO;

    if (is_at_hand(vmo, number)) {
        *page = page_at_hand(vmo, number);
        *own = false;
        return 0;
    }
    mutex_lock(&vmo->lock);
    if (number < pages_in(bytes_of(vmo))) {
        bool in_place = radix_find(&vmo->pages, number) == NULL && fixed_page(vmo, number) != NULL;

        err = number == vmo->replacing ? -EAGAIN : find_page(vmo, number, !in_place, page, own);
        if (err == 0 && *own) {
            page_get(*page);
        }
    }
    mutex_unlock(&vmo->lock);
    return err;
}

const void *vmo_fixed_pages(const struct vmo *vmo, uint64_t first, uint64_t *end)
{
    // relaxed: see is_at_hand().
    *end = min_u64(*end, atomic_load_explicit(&vmo->untouched, memory_order_relaxed));
    return first < *end ? page_at_hand(vmo, first) : NULL;
}

bool vmo_has_page(struct vmo *vmo, uint64_t number)
{
    mutex_lock(&vmo->lock);
    bool has = radix_find(&vmo->pages, number) != NULL || has_contents(vmo, number);

    mutex_unlock(&vmo->lock);
    return has;
}

// ---- Size ---------------------------------------------------------------------------------------

// What is behind the end, in the last page of the object's own, becomes zeros.
static void clear_tail(struct vmo *vmo, uint64_t bytes) REQUIRES(vmo->lock)
{
    char *page = radix_find(&vmo->pages, bytes >> PAGE_SHIFT);
    uint64_t used = bytes & (PAGE_SIZE - 1);

    if (used != 0 && page != NULL) {
        memset(page + used, 0, PAGE_SIZE - used);
    }
}

int vmo_resize(struct vmo *vmo, uint64_t bytes)
{
    if (bytes > RADIX_END * PAGE_SIZE) {
        return -EFBIG;
    }
    mutex_lock(&vmo->lock);
    uint64_t old = bytes_of(vmo);

    clear_tail(vmo, min_u64(old, bytes));
    // relaxed: see the field.
    atomic_store_explicit(&vmo->bytes, bytes, memory_order_relaxed);
    vmo->fixed_bytes = min_u64(vmo->fixed_bytes, bytes);
    touch(vmo, vmo->fixed_bytes >> PAGE_SHIFT);
    if (bytes < old) {
        drop_pages(vmo, pages_in(bytes));
    }
    bool mapped = is_mapped(vmo);
    bool tail_is_own = radix_find(&vmo->pages, bytes >> PAGE_SHIFT) != NULL;

    mutex_unlock(&vmo->lock);
    if (bytes < old && mapped) {
        // A fixed page that counts only in part from now on may not stay mapped either.
        mutex_lock(&vmo->zapping);
        zap_everywhere(vmo, tail_is_own ? pages_in(bytes) : bytes >> PAGE_SHIFT, pages_in(old),
                       NULL);
        mutex_unlock(&vmo->zapping);
    }
    return 0;
}

// ---- Reading and writing ------------------------------------------------------------------------

// Copy one piece inside a page, at `offset`. Returns: 0; -ENXIO past the end; -ENOMEM.
static int copy_piece(struct vmo *vmo, uint64_t offset, char *buffer, size_t bytes, bool write)
{
    char *page;
    int err = vmo_page(vmo, offset >> PAGE_SHIFT, write, (void **)&page);

    if (err != 0) {
        return err;
    }
    char *at = page + (offset & (PAGE_SIZE - 1));

    if (write) {
        memcpy(at, buffer, bytes);
    } else {
        memcpy(buffer, at, bytes);
    }
    page_put(page);
    return 0;
}

static long copy(struct vmo *vmo, uint64_t offset, char *buffer, size_t bytes, bool write)
{
    uint64_t size = bytes_of(vmo);
    uint64_t end = offset >= size ? offset : offset + min_u64(bytes, size - offset);

    for (uint64_t at = offset; at < end;) {
        uint64_t piece = min_u64(end - at, PAGE_SIZE - (at & (PAGE_SIZE - 1)));
        int err = copy_piece(vmo, at, buffer + (at - offset), piece, write);

        if (err != 0) { // cut off meanwhile, or short of memory
            return at > offset || err == -ENXIO ? (long)(at - offset) : err;
        }
        at += piece;
    }
    return (long)(end - offset);
}

long vmo_read(struct vmo *vmo, uint64_t offset, void *buffer, size_t bytes)
{
    return copy(vmo, offset, buffer, bytes, false);
}

long vmo_write(struct vmo *vmo, uint64_t offset, const void *buffer, size_t bytes)
{
    return copy(vmo, offset, (char *)buffer, bytes, true);
}
