// SPDX-License-Identifier: MIT
// tools/model/csr.c - answers reads of counters and watches writes of satp and sstatus.
#include "tools/model/csr.h"

#include <stdio.h>
#include <string.h>

#include "kernel/abi/model.h"
#include "tools/model/internals.h"

// Source: Privileged ISA 1.12, "CSR Listing".
enum {
    CSR_SSTATUS = 0x100,
    CSR_SATP = 0x180,
    CSR_MCYCLE = 0xb00,
    CSR_MINSTRET = 0xb02,
    CSR_CYCLE = 0xc00,
    CSR_INSTRET = 0xc02
};
enum { SSTATUS_SUM = 1 << 18 };

static struct hart *(*running_hart)(void);
static const struct coherence *model;
static uint64_t order_reads; // of MODEL_ORDER
static struct csr_entry satp;
static struct csr_entry sstatus;

// ---- Counters ----------------------------------------------------------------------------------

static uint64_t counter_of(const struct hart *hart, const struct hart_counters *c, int number)
{
    switch (number) {
    case CSR_CYCLE:
    case CSR_MCYCLE:
        return hart->clock;
    case CSR_INSTRET:
    case CSR_MINSTRET:
        return hart->instructions;
    case CSR_CYCLE + MODEL_HITS:
        return c->hits;
    case CSR_CYCLE + MODEL_MISSES:
        return c->misses;
    case CSR_CYCLE + MODEL_TRANSFERS:
        return c->transfers;
    case CSR_CYCLE + MODEL_UPGRADES:
        return c->upgrades;
    case CSR_CYCLE + MODEL_STALL_CYCLES:
        return c->stall_cycles;
    case CSR_CYCLE + MODEL_QUEUED_CYCLES:
        return c->queued_cycles;
    case CSR_CYCLE + MODEL_TLB_FLUSHES:
        return hart->tlb_flushes;
    case CSR_CYCLE + MODEL_SATP_CHANGES:
        return hart->satp_changes;
    case CSR_CYCLE + MODEL_SUM_CHANGES:
        return hart->sum_changes;
    case CSR_CYCLE + MODEL_ORDER:
        return ++order_reads;
    default:
        return 0;
    }
}

static int read_counter(void *env, int number, uint64_t *value)
{
    static const struct hart_counters none;
    const struct hart *hart = running_hart();

    (void)env;
    *value =
        counter_of(hart, model != NULL ? coherence_counters(model, hart->number) : &none, number);
    return CSR_OK;
}

// Firmware may keep hpmcounters from the kernel; these are not the machine's to keep.
static int always_there(void *env, int number)
{
    (void)env;
    (void)number;
    return CSR_OK;
}

// ---- Changes -----------------------------------------------------------------------------------

static int write_satp(void *env, int number, uint64_t value, uintptr_t from)
{
    struct hart *hart = running_hart();
    uint64_t before = 0;
    uint64_t after = 0;

    (void)satp.read(env, number, &before);
    int result = satp.write(env, number, value, from);

    (void)satp.read(env, number, &after);
    if (hart != NULL && before != after) {
        hart->satp_changes++;
        hart->tlb_flushes++;
    }
    return result;
}

static int write_sstatus(void *env, int number, uint64_t value, uintptr_t from)
{
    struct hart *hart = running_hart();
    uint64_t before = 0;

    (void)sstatus.read(env, number, &before);
    if (hart != NULL && ((before ^ value) & SSTATUS_SUM) != 0) {
        hart->sum_changes++;
        hart->tlb_flushes++;
    }
    return sstatus.write(env, number, value, from);
}

void csr_note_fence(void)
{
    running_hart()->tlb_flushes++;
}

// ---- Hooks -------------------------------------------------------------------------------------

bool csr_entry_is(int number, const char *name, struct csr_entry *entry)
{
    *entry = (struct csr_entry){};
    qemu.riscv_get_csr_ops(number, entry);
    if (entry->name != NULL && strcmp(entry->name, name) == 0 && entry->read != NULL) {
        return true;
    }
    (void)fprintf(stderr, "model: CSR 0x%x is not %s in this QEMU's table\n", (unsigned)number,
                  name);
    return false;
}

static bool hook_writes(int number, const char *name, struct csr_entry *own, csr_write write)
{
    struct csr_entry hooked;

    if (!csr_entry_is(number, name, own)) {
        return false;
    }
    hooked = *own;
    hooked.write = write;
    qemu.riscv_set_csr_ops(number, &hooked);
    return true;
}

static bool hook_reads(int number, const char *name, csr_predicate predicate)
{
    struct csr_entry entry;

    if (!csr_entry_is(number, name, &entry)) {
        return false;
    }
    entry.read = read_counter;
    if (predicate != NULL) {
        entry.predicate = predicate;
    }
    qemu.riscv_set_csr_ops(number, &entry);
    return true;
}

static bool hook_counters(void)
{
    for (int n = MODEL_HITS; n <= MODEL_ORDER; n++) {
        char name[sizeof("hpmcounter31")];

        (void)snprintf(name, sizeof(name), "hpmcounter%d", n);
        if (!hook_reads(CSR_CYCLE + n, name, always_there)) {
            return false;
        }
    }
    return model == NULL ||
           (hook_reads(CSR_CYCLE, "cycle", NULL) && hook_reads(CSR_INSTRET, "instret", NULL) &&
            hook_reads(CSR_MCYCLE, "mcycle", NULL) && hook_reads(CSR_MINSTRET, "minstret", NULL));
}

bool csr_start(struct hart *(*running)(void), const struct coherence *coherence)
{
    running_hart = running;
    model = coherence;
    return hook_counters() && hook_writes(CSR_SATP, "satp", &satp, write_satp) &&
           hook_writes(CSR_SSTATUS, "sstatus", &sstatus, write_sstatus);
}
