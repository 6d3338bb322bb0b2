// SPDX-License-Identifier: MIT
// tests/host/memory_test.c - from the firmware's description to free memory and the kernel's table.
#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "kernel/riscv/hart.h"
#include "kernel/riscv/irq.h"
#include "mm/frame.h"
#include "mm/kmap.h"
#include "mm/layout.h"
#include "mm/memory.h"
#include "tests/host/shim/expect_panic.h"
#include "tests/host/shim/mm/host_ram.h"

static const pa_t image = {HOST_RAM_PA + MIB(2)};

static void fresh_machine(uint64_t bytes)
{
    host_ram_make(bytes);
    *this_hart() = (struct hart_state){.cpu = 0};
    irq_enable();
}

static struct memory_range range(uint64_t offset, uint64_t bytes)
{
    return (struct memory_range){pa(HOST_RAM_PA + offset), bytes};
}

// Take everything. Returns: how many frames; none is in `avoid`, an unsorted list.
static size_t take_all(const struct memory_range *avoid, size_t n)
{
    void *frame;
    size_t taken = 0;

    while ((frame = frames_alloc(0)) != NULL) {
        uint64_t at = va_to_pa(frame).raw;

        for (size_t i = 0; i < n; i++) {
            assert_true(at + PAGE_SIZE <= avoid[i].base.raw ||
                        at >= avoid[i].base.raw + avoid[i].bytes);
        }
        taken++;
    }
    return taken;
}

static void test_reserved_memory_is_never_allocated(void **state)
{
    struct memory_map map = {.image = image, .nr_ram = 1, .nr_reserved = 6};
    const struct memory_range reserved[] = {
        range(0, KIB(512)),         // firmware, at the very start
        range(KIB(256), KIB(512)),  // overlaps it
        range(MIB(30) + 7, 9),      // a few bytes of one page
        range(MIB(31) - 1, 2),      // two bytes of two pages
        range(MIB(64) - 5, KIB(8)), // reaches beyond RAM
        range(MIB(2), MIB(1)),      // around the image
    };

    (void)state;
    fresh_machine(MIB(64));
    map.ram[0] = range(0, MIB(64));
    memcpy(map.reserved, reserved, sizeof(reserved));
    memory_init(&map);

    size_t kept = KIB(768) / PAGE_SIZE + 1 + 2 + 1 + MIB(1) / PAGE_SIZE;
    size_t states = MIB(64) / PAGE_SIZE / PAGE_SIZE;

    assert_int_equal(frames_total(), MIB(64) / PAGE_SIZE - kept - states);
    assert_int_equal(take_all(reserved, ARRAY_SIZE(reserved)), frames_total());
}

static void test_ram_in_pieces(void **state)
{
    struct memory_map map = {.image = image, .nr_ram = 4};
    const struct memory_range hole[] = {range(MIB(8), MIB(8)), {image, KIB(200)}};

    (void)state;
    fresh_machine(MIB(32));
    map.ram[0] = range(MIB(16) + 100, MIB(16) - 100); // starts and ends inside pages
    map.ram[1] = range(0, MIB(8));
    map.ram[2] = range(MIB(9), 100); // not a page
    map.ram[3] = (struct memory_range){pa(LINEAR_BYTES), MIB(64)};
    memory_init(&map);
    assert_int_equal(memory_map()->nr_ram, 2);
    assert_int_equal(take_all(hole, ARRAY_SIZE(hole)), frames_total());
    assert_int_equal(frames_total(), 4096 - 1 - 1 + 2048 - 1 - 50);
}

static void test_nonsense_panics(void **state)
{
    struct memory_map map = {.image = image, .nr_ram = 2};

    (void)state;
    fresh_machine(MIB(16));
    map.ram[0] = range(0, MIB(16));
    map.ram[1] = range(MIB(8), MIB(16));
    expect_panic("described twice", memory_init(&map));
    map = (struct memory_map){.image = image, .nr_ram = 1, .nr_reserved = 1};
    map.ram[0] = range(0, MIB(16));
    map.reserved[0] = range(0, MIB(16));
    expect_panic("no room for the states", memory_init(&map));
}

static unsigned prot_of(const void *va_linear, uint64_t base)
{
    struct pt_leaf leaf;

    assert_int_equal(pt_lookup(kernel_root, base + va_to_pa(va_linear).raw, &leaf), 0);
    return leaf.prot;
}

static void test_kernel_map(void **state)
{
    static const uint64_t sizes[] = {MIB(64), MIB(128), GIB(1), GIB(4)};
    const uint64_t in_image = KERNEL_BASE - image.raw;

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
        struct memory_map map = {.image = image, .nr_ram = 1};

        fresh_machine(sizes[i]);
        map.ram[0] = range(0, sizes[i]);
        memory_init(&map);
        assert_int_equal(kernel_map_init() << PAGE_SHIFT, va_to_pa(kernel_root).raw);
        assert_int_equal(kernel_map_check(), 0);

        assert_int_equal(prot_of(__text_start, in_image), PTE_G | PTE_R | PTE_X);
        assert_int_equal(prot_of(__rodata_start - 1, in_image), PTE_G | PTE_R | PTE_X);
        assert_int_equal(prot_of(__rodata_start, in_image), PTE_G | PTE_R);
        assert_int_equal(prot_of(__data_start, in_image), PTE_G | PTE_R | PTE_W);
        assert_int_equal(prot_of(__image_end - 1, in_image), PTE_G | PTE_R | PTE_W);
        assert_int_equal(prot_of(__text_start - 1, LINEAR_BASE), PTE_G | PTE_R | PTE_W);
        assert_int_equal(prot_of(__text_start, LINEAR_BASE), PTE_G | PTE_R);
        assert_int_equal(prot_of(__data_start - 1, LINEAR_BASE), PTE_G | PTE_R);
        assert_int_equal(prot_of(__data_start, LINEAR_BASE), PTE_G | PTE_R | PTE_W);
        assert_int_equal(prot_of(host_ram + sizes[i] - 1, LINEAR_BASE), PTE_G | PTE_R | PTE_W);
    }
}

// The check is worth something only if it fails where it should.
static void test_kernel_map_check_sees(void **state)
{
    const struct {
        uint64_t va;
        uint64_t offset;
        unsigned prot;
    } wrong[] = {
        {0, 0, PTE_G | PTE_R},                                    // identity
        {KERNEL_BASE + MIB(512), MIB(32), PTE_G | PTE_R | PTE_X}, // writable linear alias
        {KERNEL_BASE + MIB(512), MIB(32), PTE_R},                 // not global
        {KERNEL_BASE + MIB(512), MIB(32), PTE_G | PTE_R | PTE_U}, // for user mode
    };
    struct memory_map map = {.image = image, .nr_ram = 1};

    (void)state;
    fresh_machine(MIB(64));
    map.ram[0] = range(0, MIB(64));
    memory_init(&map);
    (void)kernel_map_init();
    for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
        assert_int_equal(
            pt_map(kernel_root, wrong[i].va, pa(HOST_RAM_PA + wrong[i].offset), 1, wrong[i].prot),
            0);
        assert_int_equal(kernel_map_check(), -EFAULT);
        pt_unmap(kernel_root, wrong[i].va, 1);
        assert_int_equal(kernel_map_check(), 0);
    }
}

static void test_mmio_map(void **state)
{
    struct memory_map map = {.image = image, .nr_ram = 1};
    struct pt_leaf leaf;

    (void)state;
    fresh_machine(MIB(64));
    map.ram[0] = range(0, MIB(64));
    memory_init(&map);
    (void)kernel_map_init();
    uint64_t a = (uint64_t)mmio_map(pa(0x10000ff8), 16); // over a page boundary
    uint64_t b = (uint64_t)mmio_map(pa(0x2000000), 1);

    assert_int_equal(a % PAGE_SIZE, 0xff8);
    assert_int_equal(pt_lookup(kernel_root, a + 15, &leaf), 0);
    assert_int_equal(leaf.pa.raw, 0x10001000);
    assert_int_equal(leaf.prot, PTE_G | PTE_R | PTE_W);
    assert_int_equal(b, a - 0xff8 + 2 * PAGE_SIZE);
    assert_null(mmio_map(pa(0x20000000), MMIO_BYTES));
    assert_null(mmio_map(pa(0x20000000), UINT64_MAX));
    assert_int_equal(kernel_map_check(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reserved_memory_is_never_allocated),
        cmocka_unit_test(test_ram_in_pieces),
        cmocka_unit_test(test_nonsense_panics),
        cmocka_unit_test(test_kernel_map),
        cmocka_unit_test(test_kernel_map_check_sees),
        cmocka_unit_test(test_mmio_map),
    };

    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
