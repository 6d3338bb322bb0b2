// SPDX-License-Identifier: MIT
// kernel/test/crash.c - `crash KIND`: one way to panic each, to test what panic shows.
//
// Each mistake is made in a function of its own, which the backtrace must name.
#include "kernel/abi/errno.h"
#include "kernel/base/format.h"
#include "kernel/base/panic.h"
#include "kernel/base/string.h"
#include "kernel/command.h"
#include "kernel/console.h"
#include "kernel/riscv/irq.h"
#include "kernel/thread.h"
#include "mm/frame.h"
#include "mm/layout.h"
#include "mm/objcache.h"
#include "sync/spinlock.h"

static struct spinlock outer = SPINLOCK_INIT("crash outer", RANK_BENCH);
static struct spinlock inner = SPINLOCK_INIT("crash inner", RANK_CONSOLE);

// Each frame is used before and after the call, so the compiler must keep them all.
static NOINLINE unsigned crash_recurse(unsigned depth)
{
    char frame[256];

    (void)format(frame, sizeof(frame), "%u", depth);
    unsigned below = depth == UINT32_MAX ? 0 : crash_recurse(depth + 1);
    return below + (unsigned char)frame[0];
}

static NOINLINE void crash_stack_overflow(void)
{
    printk("crash: never overflowed: %u\n", crash_recurse(0));
}

static NOINLINE void crash_wild_pointer(void)
{
    uint64_t *wild = (uint64_t *)UINT64_C(0x123456789ab8);

    *wild = 1;
}

static NOINLINE void crash_assertion(void)
{
    assert(thread_count() == 0);
}

static NOINLINE void crash_rank_inversion(void) NO_TSA
{
    spin_lock(&inner);
    spin_lock(&outer);
}

static NOINLINE void crash_self_deadlock(void) NO_TSA
{
    spin_lock(&outer);
    spin_lock(&outer);
}

static NOINLINE void crash_wrong_release(void) NO_TSA
{
    irq_disable();
    spin_unlock_irqoff(&outer);
}

static NOINLINE void crash_double_free(void)
{
    void *frame = frames_alloc(0);

    frames_free(frame, 0);
    frames_free(frame, 0);
    compiler_barrier(); // so that the call is no jump, and the backtrace has this function
}

// Interrupts off: the allocation finds, in the hart's cache, what was just freed.
static NOINLINE void crash_write_after_free(void)
{
    irq_disable();
    uint64_t *frame = frames_alloc(0);

    frames_free(frame, 0);
    frame[PAGE_SIZE / sizeof(*frame) - 1] = 0;
    (void)frames_alloc(0);
    compiler_barrier();
}

struct crash_object {
    uint64_t words[9];
};

static struct objcache objects = OBJCACHE_INIT(objects, struct crash_object);

static NOINLINE void crash_object_double_free(void)
{
    struct crash_object *object = objcache_alloc(&objects);

    objcache_free(&objects, object);
    objcache_free(&objects, object);
    compiler_barrier();
}

static NOINLINE void crash_object_write_after_free(void)
{
    struct crash_object *object = objcache_alloc(&objects);

    objcache_free(&objects, object);
    object->words[3] = 0;
    (void)objcache_alloc(&objects);
    compiler_barrier();
}

// One word too far.
static NOINLINE void crash_object_overrun(void)
{
    struct crash_object *object = objcache_alloc(&objects);

    memset(object, 0, sizeof(*object) + sizeof(uint64_t));
    objcache_free(&objects, object);
    compiler_barrier();
}

static const struct kind {
    const char *name;
    void (*crash)(void);
    bool debug_only; // a release build would hang or go on, not panic
} kinds[] = {
    {"stack-overflow", crash_stack_overflow, false},
    {"wild-pointer", crash_wild_pointer, false},
    {"assertion", crash_assertion, false},
    {"rank-inversion", crash_rank_inversion, true},
    {"self-deadlock", crash_self_deadlock, true},
    {"wrong-release", crash_wrong_release, true},
    {"double-free", crash_double_free, true},
    {"write-after-free", crash_write_after_free, true},
    {"object-double-free", crash_object_double_free, true},
    {"object-write-after-free", crash_object_write_after_free, true},
    {"object-overrun", crash_object_overrun, true},
};

static int crash(const struct kind *kind)
{
    if (kind->debug_only && !CONFIG_DEBUG) {
        printk("crash: only debug builds detect %s\n", kind->name);
        return 1;
    }
    kind->crash();
    printk("crash: %s did not panic\n", kind->name);
    return 1;
}

static int crash_run(int argc, char **argv)
{
    for (unsigned i = 0; argc == 2 && i < ARRAY_SIZE(kinds); i++) {
        if (strcmp(argv[1], kinds[i].name) == 0) {
            return crash(&kinds[i]);
        }
    }
    return -EINVAL;
}
COMMAND(crash, "crash",
        "stack-overflow|wild-pointer|assertion|rank-inversion|self-deadlock|wrong-release|"
        "double-free|write-after-free|object-double-free|object-write-after-free|object-overrun",
        "make the kernel panic, to test the panic", crash_run);
