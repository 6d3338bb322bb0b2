// SPDX-License-Identifier: MIT
// kernel/drivers/mmio.h - device registers: the one place where `volatile` is meant.
//
// A read is ordered before, and a write after, every memory access that could depend on it.
#pragma once

#include "kernel/base/types.h"
#include "kernel/riscv/fence.h"

static inline volatile void *mmio_at(volatile void *base, uint64_t offset)
{
    return (volatile char *)base + offset;
}

static inline uint8_t mmio_read8(volatile void *at)
{
    uint8_t value = *(volatile uint8_t *)at;

    fence_io();
    return value;
}

static inline void mmio_write8(volatile void *at, uint8_t value)
{
    fence_io();
    *(volatile uint8_t *)at = value;
}

static inline uint32_t mmio_read32(volatile void *at)
{
    uint32_t value = *(volatile uint32_t *)at;

    fence_io();
    return value;
}

static inline void mmio_write32(volatile void *at, uint32_t value)
{
    fence_io();
    *(volatile uint32_t *)at = value;
}
