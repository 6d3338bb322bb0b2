// SPDX-License-Identifier: MIT
// tools/model/checker.c - what the harts do, as the plugin sees it.
//
// Two things are not in QEMU's plugin interface of 7.2. Registers: they are the first member of the
// state that functions of CSRs are given; whether they are is tried with each write of satp, whose
// value has to be in one. And a hart's mode: an access has it in the lowest bits of what describes
// it, the index of QEMU's TLB; for a fetch QEMU's own function is asked.
#include "tools/model/checker.h"

#include <stdio.h>
#include <stdlib.h>

#include "tools/model/checker_report.h"
#include "tools/model/csr.h"
#include "tools/model/engine.h"
#include "tools/model/instruction.h"
#include "tools/model/internals.h"
#include "tools/model/qemu.h"
#include "tools/model/translations.h"

// Source: Privileged ISA 1.12, "CSR Listing", "Supervisor Cause Register", "Machine Status".
enum {
    CSR_SSTATUS = 0x100,
    CSR_SSCRATCH = 0x140,
    CSR_SEPC = 0x141,
    CSR_SCAUSE = 0x142,
    CSR_STVAL = 0x143,
    CSR_SATP = 0x180,
    CSR_MSTATUS = 0x300,
};
enum { STATUS_SPP = 1 << 8, STATUS_MPP = 3 << 11, STATUS_MPRV = 1 << 17 };
enum { CAUSE_FETCH_PAGE = 12, CAUSE_LOAD_PAGE = 13, CAUSE_STORE_PAGE = 15 };
enum { MODE_MASK = 3, MODE_U = 0, MODE_M = 3 }; // of an index of QEMU's TLB
enum { REGISTERS = 32, RS1_BIT = 15, RS2_BIT = 20 };

static struct checker_options options;
static struct translations *translations;
static struct {
    void *env;          // QEMU's state of the hart, registers first; NULL until satp is written
    uint32_t fence;     // sfence.vma that it has executed, and that was not told yet; 0: none
    uint64_t processor; // address, and where that is: what sscratch was last
    uint64_t processor_pa;
} *seen; // by hart
static csr_write inner_satp;
static csr_read inner_stval;

static unsigned running(void)
{
    return harts_running->number;
}

// ---- The guest's state -------------------------------------------------------------------------

static uint64_t word_at(void *context, uint64_t pa)
{
    uint64_t word = 0;

    (void)context;
    qemu.cpu_physical_memory_rw(pa, &word, sizeof(word), false);
    return word;
}

static uint64_t csr_of(void *env, int number)
{
    struct csr_entry entry = {};
    uint64_t value = 0;

    qemu.riscv_get_csr_ops(number, &entry);
    (void)entry.read(env, number, &value);
    return value;
}

// The kernel's thread. Its Processor is mapped in every space.
static uint64_t thread_on(void *context, unsigned hart)
{
    (void)context;
    uint64_t satp = translations_satp_of(translations, hart);

    if (seen[hart].env == NULL || !sv39_is_on(satp)) {
        return 0;
    }
    uint64_t processor = csr_of(seen[hart].env, CSR_SSCRATCH);

    if (processor != seen[hart].processor) {
        struct sv39_walk walk = sv39_walk(satp, processor, word_at, NULL);
        uint64_t leaf = walk.entry[walk.end];

        seen[hart].processor = processor;
        seen[hart].processor_pa = sv39_is_leaf(leaf) ? sv39_address(leaf, walk.end, processor) : 0;
    }
    return seen[hart].processor_pa != 0 ? word_at(NULL, seen[hart].processor_pa + options.current)
                                        : 0;
}

// ---- Uses --------------------------------------------------------------------------------------

// Returns: where the page table says that it is.
static uint64_t check(enum use use, bool user, uint64_t va, uint64_t pc)
{
    const struct translations_use what = {
        .hart = running(), .use = use, .user = user, .va = va, .pc = pc};
    struct translations_error error;
    uint64_t pa;

    if (!translations_check(translations, &what, &pa, &error)) {
        if (!checker_report(options.out, &error, harts_running->clock)) {
            perror(options.out);
        }
        engine_end(ENGINE_STALE_STATUS, "a hart could still use an old translation");
    }
    return pa;
}

// Of an access with machine mode's index, whose addresses are physical but with MPRV.
static bool is_translated(uint64_t *mode)
{
    if (*mode == MODE_M && seen[running()].env != NULL) {
        uint64_t status = csr_of(seen[running()].env, CSR_MSTATUS);

        *mode = status & STATUS_MPRV ? (status & STATUS_MPP) / (STATUS_MPP & -STATUS_MPP) : MODE_M;
    }
    return *mode != MODE_M && sv39_is_on(translations_satp_of(translations, running()));
}

static void on_access(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t va, void *pc)
{
    bool store = qemu_plugin_mem_is_store(info);
    uint64_t mode = info & MODE_MASK;
    uint64_t pa = va;

    (void)vcpu;
    if (is_translated(&mode)) {
        pa = check(store ? USE_STORE : USE_LOAD, mode == MODE_U, va, (uintptr_t)pc);
    }
    if (store) {
        translations_stored(translations, running(), pa, (uintptr_t)pc);
    }
}

static void on_fetch(uint64_t pc)
{
    void *env = seen[running()].env;
    uint64_t mode = MODE_M;

    if (env != NULL) {
        mode = (unsigned)qemu.riscv_env_mmu_index(env, true) & MODE_MASK;
    }
    if (mode != MODE_M && sv39_is_on(translations_satp_of(translations, running()))) {
        (void)check(USE_FETCH, mode == MODE_U, pc, pc);
    }
}

// The kernel looks at what it has been interrupted by. A hart that kept an old translation may not
// have been.
static int read_stval(void *env, int number, uint64_t *value)
{
    int result = inner_stval(env, number, value);
    uint64_t cause = csr_of(env, CSR_SCAUSE);
    bool fetch = cause == CAUSE_FETCH_PAGE;

    if (harts_running != NULL && (fetch || cause == CAUSE_LOAD_PAGE || cause == CAUSE_STORE_PAGE) &&
        sv39_is_on(translations_satp_of(translations, running()))) {
        (void)check(fetch                      ? USE_FETCH
                    : cause == CAUSE_LOAD_PAGE ? USE_LOAD
                                               : USE_STORE,
                    (csr_of(env, CSR_SSTATUS) & STATUS_SPP) == 0, *value, csr_of(env, CSR_SEPC));
    }
    return result;
}

// ---- Fences and satp ---------------------------------------------------------------------------

static void on_fence(unsigned vcpu, void *word)
{
    (void)vcpu;
    seen[running()].fence = (uint32_t)(uintptr_t)word;
}

// After the fence QEMU has all registers in memory, not necessarily before.
static void tell_fence(void)
{
    unsigned hart = running();
    uint32_t word = seen[hart].fence;

    seen[hart].fence = 0;
    if (word == 0 || seen[hart].env == NULL) {
        return; // without satp nothing is kept
    }
    const uint64_t *registers = seen[hart].env;
    unsigned rs1 = word >> RS1_BIT & (REGISTERS - 1);
    unsigned rs2 = word >> RS2_BIT & (REGISTERS - 1);

    translations_fence(translations, hart, rs1 != 0 ? &registers[rs1] : NULL,
                       rs2 != 0 ? &registers[rs2] : NULL);
}

static void on_after_fence(unsigned vcpu, void *data)
{
    (void)vcpu;
    (void)data;
    tell_fence();
}

static void on_page(unsigned vcpu, void *pc)
{
    (void)vcpu;
    tell_fence();
    on_fetch((uintptr_t)pc);
}

static bool in_a_register(const uint64_t *registers, uint64_t value)
{
    for (unsigned i = 0; i < REGISTERS; i++) {
        if (registers[i] == value) {
            return true;
        }
    }
    return false;
}

static int write_satp(void *env, int number, uint64_t value, uintptr_t from)
{
    int result = inner_satp(env, number, value, from);

    if (harts_running != NULL) {
        if (!in_a_register(env, value)) {
            engine_end(EXIT_FAILURE, "this QEMU keeps registers elsewhere; CHECK= needs them");
        }
        seen[running()].env = env;
        translations_satp(translations, running(), csr_of(env, CSR_SATP));
    }
    return result;
}

static void on_sret(unsigned vcpu, void *data)
{
    void *env = seen[running()].env;

    (void)vcpu;
    (void)data;
    if (env != NULL && (csr_of(env, CSR_SSTATUS) & STATUS_SPP) == 0) {
        translations_returns(translations, running());
    }
}

// ---- Translation and start ---------------------------------------------------------------------

void checker_watch(struct qemu_plugin_insn *instruction, uint32_t word, bool first)
{
    static uint64_t page;
    static bool after_fence;
    uint64_t pc = qemu_plugin_insn_vaddr(instruction);
    void *pc_data = (void *)(uintptr_t)pc;

    if (options.out == NULL) {
        return;
    }
    if (first || pc >> SV39_PAGE_SHIFT != page) {
        qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_page, QEMU_PLUGIN_NO_REGS, pc_data);
    } else if (after_fence) {
        qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_after_fence, QEMU_PLUGIN_NO_REGS,
                                               NULL);
    }
    page = pc >> SV39_PAGE_SHIFT;
    after_fence = instruction_is_fence_vma(word);
    if (after_fence) {
        qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_fence, QEMU_PLUGIN_NO_REGS,
                                               (void *)(uintptr_t)word);
    }
    if (instruction_is_sret(word)) {
        qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_sret, QEMU_PLUGIN_NO_REGS, NULL);
    }
    qemu_plugin_register_vcpu_mem_cb(instruction, on_access, QEMU_PLUGIN_NO_REGS,
                                     QEMU_PLUGIN_READ_WRITE, pc_data);
}

static bool hook(void)
{
    static const struct {
        int number;
        const char *name;
    } needed[] = {{CSR_SSTATUS, "sstatus"}, {CSR_SSCRATCH, "sscratch"}, {CSR_SEPC, "sepc"},
                  {CSR_SCAUSE, "scause"},   {CSR_STVAL, "stval"},       {CSR_SATP, "satp"},
                  {CSR_MSTATUS, "mstatus"}};
    struct csr_entry entry;

    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
        if (!csr_entry_is(needed[i].number, needed[i].name, &entry)) {
            return false;
        }
        if (needed[i].number == CSR_STVAL) {
            inner_stval = entry.read;
            entry.read = read_stval;
        } else if (needed[i].number == CSR_SATP) {
            inner_satp = entry.write;
            entry.write = write_satp;
        }
        qemu.riscv_set_csr_ops(needed[i].number, &entry);
    }
    return true;
}

bool checker_start(const struct checker_options *given, unsigned harts)
{
    if (given->out == NULL) {
        return true;
    }
    options = *given;
    seen = calloc(harts, sizeof(*seen));
    translations = translations_new(&(struct translations_machine){.harts = harts,
                                                                   .ram_base = given->ram_base,
                                                                   .ram_bytes = given->ram_bytes,
                                                                   .read = word_at,
                                                                   .thread = thread_on});
    if (seen == NULL || translations == NULL) {
        perror("model: check");
        return false;
    }
    return hook();
}
