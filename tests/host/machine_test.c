// SPDX-License-Identifier: MIT
// tests/host/machine_test.c - tools/model/machine.h: what is taken, what is refused, and why.
#include "kernel/base/compiler.h"
#include "tests/host/coherence_machine.h"
#include "tests/host/shim/expect_panic.h"

static void test_sets_figures(void **state)
{
    struct machine machine;

    (void)state;
    assert_true(machine_from(&machine, SMALL_FIGURES));
    assert_true(machine_check(&machine, 8));
    assert_int_equal(machine.harts, 8);
    assert_int_equal(machine.cluster_harts, 2);
    assert_int_equal(machine.chip_harts, 4);
    assert_int_equal(machine.cluster_ways, 4);
    assert_int_equal(machine.hit, 3);
    assert_int_equal(machine.cluster, 10);
    assert_int_equal(machine.transfer_far, 63);
    assert_int_equal(machine.upgrade_cluster, 31);
    assert_int_equal(machine.amo, 5);
    assert_int_equal(machine.jitter, 0);
    assert_true(machine_set(&machine, "jitter", "1000000"));
    assert_int_equal(machine.jitter, 1000000);
}

struct refusal {
    const char *key, *value, *error;
};

static const struct refusal refusals[] = {
    {"colour", "1", "no figure 'colour'"},
    {"", "1", "no figure ''"},
    {"hits", "1", "no figure 'hits'"},
    {"hit", "", "hit=: a whole number from 1 to 1000000"},
    {"hit", "0", "hit=0: a whole number from 1 to 1000000"},
    {"hit", "1000001", "hit=1000001: a whole number"},
    {"hit", "-1", "hit=-1: a whole number"},
    {"hit", " 1", "hit= 1: a whole number"},
    {"hit", "+1", "hit=+1: a whole number"},
    {"hit", "1 ", "hit=1 : a whole number"},
    {"hit", "0x10", "hit=0x10: a whole number"},
    {"hit", "2.5", "hit=2.5: a whole number"},
    {"hit", "4294967297", "hit=4294967297: a whole number"},
    {"hit", "18446744073709551617", "hit=18446744073709551617: a whole number"},
    {"harts", "0", "harts=0: a whole number from 1 to 64"},
    {"harts", "65", "harts=65: a whole number from 1 to 64"},
    {"l1_ways", "17", "l1_ways=17: a whole number from 1 to 16"},
    {"l1_bytes", "63", "l1_bytes=63: a whole number from 64"},
};

// What is refused changes nothing but the message.
static void test_refuses_figures(void **state)
{
    struct machine machine, before;

    (void)state;
    assert_true(machine_from(&machine, FLAT_FIGURES));
    before = machine;
    for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
        assert_false(machine_set(&machine, refusals[i].key, refusals[i].value));
        if (strstr(machine.error, refusals[i].error) == NULL) {
            fail_msg("'%s' is not in '%s'", refusals[i].error, machine.error);
        }
        memcpy(machine.error, before.error, sizeof(before.error));
        assert_memory_equal(&machine, &before, sizeof(machine));
    }
}

// Each is one change to a good machine, and what is wrong after it.
static const struct refusal contradictions[] = {
    {"chip_harts", "5", "clusters of cluster_harts=2"},
    {"cluster_harts", "3", "clusters of cluster_harts=3"},
    {"harts", "6", "up to 8 chips of chip_harts=4"},
    {"harts", "64", "up to 8 chips of chip_harts=4"},
    {"l1_bytes", "100", "l1_bytes=100 is not l1_ways=2 times a power of two from 64"},
    {"l1_bytes", "384", "l1_bytes=384 is not l1_ways=2 times"},
    {"l1_bytes", "64", "l1_bytes=64 is not l1_ways=2 times"},
    {"cluster_bytes", "5000", "cluster_bytes=5000 is not cluster_ways=4 times"},
    {"llc_bytes", "4096", "llc_ways= is missing"},
};

static void test_refuses_contradictions(void **state)
{
    struct machine machine;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(contradictions); i++) {
        assert_true(machine_from(&machine, SMALL_FIGURES));
        assert_true(machine_set(&machine, contradictions[i].key, contradictions[i].value));
        assert_false(machine_check(&machine, 1));
        if (strstr(machine.error, contradictions[i].error) == NULL) {
            fail_msg("'%s' is not in '%s'", contradictions[i].error, machine.error);
        }
    }
}

// What a shape has not got needs no figure; all else does.
static void test_refuses_what_is_missing(void **state)
{
    static const char *const all[] = {"harts",   "cluster_harts", "chip_harts",    "l1_bytes",
                                      "l1_ways", "cluster_bytes", "llc_bytes",     "hit",
                                      "llc",     "memory",        "transfer_chip", "upgrade_chip",
                                      "amo",     "mmio",          "jitter",        "overtake"};

    (void)state;
    for (size_t missing = 0; missing <= ARRAY_SIZE(all); missing++) {
        struct machine machine;

        machine_init(&machine);
        for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
            const char *value = strstr(all[i], "_bytes") ? i == 3 ? "64" : "0" : "1";

            assert_true(i == missing || machine_set(&machine, all[i], value));
        }
        assert_int_equal(machine_check(&machine, 1), missing == ARRAY_SIZE(all));
        if (missing < ARRAY_SIZE(all)) {
            assert_memory_equal(machine.error, all[missing], strlen(all[missing]));
            assert_non_null(strstr(machine.error, "= is missing"));
        }
    }
}

struct needed {
    const char *added; // to FLAT_FIGURES
    const char *error;
};

static void test_shape_decides_what_is_needed(void **state)
{
    static const struct needed needs[] = {
        {"cluster_harts=2,chip_harts=8", "transfer_cluster= is missing"},
        {"cluster_bytes=4096", "cluster_ways= is missing"},
        {"llc_bytes=4096", "llc_ways= is missing"},
        {"chip_harts=32", "transfer_far= is missing"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(needs); i++) {
        char figures[512];
        struct machine machine;

        snprintf(figures, sizeof(figures), "%s,%s", FLAT_FIGURES, needs[i].added);
        assert_true(machine_from(&machine, figures));
        assert_false(machine_check(&machine, 1));
        assert_memory_equal(machine.error, needs[i].error, strlen(needs[i].error));
    }
}

static void test_refuses_more_harts_than_there_are(void **state)
{
    struct machine machine;

    (void)state;
    assert_true(machine_from(&machine, SMALL_FIGURES));
    for (unsigned harts = 1; harts <= 8; harts++) {
        assert_true(machine_check(&machine, harts));
    }
    assert_false(machine_check(&machine, 9));
    assert_string_equal(machine.error, "this machine has 8 harts, and 9 are wanted");
    assert_false(machine_check(&machine, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sets_figures),
        cmocka_unit_test(test_refuses_figures),
        cmocka_unit_test(test_refuses_contradictions),
        cmocka_unit_test(test_refuses_what_is_missing),
        cmocka_unit_test(test_shape_decides_what_is_needed),
        cmocka_unit_test(test_refuses_more_harts_than_there_are),
    };

    return cmocka_run_group_tests_name("machine", tests, NULL, NULL);
}
