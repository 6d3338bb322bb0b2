// SPDX-License-Identifier: MIT
// tools/model/instruction.h - which instructions the model watches, by their first word.
//
// Source: Unprivileged ISA, "RV32/64G Instruction Set Listings"; Privileged ISA, "Instruction Set
// Listings" and "CSR Listing".
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
    OPCODE_MASK = 0x7f,
    OPCODE_AMO = 0x2f,
    OPCODE_SYSTEM = 0x73,
    FUNCT5_SHIFT = 27,
    FUNCT5_LR = 2,
    HINT_MASK = 0xfffff,
    HINT_SLTI_ZERO = 0x02013, // slti x0, x0, imm
    IMMEDIATE_SHIFT = 20,
    FENCE_VMA_MASK = 0xfe007fff,
    FENCE_VMA = 0x12000073,
    SRET = 0x10200073,
    CSR_NUMBER_SHIFT = 20,
    CSR_STIMECMP = 0x14d,
};

// An AMO or SC: it asks for ownership of the line at once. An LR is a load.
static inline bool instruction_is_atomic(uint32_t word)
{
    return (word & OPCODE_MASK) == OPCODE_AMO && word >> FUNCT5_SHIFT != FUNCT5_LR;
}

// One of the hints of kernel/abi/model.h.
static inline bool instruction_is_hint(uint32_t word, uint32_t immediate)
{
    return (word & HINT_MASK) == HINT_SLTI_ZERO && word >> IMMEDIATE_SHIFT == immediate;
}

static inline bool instruction_is_fence_vma(uint32_t word)
{
    return (word & FENCE_VMA_MASK) == FENCE_VMA;
}

static inline bool instruction_is_sret(uint32_t word)
{
    return word == SRET;
}

// Accesses stimecmp, which sets the hart's timer.
static inline bool instruction_sets_timer(uint32_t word)
{
    return (word & OPCODE_MASK) == OPCODE_SYSTEM && word >> CSR_NUMBER_SHIFT == CSR_STIMECMP;
}
