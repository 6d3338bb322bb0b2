// SPDX-License-Identifier: MIT
// tests/host/instruction_test.c - tools/model/instruction.h: what is watched, and what is like it.
#include "kernel/abi/model.h"
#include "kernel/base/compiler.h"
#include "tests/host/shim/expect_panic.h"
#include "tools/model/instruction.h"

enum kind { OTHER, ATOMIC, BEGINS, ENDS, FENCES, SETS_TIMER };

static const struct {
    uint32_t word;
    enum kind kind;
} cases[] = {
    {0x00b6252f, ATOMIC},     // amoadd.w a0, a1, (a2)
    {0x0eb6352f, ATOMIC},     // amoswap.d.aqrl a0, a1, (a2)
    {0xe1ffbfaf, ATOMIC},     // amomaxu.d x31, x31, (x31)
    {0x18b6252f, ATOMIC},     // sc.w a0, a1, (a2)
    {0x1ab6352f, ATOMIC},     // sc.d.rl a0, a1, (a2)
    {0x1006252f, OTHER},      // lr.w a0, (a2)
    {0x1406352f, OTHER},      // lr.d.aq a0, (a2)
    {0x00062503, OTHER},      // lw a0, 0(a2)
    {0x00a63023, OTHER},      // sd a0, 0(a2)
    {0x10102013, BEGINS},     // slti x0, x0, 0x101
    {0x10202013, ENDS},       // slti x0, x0, 0x102
    {0x10002013, OTHER},      // slti x0, x0, 0x100
    {0x10102093, OTHER},      // slti x1, x0, 0x101
    {0x1010a013, OTHER},      // slti x0, x1, 0x101
    {0x10103013, OTHER},      // sltiu x0, x0, 0x101
    {0x10100013, OTHER},      // addi x0, x0, 0x101
    {0x12000073, FENCES},     // sfence.vma
    {0x12b50073, FENCES},     // sfence.vma a0, a1
    {0x10200073, OTHER},      // sret
    {0x10500073, OTHER},      // wfi
    {0x00000073, OTHER},      // ecall
    {0x14d51073, SETS_TIMER}, // csrw 0x14d, a0
    {0x14d5a573, SETS_TIMER}, // csrrs a0, 0x14d, a1
    {0x14d1d073, SETS_TIMER}, // csrwi 0x14d, 3
    {0x18051073, OTHER},      // csrw satp, a0
    {0x15d51073, OTHER},      // csrw 0x15d, a0
    {0x0ff0000f, OTHER},      // fence
    {0x14d5a503, OTHER},      // lw a0, 0x14d(a1)
    {0x00000001, OTHER},      // c.nop, of two bytes
};

static void test_kinds(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint32_t word = cases[i].word;
        enum kind kind = cases[i].kind;

        assert_int_equal(instruction_is_atomic(word), kind == ATOMIC);
        assert_int_equal(instruction_is_hint(word, MODEL_HINT_BEGIN), kind == BEGINS);
        assert_int_equal(instruction_is_hint(word, MODEL_HINT_END), kind == ENDS);
        assert_int_equal(instruction_is_fence_vma(word), kind == FENCES);
        assert_int_equal(instruction_sets_timer(word), kind == SETS_TIMER);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_kinds)};

    return cmocka_run_group_tests_name("instruction", tests, NULL, NULL);
}
