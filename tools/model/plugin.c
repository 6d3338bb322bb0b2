// SPDX-License-Identifier: MIT
// tools/model/plugin.c - the plugin: what it wants to know of each block, and starts.
//
// In the modes `model` and `explore` every block and every access to memory is seen; under `count`,
// where QEMU itself counts instructions, only sfence.vma, satp and sstatus are.
#include <stdlib.h>
#include <string.h>

#include "kernel/abi/model.h"
#include "tools/model/arguments.h"
#include "tools/model/burst.h"
#include "tools/model/checker.h"
#include "tools/model/coherence.h"
#include "tools/model/csr.h"
#include "tools/model/engine.h"
#include "tools/model/hooks.h"
#include "tools/model/instruction.h"
#include "tools/model/internals.h"
#include "tools/model/qemu.h"
#include "tools/model/region.h"

PLUGIN_EXPORT int qemu_plugin_version = PLUGIN_API;

// Where QEMU's `virt` has its memory.
#define RAM_BASE 0x80000000ul

static struct arguments arguments;
static struct coherence *coherence;
static uint64_t longest_hit; // cycles, of an atomic access

// ---- While blocks run --------------------------------------------------------------------------

static void on_block(unsigned vcpu, void *instructions)
{
    (void)vcpu; // QEMU 10.0 gives a wrong one when one thread runs all harts
    uintptr_t from = (uintptr_t)__builtin_return_address(0);

    if (__builtin_expect(harts_running == NULL, 0)) {
        burst_begin(from);
    }
    engine_block((uintptr_t)instructions, from);
}

// Before QEMU 8.1, with one memory node, what should be a physical address is one. With several, it
// is the offset of the node, taken twice, and the offset into the node.
static uint64_t from_offset(uint64_t offset)
{
    uint64_t node_bytes = arguments.ram / arguments.nodes;

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
    struct hart *hart = harts_running;
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
    if (instruction_is_fence_vma(word)) {
        qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_fence_vma, QEMU_PLUGIN_NO_REGS,
                                               NULL);
    }
}

static void watch(struct qemu_plugin_insn *instruction, bool first)
{
    uint32_t word = word_of(instruction);
    void *pc = (void *)(uintptr_t)qemu_plugin_insn_vaddr(instruction);

    watch_fence(instruction, word);
    qemu_plugin_register_vcpu_mem_cb(instruction,
                                     instruction_is_atomic(word) ? on_atomic : on_access,
                                     QEMU_PLUGIN_NO_REGS, QEMU_PLUGIN_READ_WRITE, pc);
    if (instruction_sets_timer(word)) {
        qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_timer, QEMU_PLUGIN_NO_REGS, NULL);
    }
    if (instruction_is_hint(word, MODEL_HINT_BEGIN) || instruction_is_hint(word, MODEL_HINT_END)) {
        qemu_plugin_register_vcpu_insn_exec_cb(
            instruction, on_hint, QEMU_PLUGIN_NO_REGS,
            instruction_is_hint(word, MODEL_HINT_BEGIN) ? (void *)1 : NULL);
    }
    checker_watch(instruction, word, first);
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *block)
{
    size_t count = qemu_plugin_tb_n_insns(block);

    (void)id;
    qemu_plugin_register_vcpu_tb_exec_cb(block, on_block, QEMU_PLUGIN_NO_REGS,
                                         (void *)(uintptr_t)count);
    for (size_t i = 0; i < count; i++) {
        watch(qemu_plugin_tb_get_insn(block, i), i == 0);
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

// ---- Start and end -----------------------------------------------------------------------------

static struct hart *running(void)
{
    return harts_running;
}

static struct hart *only_hart(void)
{
    return harts_get(0);
}

static bool start_coherence(unsigned harts)
{
    const struct machine *machine = &arguments.machine;

    longest_hit = machine->hit + machine->amo;
    coherence = coherence_new(machine, harts, RAM_BASE, arguments.ram, arguments.engine.seed);
    return coherence != NULL ||
           arguments_refuse("ram", "there is not enough memory to model so much");
}

static bool start_model(unsigned harts)
{
    arguments.engine.harts = harts;
    arguments.checker.ram_base = RAM_BASE;
    arguments.checker.ram_bytes = arguments.ram;
    arguments.engine.overtake = arguments.machine.overtake;
    arguments.engine.exploring = arguments.mode == MODE_EXPLORE;
    if (!arguments_check(&arguments, harts) || !start_coherence(harts) ||
        !region_start(&arguments.region, coherence, harts) || !csr_start(running, coherence) ||
        !checker_start(&arguments.checker, harts)) {
        return false;
    }
    engine_init(&arguments.engine);
    hooks_init();
    return true;
}

// The accelerator's table is filled in after the plugin has been loaded, and before the first hart.
static void on_first_hart(qemu_plugin_id_t id, unsigned vcpu)
{
    static bool hooked;

    (void)id;
    (void)vcpu;
    if (!hooked && !hooks_install()) {
        exit(EXIT_FAILURE);
    }
    hooked = true;
}

static void on_end(qemu_plugin_id_t id, void *data)
{
    (void)id;
    (void)data;
    region_finish();
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
    if (!arguments_read(&arguments, argc, argv) || !internals_find()) {
        return -1;
    }
    if (arguments.mode == MODE_COUNT) {
        qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation_counting);
        return csr_start(only_hart, NULL) ? 0 : -1;
    }
    if (!start_model((unsigned)info->system.smp_vcpus)) {
        return -1;
    }
    qemu_plugin_register_vcpu_init_cb(id, on_first_hart);
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    qemu_plugin_register_atexit_cb(id, on_end, NULL);
    return 0;
}
