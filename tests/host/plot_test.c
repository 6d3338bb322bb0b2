// SPDX-License-Identifier: MIT
// tests/host/plot_test.c - kernel/base/plot.h.
#include "kernel/base/plot.h"

#include <string.h>

#include "tests/host/shim/expect_panic.h"

static struct plot p;

// Which row has `mark`? Fails unless exactly one does.
static unsigned row_of(char mark)
{
    unsigned found = PLOT_ROWS;

    for (unsigned row = 0; row < PLOT_ROWS; row++) {
        if (strchr(p.row[row], mark) != NULL) {
            assert_int_equal(found, PLOT_ROWS);
            found = row;
        }
    }
    assert_true(found < PLOT_ROWS);
    return found;
}

// Equal ratios are equal distances, and the ends are the ends.
static void test_logarithmic(void **state)
{
    (void)state;
    plot_init(&p, 2, 65536); // a doubling is a row
    for (unsigned row = 0; row < PLOT_ROWS; row++) {
        plot_mark(&p, row, (uint64_t)2 << row, (char)('a' + row));
        assert_int_equal(plot_row_value(&p, row), (uint64_t)2 << row);
    }
    for (unsigned row = 0; row < PLOT_ROWS; row++) {
        assert_int_equal(row_of((char)('a' + row)), row);
        assert_int_equal(strlen(p.row[row]), row + 1);
    }
}

// What a row says that it is worth is marked in that row, for any range.
static void test_values_agree_with_marks(void **state)
{
    const uint64_t ranges[][2] = {{100, 1700}, {1, UINT64_MAX}, {65537, 131071}, {999, 5000}};

    (void)state;
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        for (unsigned row = 1; row + 1 < PLOT_ROWS; row++) {
            plot_init(&p, ranges[i][0], ranges[i][1]);
            uint64_t value = plot_row_value(&p, row);

            plot_mark(&p, 0, value, 'x');
            assert_int_equal(row_of('x'), row);
        }
    }
}

static void test_marks_meet(void **state)
{
    (void)state;
    plot_init(&p, 1, 1000);
    plot_mark(&p, 3, 1, 'x');
    plot_mark(&p, 1, 1, 'y');
    plot_mark(&p, 3, 1, 'z');
    plot_mark(&p, PLOT_COLUMNS - 1, 1000, 'w');
    assert_string_equal(p.row[0], " y *");
    assert_int_equal(strlen(p.row[PLOT_ROWS - 1]), PLOT_COLUMNS);
}

// A flat line is one: nothing is divided by the height of the range.
static void test_one_value(void **state)
{
    (void)state;
    plot_init(&p, 77, 77);
    plot_mark(&p, 0, 77, 'x');
    assert_int_equal(row_of('x'), 0);
    assert_int_equal(plot_row_value(&p, PLOT_ROWS - 1), 77);
}

static void test_misuse(void **state)
{
    (void)state;
    expect_panic("low > 0", plot_init(&p, 0, 5));
    plot_init(&p, 10, 20);
    expect_panic("y >= p->low", plot_mark(&p, 0, 9, 'x'));
    expect_panic("column", plot_mark(&p, PLOT_COLUMNS, 10, 'x'));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_logarithmic), cmocka_unit_test(test_values_agree_with_marks),
        cmocka_unit_test(test_marks_meet),  cmocka_unit_test(test_one_value),
        cmocka_unit_test(test_misuse),
    };

    return cmocka_run_group_tests_name("plot", tests, NULL, NULL);
}
