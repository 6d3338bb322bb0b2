// SPDX-License-Identifier: MIT
// tools/model/internals.c - finds QEMU's functions and the places of the hooks.
#include "tools/model/internals.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct internals qemu;

#define NAMED(member, ...)                                                                         \
    {                                                                                              \
        offsetof(struct internals, member),                                                        \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
static const struct {
    size_t offset;
    const char *names[2]; // the first that is there
} wanted[] = {
    NAMED(cpu_exec, "cpu_exec"),
    NAMED(cpu_exit, "cpu_exit"),
    NAMED(cpu_loop_exit_restore, "cpu_loop_exit_restore"),
    NAMED(cpu_can_run, "cpu_can_run"),
    NAMED(cpu_is_stopped, "cpu_is_stopped"),
    NAMED(cpu_thread_is_idle, "cpu_thread_is_idle"),
    NAMED(cpu_handle_guest_debug, "cpu_handle_guest_debug"),
    NAMED(qemu_get_cpu, "qemu_get_cpu"),
    NAMED(async_run_on_cpu, "async_run_on_cpu"),
    NAMED(qemu_clock_enable, "qemu_clock_enable"),
    NAMED(qemu_clock_run_timers, "qemu_clock_run_timers"),
    NAMED(qemu_clock_deadline_ns_all, "qemu_clock_deadline_ns_all"),
    NAMED(object_class_by_name, "object_class_by_name"),
    NAMED(riscv_get_csr_ops, "riscv_get_csr_ops"),
    NAMED(riscv_set_csr_ops, "riscv_set_csr_ops"),
    NAMED(riscv_env_mmu_index, "riscv_env_mmu_index", "riscv_cpu_mmu_index"),
    NAMED(cpu_physical_memory_rw, "cpu_physical_memory_rw"),
    NAMED(qemu_shutdown_requested_get, "qemu_shutdown_requested_get"),
    NAMED(qemu_reset_requested_get, "qemu_reset_requested_get"),
    NAMED(lock_bql, "bql_lock_impl", "qemu_mutex_lock_iothread_impl"),
    NAMED(unlock_bql, "bql_unlock", "qemu_mutex_unlock_iothread"),
    NAMED(tcg_handle_interrupt, "tcg_handle_interrupt"),
    NAMED(rr_kick_vcpu_thread, "rr_kick_vcpu_thread"),
};

static void *find(const char *const names[2])
{
    void *found = dlsym(RTLD_DEFAULT, names[0]);

    return found != NULL || names[1] == NULL ? found : dlsym(RTLD_DEFAULT, names[1]);
}

bool internals_find(void)
{
    bool complete = true;

    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        void *found = find(wanted[i].names);

        if (found == NULL) {
            (void)fprintf(stderr, "model: this QEMU does not export %s\n", wanted[i].names[0]);
            complete = false;
        }
        memcpy((char *)&qemu + wanted[i].offset, &found, sizeof(found));
    }
    if (dlsym(RTLD_DEFAULT, "current_cpu") == NULL) {
        (void)fprintf(stderr, "model: this QEMU does not export current_cpu\n");
        complete = false;
    }
    return complete;
}

bool internals_end_is_requested(void)
{
    return qemu.qemu_shutdown_requested_get() != 0 || qemu.qemu_reset_requested_get() != 0;
}

void **internals_current_cpu(void)
{
    return dlsym(RTLD_DEFAULT, "current_cpu");
}

// The accelerator's table is a class whose layout is QEMU's own. Two of its entries are known by
// their value, and get_virtual_clock, which is empty, comes right after the first.
enum { TABLE_FIRST = 8, TABLE_END = 40 };

static void **entry_of(void **table, const void *value)
{
    for (int i = TABLE_FIRST; i < TABLE_END; i++) {
        if (table[i] == value) {
            return &table[i];
        }
    }
    return NULL;
}

bool internals_hook(const struct accelerator_hooks *hooks)
{
    void **table = qemu.object_class_by_name("tcg-accel-ops");
    void **interrupt = table != NULL ? entry_of(table, (void *)qemu.tcg_handle_interrupt) : NULL;
    void **kick = table != NULL ? entry_of(table, (void *)qemu.rr_kick_vcpu_thread) : NULL;

    if (interrupt == NULL || kick == NULL || interrupt[1] != NULL) {
        (void)fprintf(stderr, "model: the places for the hooks are not where this QEMU should "
                              "have them (-accel tcg,thread=single?)\n");
        return false;
    }
    interrupt[0] = (void *)hooks->handle_interrupt;
    interrupt[1] = (void *)hooks->get_virtual_clock;
    *kick = (void *)hooks->kick_vcpu_thread;
    return true;
}
