// SPDX-License-Identifier: MIT
// tests/host/list_test.c - kernel/base/list.h.
#include "kernel/base/list.h"
#include "tests/host/shim/expect_panic.h"

struct number {
    int value;
    struct list link;
};

static struct number numbers[5];

static int prepare(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        numbers[i].value = i;
        list_init(&numbers[i].link);
    }
    return 0;
}

static struct list *link_of(int i)
{
    return &numbers[i].link;
}

// Check that `head` holds the numbers that the digits of `expected` spell, in both directions.
static void check_order(const struct list *head, const char *expected)
{
    const struct list *node;
    const char *digit = expected;

    list_for_each(node, head)
    {
        assert_int_equal(list_entry(node, struct number, link)->value, *digit - '0');
        assert_ptr_equal(node->next->prev, node);
        digit++;
    }
    assert_int_equal(*digit, '\0');
    for (node = head->prev; node != head; node = node->prev) {
        digit--;
        assert_int_equal(list_entry(node, struct number, link)->value, *digit - '0');
    }
    assert_ptr_equal(digit, expected);
}

static void test_empty(void **state)
{
    struct list head = LIST_INIT(head);

    (void)state;
    assert_true(list_is_empty(&head));
    assert_null(list_first(&head));
    assert_null(list_last(&head));
    assert_null(list_pop_front(&head));
    check_order(&head, "");
}

static void test_order(void **state)
{
    struct list head = LIST_INIT(head);

    (void)state;
    list_push_back(&head, link_of(1));
    list_push_back(&head, link_of(2));
    list_push_front(&head, link_of(0));
    list_push_back(&head, link_of(4));
    list_insert_before(link_of(4), link_of(3));
    check_order(&head, "01234");
    assert_false(list_is_empty(&head));
    assert_ptr_equal(list_first(&head), link_of(0));
    assert_ptr_equal(list_last(&head), link_of(4));
}

static void test_remove(void **state)
{
    struct list head = LIST_INIT(head);

    (void)state;
    for (int i = 0; i < 5; i++) {
        assert_false(list_is_linked(link_of(i)));
        list_push_back(&head, link_of(i));
        assert_true(list_is_linked(link_of(i)));
    }
    list_remove(link_of(2));
    assert_false(list_is_linked(link_of(2)));
    list_remove(link_of(2)); // harmless
    list_remove(link_of(4));
    check_order(&head, "013");
    assert_ptr_equal(list_pop_front(&head), link_of(0));
    assert_false(list_is_linked(link_of(0)));
    check_order(&head, "13");
}

static void test_remove_while_visiting(void **state)
{
    struct list head = LIST_INIT(head);
    struct list *node, *after;

    (void)state;
    for (int i = 0; i < 5; i++) {
        list_push_back(&head, link_of(i));
    }
    list_for_each_removable(node, after, &head)
    {
        if (list_entry(node, struct number, link)->value % 2 == 0) {
            list_remove(node);
        }
    }
    check_order(&head, "13");
}

static void test_corruption_panics(void **state)
{
    struct list head = LIST_INIT(head);

    (void)state;
    list_push_back(&head, link_of(0));
    list_push_back(&head, link_of(1));
    link_of(0)->prev = link_of(1);
    expect_panic("node->prev->next == node", list_remove(link_of(0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_empty, prepare),
        cmocka_unit_test_setup(test_order, prepare),
        cmocka_unit_test_setup(test_remove, prepare),
        cmocka_unit_test_setup(test_remove_while_visiting, prepare),
        cmocka_unit_test_setup(test_corruption_panics, prepare),
    };

    return cmocka_run_group_tests_name("list", tests, NULL, NULL);
}
