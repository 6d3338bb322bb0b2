// SPDX-License-Identifier: MIT
// kernel/proc/sys_futex.c - futex(): its operations and their arguments.
#include "kernel/abi/errno.h"
#include "kernel/proc/futex.h"
#include "kernel/proc/futex_pi.h"
#include "kernel/proc/sys.h"
#include "kernel/proc/user_time.h"
#include "kernel/timer.h"
#include "mm/user/copy.h"

struct futex_call {
    struct futex_word word;
    unsigned command;
    bool wall; // the timeout is a date
    uint32_t value;
    uint64_t fourth; // a timeout, or a number
    struct futex_word other;
    uint32_t value3;
    uint64_t deadline_ticks;
};

// ---- Waiting ------------------------------------------------------------------------------------

static bool takes_timeout(unsigned command)
{
    return command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET || command == FUTEX_LOCK_PI ||
           command == FUTEX_LOCK_PI2;
}

// Until when. Returns: 0; -EFAULT; -EINVAL.
static int set_deadline(struct futex_call *call)
{
    uint64_t ns;
    int err;

    call->deadline_ticks = TIME_NEVER;
    if (!takes_timeout(call->command) || call->fourth == 0) {
        return 0;
    }
    err = get_timespec(&ns, call->fourth);
    if (err == 0) {
        bool wall = call->wall || call->command == FUTEX_LOCK_PI;

        call->deadline_ticks = call->command == FUTEX_WAIT ? deadline_after_ns(ns) // alone relative
                                                           : deadline_at(ns, wall);
    }
    return err;
}

static long wait(struct futex_word word, uint32_t value, uint32_t bits, uint64_t deadline_ticks);

static long wait_again(struct restart *restart)
{
    const uint64_t *arguments = restart->arguments;

    return wait((struct futex_word){arguments[0], arguments[1] != 0}, (uint32_t)arguments[2],
                (uint32_t)arguments[3], arguments[4]);
}

// futex_wait(); where a signal breaks in, with a deadline, what goes on has the same deadline.
static long wait(struct futex_word word, uint32_t value, uint32_t bits, uint64_t deadline_ticks)
{
    int err = futex_wait(word, value, bits, deadline_ticks);

    if (err != -EINTR) {
        return err;
    }
    if (deadline_ticks == TIME_NEVER) {
        return -ERESTARTSYS;
    }
    current()->user->restart = (struct restart){
        .fn = wait_again, .arguments = {word.at, word.shared, value, bits, deadline_ticks}};
    return -ERESTART_RESTARTBLOCK;
}

static long call_wait(const struct futex_call *call)
{
    if (call->value3 == 0) {
        return -EINVAL;
    }
    return wait(call->word, call->value, call->value3, call->deadline_ticks);
}

// ---- Waking -------------------------------------------------------------------------------------

// How many to wake, of a number that a program gave: one at least, as Linux does.
static unsigned at_least_one(uint32_t n)
{
    return (int)n > 1 ? n : 1;
}

static long call_wake(const struct futex_call *call)
{
    if (call->value3 == 0) {
        return -EINVAL;
    }
    return futex_wake(call->word, at_least_one(call->value), call->value3);
}

static long call_requeue(const struct futex_call *call)
{
    const uint32_t *expected = call->command == FUTEX_CMP_REQUEUE ? &call->value3 : NULL;
    int wake = (int)call->value;
    int move = (int)call->fourth;

    if (wake < 0 || move < 0) {
        return -EINVAL;
    }
    return futex_requeue(call->word, call->other, (unsigned)wake, (unsigned)move, expected);
}

// ---- Changing a word, and waking ----------------------------------------------------------------

static int sign_extend_12(uint32_t bits)
{
    return (int)(bits << 20) >> 20;
}

// What FUTEX_WAKE_OP makes of `old`. Returns: 0; -ENOSYS.
static int operate(uint32_t encoded, uint32_t old, uint32_t *result)
{
    unsigned operation = encoded >> 28;
    uint32_t operand = (uint32_t)sign_extend_12(encoded >> 12);

    if (operation & FUTEX_OP_OPARG_SHIFT) {
        operand = 1u << (operand & 31);
    }
    switch (operation & ~(unsigned)FUTEX_OP_OPARG_SHIFT) {
    case FUTEX_OP_SET:
        *result = operand;
        return 0;
    case FUTEX_OP_ADD:
        *result = old + operand;
        return 0;
    case FUTEX_OP_OR:
        *result = old | operand;
        return 0;
    case FUTEX_OP_ANDN:
        *result = old & ~operand;
        return 0;
    case FUTEX_OP_XOR:
        *result = old ^ operand;
        return 0;
    default:
        return -ENOSYS;
    }
}

// Is the comparison that FUTEX_WAKE_OP makes with `old` true? Returns: 0 or 1; -ENOSYS.
static int compare(uint32_t encoded, uint32_t old)
{
    int value = (int)old;
    int with = sign_extend_12(encoded);

    switch (encoded >> 24 & 15) {
    case FUTEX_OP_CMP_EQ:
        return value == with;
    case FUTEX_OP_CMP_NE:
        return value != with;
    case FUTEX_OP_CMP_LT:
        return value < with;
    case FUTEX_OP_CMP_LE:
        return value <= with;
    case FUTEX_OP_CMP_GT:
        return value > with;
    case FUTEX_OP_CMP_GE:
        return value >= with;
    default:
        return -ENOSYS;
    }
}

// Change the word at `at` as `encoded` says, atomically. Returns: as compare() of what it was;
// -EFAULT; -EINVAL.
static int change_word(uva_t at, uint32_t encoded)
{
    uint32_t old = 0;
    uint32_t desired;
    uint32_t found;
    int err = get_user_u32(&found, at);

    do {
        old = found;
        if (err == 0) {
            err = operate(encoded, old, &desired);
        }
        if (err == 0) {
            err = compare_exchange_user_u32(at, old, desired, &found);
        }
    } while (err == 0 && found != old);
    return err != 0 ? err : compare(encoded, old);
}

// The word changes before anybody is woken, so no lock need be held around both: who finds the new
// word and waits is at the end of the queue.
static long call_wake_op(const struct futex_call *call)
{
    struct futex_key key;
    int err = futex_key_of(call->word, &key);

    if (err != 0) {
        return err;
    }
    int holds = change_word(call->other.at, call->value3);
    if (holds < 0) {
        return holds;
    }
    long woken = futex_wake(call->word, at_least_one(call->value), FUTEX_BITSET_MATCH_ANY);
    if (holds == 0 || woken < 0) {
        return woken;
    }
    long more =
        futex_wake(call->other, at_least_one((uint32_t)call->fourth), FUTEX_BITSET_MATCH_ANY);
    return more < 0 ? more : woken + more;
}

// ---- With priority inheritance ------------------------------------------------------------------

static long call_lock_pi(const struct futex_call *call)
{
    return futex_lock_pi(call->word, call->deadline_ticks);
}

static long call_trylock_pi(const struct futex_call *call)
{
    return futex_trylock_pi(call->word);
}

static long call_unlock_pi(const struct futex_call *call)
{
    return futex_unlock_pi(call->word);
}

// ---- The call -----------------------------------------------------------------------------------

typedef long command_fn(const struct futex_call *call);

static command_fn *const commands[] = {
    [FUTEX_WAIT] = call_wait,           [FUTEX_WAKE] = call_wake,
    [FUTEX_REQUEUE] = call_requeue,     [FUTEX_CMP_REQUEUE] = call_requeue,
    [FUTEX_WAKE_OP] = call_wake_op,     [FUTEX_LOCK_PI] = call_lock_pi,
    [FUTEX_UNLOCK_PI] = call_unlock_pi, [FUTEX_TRYLOCK_PI] = call_trylock_pi,
    [FUTEX_WAIT_BITSET] = call_wait,    [FUTEX_WAKE_BITSET] = call_wake,
    [FUTEX_LOCK_PI2] = call_lock_pi,
};

static long call_any(struct futex_call *call)
{
    if (call->command >= ARRAY_SIZE(commands) || commands[call->command] == NULL ||
        (call->wall && call->command != FUTEX_WAIT_BITSET && call->command != FUTEX_LOCK_PI2)) {
        return -ENOSYS;
    }
    int err = set_deadline(call);

    return err != 0 ? err : commands[call->command](call);
}

// NOLINTNEXTLINE(readability-function-size): as many parameters as the call has
static NOINLINE long decode(uint64_t at, uint64_t operation, uint64_t value, uint64_t fourth,
                            uint64_t other, uint64_t value3)
{
    bool shared = (operation & FUTEX_PRIVATE_FLAG) == 0;
    unsigned command = (unsigned)operation & ~(unsigned)(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME);
    bool any = command == FUTEX_WAIT || command == FUTEX_WAKE; // have no bits
    struct futex_call call = {.word = {at, shared},
                              .command = command,
                              .wall = (operation & FUTEX_CLOCK_REALTIME) != 0,
                              .value = (uint32_t)value,
                              .fourth = fourth,
                              .other = {other, shared},
                              .value3 = any ? FUTEX_BITSET_MATCH_ANY : (uint32_t)value3};

    return call_any(&call);
}

// What locks do most comes first.
// NOLINTNEXTLINE(readability-function-size): as many parameters as the call has
long sys_futex(uint64_t at, uint64_t operation, uint64_t value, uint64_t fourth, uint64_t other,
               uint64_t value3)
{
    struct futex_word word = {at, false};

    if (likely((uint32_t)operation == (FUTEX_WAKE | FUTEX_PRIVATE_FLAG))) {
        return futex_wake(word, at_least_one((uint32_t)value), FUTEX_BITSET_MATCH_ANY);
    }
    if (likely((uint32_t)operation == (FUTEX_WAIT | FUTEX_PRIVATE_FLAG) && fourth == 0)) {
        return wait(word, (uint32_t)value, FUTEX_BITSET_MATCH_ANY, TIME_NEVER);
    }
    return decode(at, operation, value, fourth, other, value3);
}
