// SPDX-License-Identifier: MIT
// tools/model/csr.h - the counters that the guest reads, and the changes that cost a TLB.
//
// QEMU keeps a table of functions for CSRs. In it, `cycle` and `instret` become the model's, each
// hpmcounter of kernel/abi/model.h a counter of the model, and writes of satp and sstatus are
// watched: QEMU flushes its TLB when satp changes, and so do machines without address space
// numbers; QEMU 7.2 flushes it when sstatus.SUM changes, too.
#pragma once

#include <stdbool.h>

#include "tools/model/coherence.h"
#include "tools/model/harts.h"

// Hook the table. `running` finds the hart that runs. `coherence` is NULL where only flushes are
// counted: then `cycle` and `instret` stay QEMU's own, and the counters of accesses are 0.
// Returns whether the table is as expected; says on stderr if not.
bool csr_start(struct hart *(*running)(void), const struct coherence *coherence);

// The table's entry of a CSR. Returns: false, having said so on stderr, if it has another name.
struct csr_entry;
bool csr_entry_is(int number, const char *name, struct csr_entry *entry);

// The running hart has executed sfence.vma.
void csr_note_fence(void);
