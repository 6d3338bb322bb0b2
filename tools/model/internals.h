// SPDX-License-Identifier: MIT
// tools/model/internals.h - the functions of QEMU beyond its plugin interface that the model needs.
//
// That interface can neither say which hart runs next nor what time it is. Debian builds QEMU with
// modules, so all its functions can be found by name; another build may hide them, and is refused.
// Each is looked up once, at load; a missing one is an error by name.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// How cpu_exec() ends. Source: QEMU, include/exec/cpu-common.h.
enum { EXIT_INTERRUPT = 0x10000, EXIT_HLT, EXIT_DEBUG, EXIT_HALTED, EXIT_YIELD, EXIT_ATOMIC };
// Of QEMU's clocks, the one that the guest's time is derived from.
enum { CLOCK_VIRTUAL = 1 };
// What a function of a CSR returns when all is well.
enum { CSR_OK = -1 };

typedef int (*csr_read)(void *env, int number, uint64_t *value);
typedef int (*csr_write)(void *env, int number, uint64_t value, uintptr_t from);
typedef int (*csr_predicate)(void *env, int number);

// An entry of QEMU's table of CSRs; what follows differs between versions.
struct csr_entry {
    const char *name;
    csr_predicate predicate;
    csr_read read;
    csr_write write;
    void *rest[12];
};

struct internals {
    // Run a hart until it has a reason to leave; one of EXIT_. Context: BQL not held.
    int (*cpu_exec)(void *cpu);
    // Make cpu_exec() of that hart return before its next block.
    void (*cpu_exit)(void *cpu);
    // Leave the block that `from` is the return address into, as if it had not begun. No return.
    void (*cpu_loop_exit_restore)(void *cpu, uintptr_t from);
    // May this hart run, as far as the monitor and a debugger are concerned? Context: BQL.
    bool (*cpu_can_run)(void *cpu);
    // Has the monitor or a debugger stopped it? Context: BQL.
    bool (*cpu_is_stopped)(void *cpu);
    // Would it have nothing to do if it was run? Context: BQL.
    bool (*cpu_thread_is_idle)(void *cpu);
    // Tell a debugger that a hart has stopped. Context: BQL.
    void (*cpu_handle_guest_debug)(void *cpu);
    void *(*qemu_get_cpu)(int index);
    // Call a function in the harts' thread, between two runs. Context of the function: BQL.
    void (*async_run_on_cpu)(void *cpu, void (*function)(void *cpu, uint64_t data), uint64_t data);
    void (*qemu_clock_enable)(int clock, bool enabled);
    bool (*qemu_clock_run_timers)(int clock);
    // Nanoseconds to the next timer of a clock; negative if there is none.
    int64_t (*qemu_clock_deadline_ns_all)(int clock, int attributes);
    void *(*object_class_by_name)(const char *name);
    void (*riscv_get_csr_ops)(int number, struct csr_entry *entry);
    void (*riscv_set_csr_ops)(int number, struct csr_entry *entry);
    // In which mode, its lowest two bits, a hart fetches instructions. It has had two names.
    int (*riscv_env_mmu_index)(void *env, bool fetch);
    void (*cpu_physical_memory_rw)(uint64_t address, void *buffer, uint64_t size, bool is_write);
    // Why QEMU is to end, or the machine to start anew; 0 if it is not.
    int (*qemu_shutdown_requested_get)(void);
    int (*qemu_reset_requested_get)(void);
    // QEMU's big lock. Its functions have had two names.
    void (*lock_bql)(const char *file, int line);
    void (*unlock_bql)(void);
    // These two are values of entries that are looked for in a table.
    void (*tcg_handle_interrupt)(void *cpu, int mask);
    void (*rr_kick_vcpu_thread)(void *cpu);
};

extern struct internals qemu;

// Look all of them up. Returns whether all are there; says on stderr which are not.
bool internals_find(void);

// Has the guest asked to be switched off or to be started anew?
bool internals_end_is_requested(void);

// The variable in which the calling thread keeps the hart that it runs.
void **internals_current_cpu(void);

// What replaces entries of QEMU's table of the accelerator.
struct accelerator_hooks {
    void (*handle_interrupt)(void *cpu, int mask);
    void (*kick_vcpu_thread)(void *cpu);
    int64_t (*get_virtual_clock)(void);
};

// Put the hooks in. Returns whether their places were found; says on stderr if not.
bool internals_hook(const struct accelerator_hooks *hooks);
