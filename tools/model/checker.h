// SPDX-License-Identifier: MIT
// tools/model/checker.h - CHECK=translations: tells translations.h what the harts do, and ends QEMU
// with a report when one could use an old translation.
//
// Seen are loads, stores, instruction fetches by page, page faults (as the guest reads stval), the
// four forms of sfence.vma, writes of satp, and sret to user mode. Not seen: Svinval.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct qemu_plugin_insn;

struct checker_options {
    const char *out; // file for the report, a JSON object; NULL: nothing is checked
    uint64_t ram_base, ram_bytes;
    uint64_t current; // where the structure that sscratch points to has the running thread
};

// Get ready; after csr_start(). Returns: false, having said why on stderr, if that cannot be.
bool checker_start(const struct checker_options *options, unsigned harts);

// An instruction is translated: `first` of its block, or the next. Nothing if nothing is checked.
void checker_watch(struct qemu_plugin_insn *instruction, uint32_t word, bool first);
