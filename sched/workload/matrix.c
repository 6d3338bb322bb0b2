// SPDX-License-Identifier: MIT
// sched/workload/matrix.c - `workload matrix`: many threads compute, and each gets its own result.
//
// Each multiplies matrices of its own, which only comes out right if its registers and its stack do
// through every switch.
#include "kernel/base/types.h"
#include "kernel/console.h"
#include "sched/workload/workload.h"

enum { SIDE = 10, ROUNDS = 400, MODULUS = 10007, BASE = 31 };

struct matrix {
    uint32_t at[SIDE][SIDE];
};

static void fill(struct matrix *m, uint64_t seed)
{
    for (unsigned i = 0; i < SIDE * SIDE; i++) {
        m->at[i / SIDE][i % SIDE] = (uint32_t)((seed + i) % MODULUS);
    }
}

static uint32_t dot(const struct matrix *a, const struct matrix *b, unsigned row, unsigned column)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < SIDE; i++) {
        sum += (uint64_t)a->at[row][i] * b->at[i][column];
    }
    return (uint32_t)(sum % MODULUS);
}

static void square(struct matrix *m)
{
    struct matrix from = *m;

    for (unsigned i = 0; i < SIDE * SIDE; i++) {
        m->at[i / SIDE][i % SIDE] = dot(&from, &from, i / SIDE, i % SIDE);
    }
}

// One number for what comes out of the matrix of `seed`.
static uint64_t compute(uint64_t seed)
{
    struct matrix m;
    uint64_t sum = 0;

    fill(&m, seed);
    for (unsigned i = 0; i < ROUNDS; i++) {
        square(&m);
    }
    for (unsigned i = 0; i < SIDE * SIDE; i++) {
        sum = sum * BASE + m.at[i / SIDE][i % SIDE];
    }
    return sum;
}

static void run_matrix(struct worker *w)
{
    w->result = compute(w->number);
}

static bool matrix_holds(const struct worker workers[], unsigned count)
{
    unsigned right = 0;

    for (unsigned i = 0; i < count; i++) {
        right += workers[i].result == compute(i);
    }
    printk("right results: %u of %u\n", right, count);
    return right == count;
}

const struct workload workload_matrix = {
    .name = "matrix",
    .threads = 30,
    .body = run_matrix,
    .holds = matrix_holds,
};
