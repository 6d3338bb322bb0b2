// SPDX-License-Identifier: MIT
// tools/model/payload/contention.c - harts that take one lock in turn, and the order in which they
// had it.
//
// The sample begins and ends with the model's hints on hart 0. `order` is a hash over the owners in
// their order: two runs in which it is equal had the same interleaving, as far as the lock goes.
// `racy` is incremented without the lock: it shows how often a load and the store that follows it
// are torn apart.
#include "tools/model/payload/contention.h"

#include <stdbool.h>

#include "kernel/abi/model.h"
#include "kernel/riscv/csr.h"
#include "kernel/riscv/delay.h"
#include "spin_all.h" // generated: every lock of all.def and controls.def
#include "tools/model/payload/parameters.h"
#include "tools/model/payload/record.h"
#include "tools/model/payload/virt.h"

#define LINE _Alignas(SPIN_LINE_BYTES)

union any_lock {
#define SPIN(name) struct name name;
#include "sync/spin/all.def"
#undef SPIN
};

struct hart {
    LINE struct spin_node node;
    uint64_t acquired;
    uint64_t interrupts; // of the timer
    uint64_t retired;    // instructions, from reset to the end of its last turn
};

static struct {
    LINE union any_lock lock;
    // Written by the holder.
    LINE _Atomic uint64_t total;
    uint64_t order;
    LINE atomic_bool stop;
    LINE _Atomic uint64_t racy;
    LINE _Atomic uint64_t arrived;
    LINE atomic_bool go;
    LINE _Atomic uint64_t left;
    uint64_t ticks, cycles, instructions; // when it began on hart 0, then how many it took
    struct hart hart[PAYLOAD_MAX_HARTS];
} sample;

static bool running(void)
{
    return !atomic_load_explicit(&sample.stop, memory_order_relaxed);
}

// The critical section: nothing in it if the sample has just ended.
static void hold(const struct parameters *p, uint64_t me)
{
    if (!running()) {
        return;
    }
    uint64_t total = atomic_load_explicit(&sample.total, memory_order_relaxed) + 1;

    atomic_store_explicit(&sample.total, total, memory_order_relaxed);
    sample.order = (sample.order ^ (me + 1)) * 0x100000001b3; // FNV-1a's prime
    sample.hart[me].acquired++;
    spin_iterations(p->cs);
    if (total == p->total || (p->window != 0 && csr_read(time) - sample.ticks >= p->window)) {
        atomic_store_explicit(&sample.stop, true, memory_order_relaxed);
    }
}

static void think(const struct parameters *p)
{
    if (p->checks) {
        uint64_t n = atomic_load_explicit(&sample.racy, memory_order_relaxed);

        atomic_store_explicit(&sample.racy, n + 1, memory_order_relaxed);
    }
    spin_iterations(p->think);
}

// One loop for each lock, so that nothing measured is called through a pointer.
#define SPIN(name)                                                                                 \
    static void turns_##name(const struct parameters *p, uint64_t me)                              \
    {                                                                                              \
        while (running()) {                                                                        \
            name##_lock(&sample.lock.name, &sample.hart[me].node);                                 \
            hold(p, me);                                                                           \
            name##_unlock(&sample.lock.name, &sample.hart[me].node);                               \
            think(p);                                                                              \
        }                                                                                          \
    }
#include "sync/spin/all.def"
#undef SPIN

static void (*const turns[])(const struct parameters *p, uint64_t me) = {
#define SPIN(name) turns_##name,
#include "sync/spin/all.def"
#undef SPIN
};

// The trap handler: only the timer interrupts.
__attribute__((interrupt("machine"), aligned(4))) static void timer_interrupt(void)
{
    uint64_t me = csr_read(mhartid);

    sample.hart[me].interrupts++;
    virt_set_timer(me, csr_read(time) + parameters()->tick);
}

static void start_timer(const struct parameters *p, uint64_t me)
{
    if (p->tick != 0) {
        csr_write(mtvec, (uintptr_t)timer_interrupt);
        virt_set_timer(me, csr_read(time) + p->tick);
        csr_set(mie, MIE_TIMER);
        csr_set(mstatus, MSTATUS_MIE);
    }
}

static void await(_Atomic uint64_t *count, uint64_t wanted)
{
    while (atomic_load_explicit(count, memory_order_acquire) != wanted) {
        cpu_relax();
    }
}

// Hart 0 begins the sample when all have arrived.
static void begin(const struct parameters *p)
{
    await(&sample.arrived, p->harts);
    __asm__ volatile("slti x0, x0, %0" ::"i"(MODEL_HINT_BEGIN));
    sample.instructions = csr_read(instret);
    sample.cycles = csr_read(cycle);
    sample.ticks = csr_read(time);
    atomic_store_explicit(&sample.go, true, memory_order_release);
}

static void end(const struct parameters *p)
{
    sample.ticks = csr_read(time) - sample.ticks;
    sample.cycles = csr_read(cycle) - sample.cycles;
    sample.instructions = csr_read(instret) - sample.instructions;
    __asm__ volatile("slti x0, x0, %0" ::"i"(MODEL_HINT_END));
    await(&sample.left, p->harts - 1);
}

void contention_run(uint64_t me)
{
    const struct parameters *p = parameters();

    start_timer(p, me);
    atomic_fetch_add_explicit(&sample.arrived, 1, memory_order_release);
    if (me == 0) {
        begin(p);
    }
    while (!atomic_load_explicit(&sample.go, memory_order_acquire)) {
        cpu_relax();
    }
    turns[p->lock](p, me);
    csr_clear(mstatus, MSTATUS_MIE);
    sample.hart[me].retired = csr_read(instret);
    if (me == 0) {
        end(p);
    } else {
        atomic_fetch_add_explicit(&sample.left, 1, memory_order_release);
    }
}

void contention_record(void)
{
    const struct parameters *p = parameters();
    uint64_t stride = sizeof(struct hart) / sizeof(uint64_t);

    record_number("order", sample.order);
    record_number("ticks", sample.ticks);
    record_number("cycles", sample.cycles);
    record_number("instructions", sample.instructions);
    record_number("racy", atomic_load_explicit(&sample.racy, memory_order_relaxed));
    record_list("acquired", &sample.hart[0].acquired, p->harts, stride);
    record_list("interrupts", &sample.hart[0].interrupts, p->harts, stride);
    record_list("retired", &sample.hart[0].retired, p->harts, stride);
}
