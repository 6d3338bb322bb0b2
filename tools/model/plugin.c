// SPDX-License-Identifier: MIT
// tools/model/plugin.c - the plugin: its arguments, and what it wants to know of each block.
//
// In the modes `model` and `explore` every block and every access to memory is seen; under `count`,
// where QEMU itself counts instructions, only sfence.vma, satp and sstatus are.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/abi/model.h"
#include "tools/model/clock.h"
#include "tools/model/coherence.h"
#include "tools/model/csr.h"
#include "tools/model/engine.h"
#include "tools/model/internals.h"
#include "tools/model/qemu.h"
#include "tools/model/region.h"

PLUGIN_EXPORT int qemu_plugin_version = PLUGIN_API;

// Where QEMU's `virt` has its memory.
#define RAM_BASE 0x80000000ul

static const char *const mode_names[] = {"count", "model", "explore"};
enum mode { MODE_COUNT, MODE_MODEL, MODE_EXPLORE, MODES };

static struct {
    enum mode mode;
    uint64_t ram;   // bytes of the guest's memory
    uint64_t nodes; // that share it evenly
    struct region_options region;
    struct machine machine;
    struct engine_options engine;
} options;

static struct coherence *coherence;
static uint64_t longest_hit; // cycles, of an atomic access

// ---- What instructions do ----------------------------------------------------------------------

// The first word of each instruction that is watched.
// Source: Unprivileged ISA, "RV32/64G Instruction Set Listings"; Privileged ISA, "Instruction Set
// Listings".
enum {
    OPCODE_MASK = 0x7f,
    OPCODE_AMO = 0x2f,
    FUNCT5_SHIFT = 27,
    FUNCT5_LR = 2,
    HINT_MASK = 0xfffff,
    HINT_SLTI_ZERO = 0x02013, // slti x0, x0, imm
    IMMEDIATE_SHIFT = 20,
    FENCE_VMA_MASK = 0xfe007fff,
    FENCE_VMA = 0x12000073,
    CSR_NUMBER_SHIFT = 20,
    OPCODE_SYSTEM = 0x73,
    CSR_STIMECMP = 0x14d,
};

static bool is_atomic(uint32_t word)
{
    return (word & OPCODE_MASK) == OPCODE_AMO && word >> FUNCT5_SHIFT != FUNCT5_LR;
}

static bool is_hint(uint32_t word, uint32_t immediate)
{
    return (word & HINT_MASK) == HINT_SLTI_ZERO && word >> IMMEDIATE_SHIFT == immediate;
}

static bool is_fence_vma(uint32_t word)
{
    return (word & FENCE_VMA_MASK) == FENCE_VMA;
}

static bool sets_timer(uint32_t word)
{
    return (word & OPCODE_MASK) == OPCODE_SYSTEM && word >> CSR_NUMBER_SHIFT == CSR_STIMECMP;
}

// ---- While blocks run --------------------------------------------------------------------------

static void on_block(unsigned vcpu, void *instructions)
{
    (void)vcpu; // QEMU 10.0 gives a wrong one when one thread runs all harts
    engine_block((uintptr_t)instructions, (uintptr_t)__builtin_return_address(0));
}

// Before QEMU 8.1, with one memory node, what should be a physical address is one. With several, it
// is the offset of the node, taken twice, and the offset into the node.
static uint64_t from_offset(uint64_t offset)
{
    uint64_t node_bytes = options.ram / options.nodes;

    return RAM_BASE + offset - offset / (2 * node_bytes) * node_bytes;
}

// The physical address of an access, or any address outside of memory if it is a device's.
static uint64_t physical(qemu_plugin_meminfo_t info, uint64_t va)
{
    const struct qemu_plugin_hwaddr *address = qemu_plugin_get_hwaddr(info, va);

    if (address == NULL || qemu_plugin_hwaddr_is_io(address)) {
        return 0;
    }
    uint64_t pa = qemu_plugin_hwaddr_phys_addr(address);

    return pa < RAM_BASE ? from_offset(pa) : pa;
}

static inline void access(qemu_plugin_meminfo_t info, uint64_t va, enum access kind, void *pc)
{
    struct hart *hart = engine_running;
    uint64_t pa = physical(info, va);
    uint64_t before = hart->clock;

    hart->clock = coherence_access(coherence, hart->number, pa, kind, before, (uintptr_t)pc);
    if (hart->clock - before > longest_hit) {
        hart->served = hart->clock;
    }
    if (pa == 0) {
        engine_reconsider();
    }
}

static void on_access(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t va, void *pc)
{
    (void)vcpu;
    access(info, va, qemu_plugin_mem_is_store(info) ? ACCESS_STORE : ACCESS_LOAD, pc);
}

// QEMU reports an AMO's load and its store; the machine makes one access.
static void on_atomic(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t va, void *pc)
{
    (void)vcpu;
    if (qemu_plugin_mem_is_store(info)) {
        access(info, va, ACCESS_ATOMIC, pc);
    }
}

static void on_fence_vma(unsigned vcpu, void *data)
{
    (void)vcpu;
    (void)data;
    csr_note_fence();
}

static void on_timer(unsigned vcpu, void *data)
{
    (void)vcpu;
    (void)data;
    engine_reconsider();
}

static void on_hint(unsigned vcpu, void *begins)
{
    (void)vcpu;
    if (begins != NULL) {
        region_begin();
    } else {
        region_end();
    }
}

// ---- When a block is translated ----------------------------------------------------------------

static uint32_t word_of(const struct qemu_plugin_insn *instruction)
{
    uint32_t word = 0;
    size_t size = qemu_plugin_insn_size(instruction);

    size = size < sizeof(word) ? size : sizeof(word);
#if PLUGIN_API >= 3
    (void)qemu_plugin_insn_data(instruction, &word, size);
#else
    memcpy(&word, qemu_plugin_insn_data(instruction), size);
#endif
    return word;
}

static void watch_fence(struct qemu_plugin_insn *instruction, uint32_t word)
{
    if (is_fence_vma(word)) {
        qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_fence_vma, QEMU_PLUGIN_NO_REGS,
                                               NULL);
    }
}

static void watch(struct qemu_plugin_insn *instruction)
{
    uint32_t word = word_of(instruction);
    void *pc = (void *)(uintptr_t)qemu_plugin_insn_vaddr(instruction);

    watch_fence(instruction, word);
    qemu_plugin_register_vcpu_mem_cb(instruction, is_atomic(word) ? on_atomic : on_access,
                                     QEMU_PLUGIN_NO_REGS, QEMU_PLUGIN_READ_WRITE, pc);
    if (sets_timer(word)) {
        qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_timer, QEMU_PLUGIN_NO_REGS, NULL);
    }
    if (is_hint(word, MODEL_HINT_BEGIN) || is_hint(word, MODEL_HINT_END)) {
        qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_hint, QEMU_PLUGIN_NO_REGS,
                                               is_hint(word, MODEL_HINT_BEGIN) ? (void *)1 : NULL);
    }
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *block)
{
    size_t count = qemu_plugin_tb_n_insns(block);

    (void)id;
    qemu_plugin_register_vcpu_tb_exec_cb(block, on_block, QEMU_PLUGIN_NO_REGS,
                                         (void *)(uintptr_t)count);
    for (size_t i = 0; i < count; i++) {
        watch(qemu_plugin_tb_get_insn(block, i));
    }
}

static void on_translation_counting(qemu_plugin_id_t id, struct qemu_plugin_tb *block)
{
    size_t count = qemu_plugin_tb_n_insns(block);

    (void)id;
    for (size_t i = 0; i < count; i++) {
        struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, i);

        watch_fence(instruction, word_of(instruction));
    }
}

// ---- Arguments ---------------------------------------------------------------------------------

static bool refuse(const char *argument, const char *allowed)
{
    (void)fprintf(stderr, "model: %s: %s\n", argument, allowed);
    return false;
}

static bool set_mode(const char *value)
{
    for (options.mode = MODE_COUNT; options.mode < MODES; options.mode++) {
        if (strcmp(value, mode_names[options.mode]) == 0) {
            return true;
        }
    }
    return refuse(value, "mode is one of count, model, explore");
}

static bool set_number(const char *key, const char *value, uint64_t *number)
{
    char *end;

    *number = strtoull(value, &end, 0);
    return (*value != '\0' && *end == '\0') || refuse(key, "not a number");
}

static bool set_option(const char *key, const char *value)
{
    const struct {
        const char *key;
        uint64_t *number;
    } numbers[] = {
        {"seed", &options.engine.seed},
        {"quantum", &options.engine.quantum},
        {"ram", &options.ram},
        {"nodes", &options.nodes},
        {"limit", &options.engine.limit},
        {"data", &options.region.data_base},
        {"data_bytes", &options.region.data_bytes},
    };

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (strcmp(key, numbers[i].key) == 0) {
            return set_number(key, value, numbers[i].number);
        }
    }
    if (strcmp(key, "mode") == 0) {
        return set_mode(value);
    }
    if (strcmp(key, "out") == 0) {
        options.region.out = strdup(value);
        return true;
    }
    if (strcmp(key, "asleep") == 0) {
        options.engine.end_asleep = strcmp(value, "end") == 0;
        return options.engine.end_asleep || strcmp(value, "wait") == 0 ||
               refuse(value, "asleep is one of wait, end");
    }
    return machine_set(&options.machine, key, value) || refuse(key, options.machine.error);
}

static bool read_arguments(int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        char *equals = strchr(argv[i], '=');

        if (equals == NULL) {
            return refuse(argv[i], "not KEY=VALUE");
        }
        *equals = '\0';
        if (!set_option(argv[i], equals + 1)) {
            return false;
        }
    }
    return true;
}

// ---- Start and end -----------------------------------------------------------------------------

static struct hart *running(void)
{
    return engine_running;
}

static struct hart *only_hart(void)
{
    return engine_hart(0);
}

static bool start_model(const qemu_info_t *info)
{
    if (options.nodes == 0 || options.ram % options.nodes != 0 ||
        (options.nodes > 1 && options.ram > RAM_BASE / 2)) {
        return refuse("nodes",
                      "they share the memory evenly; if there are several, it is 1G at most");
    }
    options.engine.harts = (unsigned)info->system.smp_vcpus;
    options.engine.overtake = options.machine.overtake;
    longest_hit = options.machine.hit + options.machine.amo;
    options.engine.exploring = options.mode == MODE_EXPLORE;
    if (!machine_check(&options.machine, options.engine.harts)) {
        return refuse("machine", options.machine.error);
    }
    coherence = coherence_new(&options.machine, options.engine.harts, RAM_BASE, options.ram,
                              options.engine.seed);
    if (coherence == NULL) {
        return refuse("ram", "not a whole number of lines, or there is not enough for it");
    }
    return region_start(&options.region, coherence, options.engine.harts) &&
           csr_start(running, coherence);
}

// The accelerator's table is filled in after the plugin has been loaded, and before the first hart.
static void on_first_hart(qemu_plugin_id_t id, unsigned vcpu)
{
    static bool started;

    (void)id;
    (void)vcpu;
    if (!started && !engine_start(&options.engine)) {
        exit(EXIT_FAILURE);
    }
    started = true;
}

static void on_end(qemu_plugin_id_t id, void *data)
{
    (void)id;
    (void)data;
    region_finish();
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
    options.engine = (struct engine_options){.quantum = 40, .limit = UINT64_MAX};
    options.nodes = 1;
    machine_init(&options.machine);
    if (!read_arguments(argc, argv) || !internals_find()) {
        return -1;
    }
    if (options.mode == MODE_COUNT) {
        qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation_counting);
        return csr_start(only_hart, NULL) ? 0 : -1;
    }
    if (!start_model(info)) {
        return -1;
    }
    engine_load();
    qemu_plugin_register_vcpu_init_cb(id, on_first_hart);
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    qemu_plugin_register_atexit_cb(id, on_end, NULL);
    return 0;
}
