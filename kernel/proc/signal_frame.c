// SPDX-License-Identifier: MIT
// kernel/proc/signal_frame.c - the stack of a handler: what it gets, and what it interrupts.
//
// A program may read and change all of it, and unwinders do, so the layout is Linux's
// (struct signal_frame). It has no register that user mode may not set: the kernel's are left out.
// The program's floating-point registers are in user_thread.fp while it is in the kernel.
#include "kernel/proc/signal_frame.h"

#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "kernel/proc/make.h"
#include "kernel/proc/signal_mask.h"
#include "kernel/proc/vdso.h"
#include "mm/user/copy.h"

enum { STACK_ALIGN = 16, A2 = REG_A1 + 1, FCSR_MASK = 0xff };

_Static_assert(sizeof(struct fp_state) == offsetof(struct ucontext, machine.fp_reserved) +
                                              sizeof(uint32_t) -
                                              offsetof(struct ucontext, machine.f),
               "what is saved of floating point is copied as it is");

// ---- What a handler is told ---------------------------------------------------------------------

static bool is_fault(int signo)
{
    return signo == SIGSEGV || signo == SIGBUS || signo == SIGILL || signo == SIGTRAP ||
           signo == SIGFPE;
}

struct siginfo signal_info_to_user(int signo, const struct signal_info *info)
{
    struct siginfo to = {.signo = signo, .error = info->error, .code = info->code};
    bool by_kernel = info->code > SI_USER && info->code < SI_KERNEL;

    if (by_kernel && is_fault(signo)) {
        to.fault.address = info->address;
    } else if (by_kernel && signo == SIGCHLD) {
        to.child.pid = info->pid;
        to.child.uid = info->uid;
        to.child.status = info->status;
    } else {
        to.sender.pid = info->pid;
        to.sender.uid = info->uid;
        to.sender.value = info->value;
    }
    return to;
}

// ---- The stack for handlers ---------------------------------------------------------------------

static bool is_on_altstack(const struct user_thread *user, uint64_t sp)
{
    return (user->altstack_flags & SS_AUTODISARM) == 0 && sp > user->altstack_at &&
           sp - user->altstack_at <= user->altstack_bytes;
}

static void forget_altstack(struct user_thread *user)
{
    user->altstack_at = 0;
    user->altstack_bytes = 0;
    user->altstack_flags = 0;
}

int signal_altstack_set(uint64_t sp, const struct ksigaltstack *stack)
{
    struct user_thread *user = current()->user;
    uint32_t mode = stack->flags & ~SS_AUTODISARM;

    if (is_on_altstack(user, sp)) {
        return -EPERM;
    }
    if (mode != SS_DISABLE && mode != SS_ONSTACK && mode != 0) {
        return -EINVAL;
    }
    if (mode == SS_DISABLE) {
        forget_altstack(user);
        return 0;
    }
    if (stack->bytes < MINSIGSTKSZ) {
        return -ENOMEM;
    }
    user->altstack_at = stack->at;
    user->altstack_bytes = stack->bytes;
    user->altstack_flags = stack->flags;
    return 0;
}

struct ksigaltstack signal_altstack_get(uint64_t sp)
{
    const struct user_thread *user = current()->user;
    uint32_t state = user->altstack_bytes == 0  ? SS_DISABLE
                     : is_on_altstack(user, sp) ? SS_ONSTACK
                                                : 0;

    return (struct ksigaltstack){.at = user->altstack_at,
                                 .flags = state | (user->altstack_flags & SS_AUTODISARM),
                                 .bytes = user->altstack_bytes};
}

// Where the frame goes; 0: nowhere, since the stack for handlers is full.
static uint64_t place_for(const struct user_thread *user, uint64_t sp, uint64_t flags)
{
    bool on_altstack = is_on_altstack(user, sp);
    uint64_t top = sp;

    if (on_altstack && !is_on_altstack(user, sp - sizeof(struct signal_frame))) {
        return 0;
    }
    if ((flags & SA_ONSTACK) != 0 && user->altstack_bytes != 0 && !on_altstack) {
        top = user->altstack_at + user->altstack_bytes;
    }
    return round_down(top - sizeof(struct signal_frame), STACK_ALIGN);
}

// ---- Entering a handler -------------------------------------------------------------------------

// What comes before the registers.
struct frame_head {
    struct siginfo info;
    uint64_t flags;
    uint64_t link;
    struct ksigaltstack stack;
    uint64_t mask;
};
_Static_assert(sizeof(struct frame_head) ==
                   offsetof(struct signal_frame, context.mask) + sizeof(uint64_t),
               "the beginning of struct signal_frame");

// The registers of floating point end here, and what may follow them.
struct frame_tail {
    uint32_t none_before; // keeps it aligned: reserved
    uint32_t reserved;
    uint32_t magic;
    uint32_t bytes;
};

enum {
    CONTEXT_AT = offsetof(struct signal_frame, context),
    REGISTERS_AT = offsetof(struct signal_frame, context.machine.registers),
    FP_AT = offsetof(struct signal_frame, context.machine.f),
    TAIL_AT = offsetof(struct signal_frame, context.machine.extension_reserved) - sizeof(uint32_t),
};
_Static_assert(TAIL_AT + sizeof(struct frame_tail) == sizeof(struct signal_frame), "its end");

static int write_frame(uint64_t at, struct trap_frame *frame, struct frame_head *head)
{
    struct fp_state *fp = &current()->user->fp;
    struct frame_tail tail = {0};
    struct user_piece pieces[] = {{at, head, sizeof(*head)},
                                  {at + REGISTERS_AT, frame->x, sizeof(frame->x)},
                                  {at + FP_AT, fp, sizeof(*fp)},
                                  {at + TAIL_AT, &tail, sizeof(tail)}};

    frame->x[0] = frame->sepc; // which has no register; so the 32 are as they are to be
    return copy_pieces_to_user(pieces, ARRAY_SIZE(pieces));
}

int signal_frame_push(struct trap_frame *frame, const struct delivery *delivery, uint64_t blocked)
{
    struct user_thread *user = current()->user;
    uint64_t sp = frame->x[REG_SP];
    uint64_t at = place_for(user, sp, delivery->action.flags);
    struct frame_head head = {.info = signal_info_to_user(delivery->signo, &delivery->info),
                              .stack = signal_altstack_get(sp),
                              .mask = blocked};

    // Says not where the thread is, but how it is to be set up again.
    head.stack.flags &= ~(uint32_t)SS_ONSTACK;
    if (at == 0 || write_frame(at, frame, &head) != 0) {
        return -EFAULT;
    }
    if ((user->altstack_flags & SS_AUTODISARM) != 0) {
        forget_altstack(user);
    }
    frame->sepc = delivery->action.handler;
    frame->x[REG_RA] = vdso_sigreturn();
    frame->x[REG_SP] = at;
    frame->x[REG_A0] = (uint64_t)delivery->signo;
    frame->x[REG_A1] = at;
    frame->x[A2] = at + CONTEXT_AT;
    return 0;
}

// ---- Leaving it ---------------------------------------------------------------------------------

// What is read of a context before the registers.
struct context_head {
    struct ksigaltstack stack;
    uint64_t mask;
};

int signal_frame_pop(struct trap_frame *frame)
{
    struct user_thread *user = current()->user;
    uint64_t at = frame->x[REG_SP];
    struct context_head head;
    struct frame_tail tail;
    struct user_piece pieces[] = {
        {at + offsetof(struct signal_frame, context.stack), &head, sizeof(head)},
        {at + REGISTERS_AT, frame->x, sizeof(frame->x)},
        {at + FP_AT, &user->fp, sizeof(user->fp)},
        {at + TAIL_AT, &tail, sizeof(tail)}};

    int err = copy_pieces_from_user(pieces, ARRAY_SIZE(pieces));
    user->fp.fcsr &= FCSR_MASK;
    user_thread_lose_hart(user); // whose registers are not these
    if (err != 0) {
        return err;
    }
    if ((tail.reserved | tail.magic | tail.bytes) != 0) {
        return -EINVAL;
    }
    frame->sepc = frame->x[0];
    // As Linux: what cannot be set up stays as it is, above all while a handler is on that stack.
    (void)!signal_altstack_set(frame->x[REG_SP], &head.stack);
    user->restart.fn = NULL;
    signal_mask_set(head.mask);
    return 0;
}
