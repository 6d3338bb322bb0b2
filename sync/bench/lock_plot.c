// SPDX-License-Identifier: MIT
// sync/bench/lock_plot.c - `bench locks` as a picture.
#include "sync/bench/lock_plot.h"

#include "kernel/base/bits.h"
#include "kernel/base/format.h"
#include "kernel/base/string.h"
#include "kernel/bench.h"
#include "kernel/console.h"

enum { STEP_MAX = 12 }; // columns from one number of harts to the next

static unsigned column_of(unsigned position, const struct lock_options *o)
{
    unsigned intervals = o->harts_count > 1 ? o->harts_count - 1 : 1;
    uint64_t step = min_u64((PLOT_COLUMNS - 1) / intervals, STEP_MAX);

    return (unsigned)(position * step);
}

// Mark each lock with the first letter of its name that none before it has.
static void choose_marks(const struct lock_options *o, char marks[LOCK_CASES_MAX + 1])
{
    memset(marks, 0, LOCK_CASES_MAX + 1);
    for (unsigned i = 0; i < o->cases_count; i++) {
        const char *letter = o->cases[i]->name;

        while (*letter != '\0' && strchr(marks, *letter) != NULL) {
            letter++;
        }
        marks[i] = *letter != '\0' ? *letter : (char)('A' + i);
    }
}

static void draw(struct lock_plot *p, const struct lock_options *o, const char marks[])
{
    uint64_t low = UINT64_MAX;
    uint64_t high = 1;

    for (unsigned i = 0; i < o->cases_count; i++) {
        for (unsigned h = 0; h < o->harts_count; h++) {
            low = min_u64(low, p->price[i][h]);
            high = max_u64(high, p->price[i][h]);
        }
    }
    plot_init(&p->plot, low, high);
    for (unsigned i = 0; i < o->cases_count; i++) {
        for (unsigned h = 0; h < o->harts_count; h++) {
            plot_mark(&p->plot, column_of(h, o), p->price[i][h], marks[i]);
        }
    }
}

// The numbers of harts below their columns, but those for which there is no room.
static void print_axis(const struct lock_options *o)
{
    char line[PLOT_COLUMNS + 4] = "";
    size_t length = 0;

    for (unsigned h = 0; h < o->harts_count; h++) {
        size_t column = column_of(h, o);

        if (h == 0 || column > length) {
            length += format(line + length, sizeof(line) - length, "%*s%lu", (int)(column - length),
                             "", o->harts[h]);
        }
    }
    printk("%9s  %s\n", "harts", line);
}

void lock_plot_print(struct lock_plot *p, const struct lock_options *o)
{
    char marks[LOCK_CASES_MAX + 1];

    choose_marks(o, marks);
    draw(p, o, marks);
    printk("\n%s per acquisition, logarithmic:\n", bench_unit());
    for (unsigned row = PLOT_ROWS; row > 0; row--) {
        printk("%9lu |%s\n", plot_row_value(&p->plot, row - 1) / BENCH_MILLI, p->plot.row[row - 1]);
    }
    print_axis(o);
    for (unsigned i = 0; i < o->cases_count; i++) {
        printk("%s%c %s", i == 0 ? "" : "   ", marks[i], o->cases[i]->name);
    }
    printk("   %c several\n\n", PLOT_SEVERAL);
}
