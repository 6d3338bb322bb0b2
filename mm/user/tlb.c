// SPDX-License-Identifier: MIT
// mm/user/tlb.c - what harts remember of address spaces.
#include "mm/user/tlb.h"

#include "kernel/base/bits.h"
#include "kernel/base/panic.h"
#include "kernel/omit.h"
#include "kernel/processor.h"
#include "kernel/riscv/csr.h"
#include "kernel/riscv/fence.h"
#include "kernel/riscv/irq.h"
#include "kernel/riscv/relax.h"
#include "kernel/riscv/sbi.h"
#include "kernel/user.h"
#include "mm/kmap.h"
#include "mm/layout.h"
#include "mm/user/space.h"
#include "sync/spinlock.h"

enum {
    CONTEXT_SHIFT = 16,   // aspace.context: generation << 16 | ASID
    FLUSH_PAGES_MAX = 16, // longer ranges are flushed as a whole
};

// What one hart has loaded. Written by it, interrupts off; read by all.
static struct hart_space {
    _Atomic(struct aspace *) loaded;  // satp; NULL: the kernel's table. release: see activate()
    _Atomic(struct aspace *) loading; // satp is about to be; relaxed: fences order it
    uint64_t generation;              // of the ASIDs that it may remember; its own
} ALIGNED(64) harts[MAX_HARTS];

static struct spinlock asid_lock = SPINLOCK_INIT("asids", RANK_ASIDS);
static uint64_t next_asid GUARDED_BY(asid_lock) = 1;
static uint64_t last_asid GUARDED_BY(asid_lock); // 0: there are none
static _Atomic(uint64_t) generation = 1; // written under asid_lock; release: pairs with activate()
static bool without_asids;               // constant after boot, tests aside
static uint64_t kernel_satp;             // constant after tlb_init()

// ---- ASIDs --------------------------------------------------------------------------------------

void tlb_init(void)
{
    kernel_satp = csr_read(satp);
    csr_write(satp, kernel_satp | (uint64_t)SATP_ASID_MASK << SATP_ASID_SHIFT);
    uint64_t kept = csr_read(satp) >> SATP_ASID_SHIFT & SATP_ASID_MASK;

    csr_write(satp, kernel_satp);
    sfence_vma_all();
    (void)tlb_limit_asids((unsigned)kept);
}

static void limit_asids(uint64_t asids) REQUIRES(asid_lock)
{
    last_asid = asids;
    next_asid = asids + 1; // the first that wants one begins a new generation
    without_asids = asids == 0;
}

unsigned tlb_limit_asids(unsigned asids)
{
    unsigned long saved = spin_lock_irqsave(&asid_lock);
    unsigned before = (unsigned)last_asid;

    limit_asids(asids);
    spin_unlock_irqrestore(&asid_lock, saved);
    return before;
}

void tlb_at_most(uint64_t asids)
{
    unsigned long saved = spin_lock_irqsave(&asid_lock);

    if (asids < last_asid) {
        limit_asids(asids);
    }
    spin_unlock_irqrestore(&asid_lock, saved);
}

// Give `as` an ASID of the present generation. Returns: its context.
static NOINLINE uint64_t new_context(struct aspace *as)
{
    spin_lock_irqoff(&asid_lock);
    // relaxed: both are written under the lock.
    uint64_t now = atomic_load_explicit(&generation, memory_order_relaxed);
    uint64_t context = atomic_load_explicit(&as->context, memory_order_relaxed);

    if (context >> CONTEXT_SHIFT != now) {
        if (next_asid > last_asid && last_asid != 0) {
            next_asid = 1;
            now++;
            // release: pairs with the acquire in activate().
            atomic_store_explicit(&generation, now, memory_order_release);
        }
        context = now << CONTEXT_SHIFT | (last_asid != 0 ? next_asid++ : 0);
        // release: pairs with the acquire in validated(). `seen` stays: a hart may be about to load
        // the space under the ASID that it had, and has to be given stale bits until it has.
        atomic_store_explicit(&as->context, context, memory_order_release);
    }
    spin_unlock_irqoff(&asid_lock);
    return context;
}

// ---- Loading a space ----------------------------------------------------------------------------

// Has the hart `me` ever loaded `as`?
static ALWAYS_INLINE bool has_seen(const struct aspace *as, uint64_t me)
{
    // relaxed: see the table in tlb.h.
    return likely((atomic_load_explicit(&as->seen, memory_order_relaxed) & me) != 0);
}

// This hart, `me`, is about to load `as`. Returns: whether what it remembers of it is stale.
static ALWAYS_INLINE bool begin_loading(struct aspace *as, struct hart_space *hart, uint64_t me)
{
    // relaxed, relaxed: see the table in tlb.h.
    atomic_store_explicit(&hart->loading, as, memory_order_relaxed);
    fence_full();
    return (atomic_load_explicit(&as->stale, memory_order_relaxed) & me) != 0;
}

static ALWAYS_INLINE uint64_t satp_of(const struct aspace *as, uint64_t context)
{
    return as->satp | (context & SATP_ASID_MASK) << SATP_ASID_SHIFT;
}

// Returns: the value of satp for `as` on this hart, which forgets what it has to.
static uint64_t validated(struct aspace *as, struct hart_space *hart, uint64_t me)
{
    // acquire: pairs with the releases in new_context().
    uint64_t now = atomic_load_explicit(&generation, memory_order_acquire);
    uint64_t context = atomic_load_explicit(&as->context, memory_order_acquire);

    if (unlikely(context >> CONTEXT_SHIFT != now)) {
        context = new_context(as);
        now = context >> CONTEXT_SHIFT;
    }
    uint64_t asid = context & SATP_ASID_MASK;

    if (unlikely(hart->generation != now)) {
        csr_write(satp, kernel_satp); // or it might go on remembering what is loaded
        if (!is_omitted(OMIT_ASID_FENCE)) {
            sfence_vma_all();
        }
        fence_code(); // before its first space: of pages that were filled before there was any
        hart->generation = now;
    }
    if (!has_seen(as, me)) {
        // relaxed: see the table in tlb.h.
        (void)atomic_fetch_or_explicit(&as->seen, me, memory_order_relaxed);
    }
    if (unlikely(begin_loading(as, hart, me))) {
        (void)atomic_fetch_and_explicit(&as->stale, ~me, memory_order_relaxed);
        sfence_vma_asid(asid);
        fence_code();
    }
    return satp_of(as, context);
}

static ALWAYS_INLINE void end_loading(struct aspace *as, struct hart_space *hart)
{
    // release: whoever finds the old space no longer here may free its table.
    atomic_store_explicit(&hart->loaded, as, memory_order_release);
    atomic_store_explicit(&hart->loading, NULL, memory_order_release);
}

void aspace_activate(struct aspace *as)
{
    unsigned cpu = this_hart()->cpu;
    struct hart_space *hart = &harts[cpu];

    // relaxed: this hart's own.
    if (atomic_load_explicit(&hart->loaded, memory_order_relaxed) == as) {
        return;
    }
    csr_write(satp, as != NULL ? validated(as, hart, bit(cpu)) : kernel_satp);
    if (unlikely(without_asids)) {
        sfence_vma_asid(0);
    }
    end_loading(as, hart);
}

static NOINLINE void *switch_slow(struct aspace *as, void *result)
{
    aspace_activate(as);
    __asm__("" : "+r"(result)); // or the caller would keep it itself, in a frame
    return result;
}

// In the path of every switch between programs: what is usual, without a frame.
void *aspace_switch(struct aspace *as, void *result)
{
    unsigned cpu = this_hart()->cpu;
    struct hart_space *hart = &harts[cpu];

    // relaxed: this hart's own.
    if (atomic_load_explicit(&hart->loaded, memory_order_relaxed) == as) {
        return result;
    }
    if (unlikely(as == NULL)) {
        return switch_slow(as, result);
    }
    // acquire: as in validated().
    uint64_t now = atomic_load_explicit(&generation, memory_order_acquire);
    uint64_t context = atomic_load_explicit(&as->context, memory_order_acquire);

    if (unlikely(without_asids || context >> CONTEXT_SHIFT != now || hart->generation != now ||
                 !has_seen(as, bit(cpu))) ||
        unlikely(begin_loading(as, hart, bit(cpu)))) {
        return switch_slow(as, result);
    }
    csr_write(satp, satp_of(as, context));
    end_loading(as, hart);
    return result;
}

// ---- Fencing ------------------------------------------------------------------------------------

static bool has_loaded(const struct hart_space *hart, const struct aspace *as)
{
    // acquire: pairs with the releases in aspace_activate(). In this order: who is past `loading`
    // has it in `loaded`.
    return atomic_load_explicit(&hart->loading, memory_order_acquire) == as ||
           atomic_load_explicit(&hart->loaded, memory_order_acquire) == as;
}

// The harts that have `as` loaded, as bits by cpu.
static uint64_t harts_with(const struct aspace *as)
{
    uint64_t mask = 0;

    for (unsigned cpu = 0; cpu < harts_present(); cpu++) {
        mask |= has_loaded(&harts[cpu], as) ? bit(cpu) : 0;
    }
    return mask;
}

// Take those harts out of *mask, bits by cpu, whose numbers one call to the firmware can name: from
// *base on. Returns: their bits.
static unsigned long take_nameable(uint64_t *mask, unsigned long *base)
{
    unsigned long named = 0;

    *base = processor_of(bit_lowest(*mask))->hart.hartid.raw;
    for (uint64_t left = *mask; left != 0; left &= left - 1) {
        unsigned cpu = bit_lowest(left);
        unsigned long offset = processor_of(cpu)->hart.hartid.raw - *base;

        if (offset < 64) {
            named |= bit((unsigned)offset);
            *mask &= ~bit(cpu);
        }
    }
    return named;
}

// Call the firmware for each hart of `mask`, bits by cpu.
static void on_harts(uint64_t mask, uint64_t va, uint64_t bytes,
                     int (*call)(unsigned long, unsigned long, const void *, size_t))
{
    fence_io(); // the stores before come before the device store that interrupts the other harts
    while (mask != 0) {
        unsigned long base;
        unsigned long named = take_nameable(&mask, &base);

        if (call(named, base, (const void *)va, bytes) != 0) {
            panic("the firmware cannot fence harts %lx from %lu on", named, base);
        }
    }
}

static int remote_fence_code(unsigned long mask, unsigned long base, const void *va, size_t bytes)
{
    (void)va;
    (void)bytes;
    return sbi_remote_fence_i(mask, base);
}

static void fence_here(uint64_t va, uint64_t bytes)
{
    if (bytes == PAGE_SIZE) {
        sfence_vma_user_page(va);
    } else {
        sfence_vma_asid(csr_read(satp) >> SATP_ASID_SHIFT & SATP_ASID_MASK);
    }
}

// Give *marked stale bits, but for this hart if it has `as` loaded, which *here says; *marked is
// then those that had none. Returns: the other harts that have it.
static uint64_t mark_stale(struct aspace *as, uint64_t *marked, bool *here)
{
    uint64_t me = bit(this_hart()->cpu);

    *here = has_loaded(&harts[this_hart()->cpu], as);
    *marked &= *here ? ~me : ~UINT64_C(0);
    if (*marked != 0) {
        // relaxed: see the table in tlb.h.
        *marked &= ~atomic_fetch_or_explicit(&as->stale, *marked, memory_order_relaxed);
    }
    fence_full();
    return harts_present() > 1 ? harts_with(as) & ~me : 0;
}

void tlb_flush(struct aspace *as, uint64_t va, uint64_t bytes)
{
    bool here;
    bool whole = bytes > FLUSH_PAGES_MAX * PAGE_SIZE;
    unsigned long saved = irq_save();

    fence_full();
    // relaxed: see the table in tlb.h.
    uint64_t marked = atomic_load_explicit(&as->seen, memory_order_relaxed);
    uint64_t others = mark_stale(as, &marked, &here);

    if (here) {
        fence_here(va, bytes);
    }
    irq_restore(saved);
    if (is_omitted(OMIT_HART_FENCE)) {
        others &= others - 1;
    }
    if (others != 0) {
        on_harts(others, whole ? 0 : va, whole ? 0 : bytes, sbi_remote_sfence_vma);
        // relaxed: they have fenced, so these bits ask for nothing more. Older ones may: of a hart
        // that is about to load the space, and has not looked yet.
        (void)atomic_fetch_and_explicit(&as->stale, ~(others & marked), memory_order_relaxed);
    }
}

void tlb_flush_here(uint64_t va)
{
    sfence_vma_user_page(va);
}

void tlb_flush_code(struct aspace *as)
{
    bool here;
    uint64_t marked = harts_present_mask;
    unsigned long saved = irq_save();

    as->has_code = true;
    fence_full(); // what is to be executed comes before the bits
    uint64_t others = mark_stale(as, &marked, &here);

    if (here) {
        fence_code();
    }
    irq_restore(saved);
    if (others != 0) {
        // The bits stay: they may ask for more than this.
        on_harts(others, 0, 0, remote_fence_code);
    }
}

void tlb_fork(struct aspace *to, const struct aspace *from)
{
    if (from->has_code) {
        // relaxed: a hart whose bit has gone fences before anything else runs there.
        uint64_t stale = atomic_load_explicit(&from->stale, memory_order_relaxed);

        to->has_code = true;
        atomic_store_explicit(&to->stale, stale, memory_order_relaxed);
    }
}

// ---- Leaving a space ----------------------------------------------------------------------------

void user_leave_space(void)
{
    struct hart_space *hart = &harts[this_hart()->cpu];
    // relaxed: this hart's own.
    struct aspace *as = atomic_load_explicit(&hart->loaded, memory_order_relaxed);

    // relaxed: whoever gave up the last reference interrupted this hart, or it does not matter.
    if (as != NULL && atomic_load_explicit(&as->refs, memory_order_relaxed) == 0) {
        aspace_activate(NULL);
    }
}

void tlb_leave(struct aspace *as)
{
    unsigned long saved = irq_save();

    user_leave_space();
    irq_restore(saved);
    for (uint64_t left = harts_with(as); left != 0; left &= left - 1) {
        ipi_send(bit_lowest(left), IPI_LEAVE);
    }
    while (harts_with(as) != 0) {
        cpu_relax(); // no longer than a hart takes to be interrupted
    }
}
