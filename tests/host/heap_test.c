// SPDX-License-Identifier: MIT
// tests/host/heap_test.c - kernel/base/heap.c against an array that is searched.
#include "kernel/base/compiler.h"
#include "kernel/base/heap.h"
#include "kernel/base/random.h"
#include "tests/host/shim/expect_panic.h"

enum { NODES = 2000 };

static struct heap_node nodes[NODES];

static int prepare(void **state)
{
    (void)state;
    memset(nodes, 0, sizeof(nodes));
    return 0;
}

static unsigned rank_of(const struct heap_node *node)
{
    return node == NULL ? 0 : node->rank;
}

static const struct heap_node *leftmost(const struct heap_node *node)
{
    while (node->left != NULL || node->right != NULL) {
        node = node->left != NULL ? node->left : node->right;
    }
    return node;
}

// Check every invariant of the header, below each node. Bottom-up without recursion, because the
// left spine may be as long as the heap is large. Returns: the number of nodes.
static size_t check_heap(const struct heap *heap)
{
    size_t count = 0;

    if (heap->root == NULL) {
        return 0;
    }
    assert_null(heap->root->parent);
    for (const struct heap_node *node = leftmost(heap->root); node != NULL; count++) {
        const struct heap_node *parent = node->parent;

        assert_int_equal(node->rank, rank_of(node->right) + 1);
        assert_true(rank_of(node->left) >= rank_of(node->right));
        if (parent != NULL) {
            assert_true(parent->key <= node->key);
            assert_true(parent->left == node || parent->right == node);
        }
        node = parent != NULL && parent->left == node && parent->right != NULL
                   ? leftmost(parent->right)
                   : parent;
    }
    return count;
}

// heap_next() visits every node once, a parent before its children.
static void check_walk(const struct heap *heap, size_t count)
{
    static unsigned seen[NODES];
    static unsigned stamp;
    size_t visited = 0;

    stamp++;
    for (const struct heap_node *node = heap_next(heap, NULL); node != NULL;
         node = heap_next(heap, node)) {
        assert_true(seen[node - nodes] != stamp);
        assert_true(node->parent == NULL || seen[node->parent - nodes] == stamp);
        seen[node - nodes] = stamp;
        visited++;
    }
    assert_int_equal(visited, count);
}

// Returns: the smallest key of all queued nodes.
static uint64_t smallest_key(void)
{
    uint64_t least = UINT64_MAX;

    for (int i = 0; i < NODES; i++) {
        if (heap_is_queued(&nodes[i]) && nodes[i].key < least) {
            least = nodes[i].key;
        }
    }
    return least;
}

static void test_empty_and_one(void **state)
{
    struct heap heap = {};

    (void)state;
    assert_null(heap_min(&heap));
    assert_null(heap_next(&heap, NULL));
    assert_false(heap_is_queued(&nodes[0]));
    heap_insert(&heap, &nodes[0]);
    assert_true(heap_is_queued(&nodes[0]));
    assert_ptr_equal(heap_min(&heap), &nodes[0]);
    heap_remove(&heap, &nodes[0]);
    assert_false(heap_is_queued(&nodes[0]));
    assert_null(heap_min(&heap));
}

static void drain_in_order(struct heap *heap, size_t count)
{
    uint64_t last = 0;

    for (size_t left = count; left > 0; left--) {
        struct heap_node *node = heap_min(heap);

        assert_true(node->key >= last);
        last = node->key;
        heap_remove(heap, node);
        if (left % 64 == 0) {
            assert_int_equal(check_heap(heap), left - 1);
        }
    }
    assert_null(heap_min(heap));
}

// Ascending, descending, equal, random and extreme keys.
static uint64_t key_of(int pattern, uint64_t i, struct random *random)
{
    const uint64_t keys[] = {i, NODES - i, 7, random_next(random), i % 2 == 0 ? 0 : UINT64_MAX};

    return keys[pattern];
}

static void test_patterns(void **state)
{
    struct heap heap = {};
    struct random random;

    (void)state;
    random_seed(&random, 1);
    for (int pattern = 0; pattern < 5; pattern++) {
        for (unsigned i = 0; i < NODES; i++) {
            nodes[i].key = key_of(pattern, i, &random);
            heap_insert(&heap, &nodes[i]);
        }
        assert_int_equal(check_heap(&heap), NODES);
        check_walk(&heap, NODES);
        assert_true(heap.root->rank <= 11); // log2(NODES + 1)
        drain_in_order(&heap, NODES);
    }
}

// Insert and remove any node at random, with few keys so that many are equal.
static void test_random_operations(void **state)
{
    struct heap heap = {};
    struct random random;
    size_t queued = 0;

    (void)state;
    random_seed(&random, 2);
    for (int step = 0; step < 20000; step++) {
        struct heap_node *node = &nodes[random_below(&random, NODES)];

        if (heap_is_queued(node)) {
            heap_remove(&heap, node);
            queued--;
        } else {
            node->key = random_below(&random, 500);
            heap_insert(&heap, node);
            queued++;
        }
        if (step % 100 == 0) {
            assert_int_equal(check_heap(&heap), queued);
            check_walk(&heap, queued);
            assert_int_equal(heap.root->key, smallest_key());
        }
    }
    drain_in_order(&heap, queued);
}

static void test_misuse_panics(void **state)
{
    struct heap heap = {};

    (void)state;
    expect_panic("heap_is_queued", heap_remove(&heap, &nodes[0]));
    heap_insert(&heap, &nodes[0]);
    expect_panic("!heap_is_queued", heap_insert(&heap, &nodes[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_empty_and_one, prepare),
        cmocka_unit_test_setup(test_patterns, prepare),
        cmocka_unit_test_setup(test_random_operations, prepare),
        cmocka_unit_test_setup(test_misuse_panics, prepare),
    };

    return cmocka_run_group_tests_name("heap", tests, NULL, NULL);
}
