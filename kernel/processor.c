// SPDX-License-Identifier: MIT
// kernel/processor.c - which harts there are, starting them, and asking one for something.
#include "kernel/processor.h"

#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "kernel/base/fdt_cpu.h"
#include "kernel/base/string.h"
#include "kernel/console.h"
#include "kernel/dispatch.h"
#include "kernel/panic.h"
#include "kernel/riscv/fence.h"
#include "kernel/riscv/hart_start.h"
#include "kernel/riscv/irq.h"
#include "kernel/riscv/relax.h"
#include "kernel/riscv/sbi.h"
#include "kernel/riscv/syscall.h"
#include "kernel/user.h"
#include "kernel/watchdog.h"
#include "mm/frame.h"
#include "mm/layout.h"

// How long the other harts may take to come up before they are reported. Generous: a loaded host
// runs them when it likes.
#define START_TIMEOUT_NS UINT64_C(10000000000)

_Alignas(64) struct processor boot_processor;

// Constant after processors_init().
static struct processor *processors[MAX_HARTS];
static unsigned present;
uint64_t harts_present_mask;

// Set by each hart as it comes up: release, pairs with the acquire in harts_online_mask().
static _Atomic uint64_t online_mask;

struct processor *processor_of(unsigned cpu)
{
    return processors[cpu];
}

unsigned harts_present(void)
{
    return present;
}

uint64_t harts_online_mask(void)
{
    return atomic_load_explicit(&online_mask, memory_order_acquire);
}

unsigned harts_online(void)
{
    unsigned count = 0;

    for (uint64_t mask = harts_online_mask(); mask != 0; mask &= mask - 1) {
        count++;
    }
    return count;
}

// A Processor for the hart `id`; this hart's is there already. Returns: NULL if memory is short.
static struct processor *make_processor(hartid_t id, unsigned cpu, bool is_this)
{
    unsigned order = 0;

    while ((PAGE_SIZE << order) < sizeof(struct processor)) {
        order++;
    }
    struct processor *p = is_this ? &boot_processor : frames_alloc(order);
    if (p == NULL) {
        return NULL;
    }
    if (!is_this) {
        memset(p, 0, sizeof(*p));
    }
    p->hart.cpu = cpu;
    p->hart.hartid = id;
    p->running = (struct thread_state){THREAD_RUNNING, cpu};
    p->timer_set = TIMER_UNSET;
    atomic_init(&p->system_calls, syscalls);
    p->overflow_sp = (uint64_t)p->overflow_stack + OVERFLOW_STACK_BYTES;
    timer_queue_init(&p->timers);
    return p;
}

void processors_init(const struct fdt *fdt, hartid_t boot_hart)
{
    struct fdt_cpu cpu;
    fdt_node_t node = FDT_NONE;

    while (present < MAX_HARTS && fdt_exists(node = fdt_next_cpu(fdt, node, &cpu))) {
        if (!cpu.usable) {
            continue;
        }
        struct processor *p =
            make_processor(hartid(cpu.hartid), present, cpu.hartid == boot_hart.raw);
        if (p == NULL) {
            panic("no memory for the Processor of hart %lu", cpu.hartid);
        }
        p->numa_node = cpu.numa_node;
        processors[present] = p;
        harts_present_mask |= UINT64_C(1) << present;
        present++;
    }
    if (boot_processor.overflow_sp == 0) {
        panic("the hart that booted, %lu, is not in the device tree", boot_hart.raw);
    }
}

// What every hart does once its Processor and its stack are there.
static void processor_online(struct processor *p)
{
    // The firmware may have left these on and dirty. Vector registers are nobody's: Off.
    csr_clear(sstatus, SSTATUS_FS | SSTATUS_VS | SSTATUS_SUM);
    csr_set(sstatus, SSTATUS_FS_CLEAN);  // stays Off where there are no such registers
    csr_write(scounteren, COUNTERS_ALL); // programs may read cycle, time and instret
    p->idle->sched.base_ticks = time_now_ticks();
    csr_set(sie, SIE_SOFTWARE | SIE_TIMER | SIE_EXTERNAL);
    // release: pairs with the acquire in harts_online_mask(); this hart is ready to be asked.
    (void)atomic_fetch_or_explicit(&online_mask, UINT64_C(1) << p->hart.cpu, memory_order_release);
}

void processor_boot_online(void)
{
    processor_online(&boot_processor);
}

// The first C of every hart but the first, on its idle thread's stack.
NORETURN void secondary_main(void);
void secondary_main(void)
{
    processor_online(this_processor());
    fence_full(); // either panic sees this hart online, or this hart sees the stop word
    cpu_relax();
    watchdog_start();
    dispatch_idle();
}

struct hart_start hart_starts[MAX_HARTS];

// Ask the firmware to start `p`. Returns: its bit, 0 if the firmware refuses.
static uint64_t start_hart(struct processor *p)
{
    struct hart_start *start = &hart_starts[p->hart.cpu];

    if (thread_make_idle(p) != 0) {
        panic("no memory for the idle thread of cpu %u", p->hart.cpu);
    }
    start->hartid = p->hart.hartid;
    start->stack_top = (uint64_t)p->idle->stack_top;
    start->processor = (uint64_t)p;
    // release: pairs with the fence in boot/entry.S, should the hart look by itself.
    atomic_store_explicit(&start->satp, csr_read(satp), memory_order_release);
    int err = sbi_hart_start(p->hart.hartid, va_to_pa(secondary_entry), 0);
    if (err != 0) {
        printk("hart %lu: the firmware cannot start it (%d)\n", p->hart.hartid.raw, err);
        return 0;
    }
    return bit(p->hart.cpu);
}

static void report_missing(uint64_t missing)
{
    for (; missing != 0; missing &= missing - 1) {
        unsigned cpu = bit_lowest(missing);

        printk("hart %lu (cpu %u) has not come up; it joins if it does\n",
               processors[cpu]->hart.hartid.raw, cpu);
    }
}

void processors_start(void)
{
    uint64_t deadline = deadline_after_ns(START_TIMEOUT_NS);
    uint64_t started = 0;

    for (unsigned cpu = 0; cpu < present; cpu++) {
        if (processors[cpu] != &boot_processor) {
            started |= start_hart(processors[cpu]);
        }
    }
    while ((started & ~harts_online_mask()) != 0 && time_now_ticks() < deadline) {
        cpu_relax();
    }
    report_missing(started & ~harts_online_mask());
}

void ipi_send(unsigned cpu, enum ipi what)
{
    struct processor *p = processors[cpu];

    // release: pairs with the acquire in ipi_interrupt(). Who finds a bit set leaves the interrupt
    // to whoever set it: the receiver clears the interrupt before it takes the bits.
    if (atomic_fetch_or_explicit(&p->ipi, what, memory_order_release) == 0) {
        fence_io(); // the bit comes before the interrupt
        (void)sbi_send_ipi(1, p->hart.hartid.raw);
    }
}

void ipi_interrupt(const struct trap_frame *frame)
{
    struct processor *p = this_processor();

    csr_clear(sip, SIE_SOFTWARE);
    fence_io(); // before the bits are taken: one that is set after that interrupts again
    // acquire: pairs with the release in ipi_send().
    unsigned what = atomic_exchange_explicit(&p->ipi, 0, memory_order_acquire);
    if (what & IPI_STOP) {
        panic_stop(frame);
    }
    if (what & IPI_LEAVE) {
        user_leave_space();
    }
    if (what & (IPI_RESCHEDULE | IPI_TAKE)) {
        dispatch_kicked(p, (what & IPI_TAKE) != 0);
    }
}
