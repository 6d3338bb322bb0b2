// SPDX-License-Identifier: MIT
// kernel/proc/signal_frame.c - the stack of a handler: what it gets, and what it interrupts.
//
// A program may read and change all of it, and unwinders do, so the layout is Linux's
// (struct signal_frame). It has no register that user mode may not set: the kernel's are left out.
// The program's floating-point registers are in user_thread.fp while it is in the kernel.
#include "kernel/proc/signal_frame.h"

#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "kernel/base/string.h"
#include "kernel/proc/make.h"
#include "kernel/proc/signal_mask.h"
#include "kernel/proc/vdso.h"
#include "kernel/riscv/csr.h"
#include "mm/user/copy.h"

enum { STACK_ALIGN = 16, A2 = REG_A1 + 1 };

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

// What the compiler moves and clears without a call of memcpy() or memset().
struct line {
    uint64_t word[8];
};

static void clear_info(struct siginfo *info)
{
    struct line *lines = (void *)info;

    lines[0] = (struct line){0};
    compiler_barrier(); // or both would be one, and a call of memset()
    lines[1] = (struct line){0};
}
_Static_assert(sizeof(struct siginfo) == 2 * sizeof(struct line), "it is cleared as such");

void signal_info_to_user(struct siginfo *to, int signo, const struct signal_info *info)
{
    bool by_kernel = info->code > SI_USER && info->code < SI_KERNEL;

    clear_info(to);
    to->signo = signo;
    to->error = info->error;
    to->code = info->code;
    if (by_kernel && is_fault(signo)) {
        to->fault.address = info->address;
    } else if (by_kernel && signo == SIGCHLD) {
        to->child.pid = info->pid;
        to->child.uid = info->uid;
        to->child.status = info->status;
    } else {
        to->sender.pid = info->pid;
        to->sender.uid = info->uid;
        to->sender.value = info->value;
    }
}

// ---- The stack for handlers ---------------------------------------------------------------------

static bool is_on_altstack(const struct user_thread *user, uint64_t sp)
{
    return user->altstack_bytes != 0 && (user->altstack_flags & SS_AUTODISARM) == 0 &&
           sp > user->altstack_at && sp - user->altstack_at <= user->altstack_bytes;
}

static void forget_altstack(struct user_thread *user)
{
    user->altstack_at = 0;
    user->altstack_bytes = 0;
    user->altstack_flags = 0;
}

NOINLINE int signal_altstack_set(uint64_t sp, const struct ksigaltstack *stack)
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

// The registers of floating point end here, and what may follow them: a reserved number in the
// upper half of the first word, then a magic number and a length. What the lower half has nobody
// looks at.
struct frame_tail {
    uint64_t reserved;
    uint64_t extension;
};

enum {
    CONTEXT_AT = offsetof(struct signal_frame, context),
    STACK_AT = offsetof(struct signal_frame, context.stack),
    REGISTERS_AT = offsetof(struct signal_frame, context.machine.registers),
    FP_AT = offsetof(struct signal_frame, context.machine.f),
    TAIL_AT = offsetof(struct signal_frame, context.machine.extension_reserved) - sizeof(uint32_t),
};
_Static_assert(TAIL_AT + sizeof(struct frame_tail) == sizeof(struct signal_frame), "its end");

_Static_assert(offsetof(struct frame_head, info) == 0 && CONTEXT_AT == sizeof(struct siginfo),
               "what fill_head() writes begins the frame");

static void fill_head(struct frame_head *head, const struct delivery *delivery, uint64_t sp)
{
    signal_info_to_user(&head->info, delivery->signo, &delivery->info);
    head->flags = 0;
    head->link = 0;
    head->stack = signal_altstack_get(sp);
    // Says not where the thread is, but how it is to be set up again.
    head->stack.flags &= ~(uint32_t)SS_ONSTACK;
    head->mask = delivery->before;
}

static void copy_registers(uint64_t to[32], const uint64_t from[32])
{
    for (unsigned i = 0; i < 32; i += 8) {
        *(struct line *)(void *)&to[i] = *(const struct line *)(const void *)&from[i];
    }
}

// Has this hart the floating-point registers of `user`, the calling thread? Context: interrupts
// off.
static bool hart_is_mine(const struct user_thread *user)
{
    // relaxed: see processor.user_owner.
    return atomic_load_explicit(&this_processor()->user_owner, memory_order_relaxed) ==
               user->thread &&
           (csr_read(sstatus) & SSTATUS_FS) != 0;
}

// The whole frame at once. Returns: whether it could be.
static bool write_in_place(const struct user_thread *user, uint64_t at,
                           const struct trap_frame *frame, const struct delivery *delivery)
{
    char *to = hold_user_range(at, sizeof(struct signal_frame), true);

    if (to == NULL) {
        return false;
    }
    fill_head((void *)to, delivery, frame->x[REG_SP]);
    copy_registers((void *)(to + REGISTERS_AT), frame->x);
    if (hart_is_mine(user)) {
        fp_store((void *)(to + FP_AT));
    } else {
        memcpy(to + FP_AT, &user->fp, sizeof(user->fp));
    }
    *(struct frame_tail *)(void *)(to + TAIL_AT) = (struct frame_tail){0};
    release_user_range();
    return true;
}

static NOINLINE int write_in_pieces(uint64_t at, struct trap_frame *frame,
                                    const struct delivery *delivery)
{
    struct fp_state *fp = &current()->user->fp;
    struct frame_tail tail = {0};
    struct frame_head head;
    struct user_piece pieces[] = {{at, &head, sizeof(head)},
                                  {at + REGISTERS_AT, frame->x, sizeof(frame->x)},
                                  {at + FP_AT, fp, sizeof(*fp)},
                                  {at + TAIL_AT, &tail, sizeof(tail)}};

    fill_head(&head, delivery, frame->x[REG_SP]);
    return copy_pieces_to_user(pieces, ARRAY_SIZE(pieces));
}

int signal_frame_push(struct trap_frame *frame, const struct delivery *delivery)
{
    struct user_thread *user = current()->user;
    uint64_t at = place_for(user, frame->x[REG_SP], delivery->action.flags);

    if (at == 0) {
        return -EFAULT;
    }
    frame->x[0] = frame->sepc; // which has no register; so the 32 are as they are to be
    if (unlikely(!write_in_place(user, at, frame, delivery)) &&
        write_in_pieces(at, frame, delivery) != 0) {
        return -EFAULT;
    }
    if ((user->altstack_flags & SS_AUTODISARM) != 0) {
        forget_altstack(user);
    }
    frame->sepc = delivery->action.handler;
    frame->x[REG_RA] = vdso_sigreturn;
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

static bool read_in_place(struct user_thread *user, uint64_t at, struct trap_frame *frame,
                          struct context_head *head, struct frame_tail *tail)
{
    const char *from = is_aligned(at, sizeof(uint64_t)) // else words would not be
                           ? hold_user_range(at, sizeof(struct signal_frame), false)
                           : NULL;

    if (from == NULL) {
        return false;
    }
    *head = *(const struct context_head *)(const void *)(from + STACK_AT);
    *tail = *(const struct frame_tail *)(const void *)(from + TAIL_AT);
    copy_registers(frame->x, (const void *)(from + REGISTERS_AT));
    if (hart_is_mine(user)) {
        fp_load_and_store((const void *)(from + FP_AT), &user->fp);
    } else {
        memcpy(&user->fp, from + FP_AT, sizeof(user->fp));
        user->fp.fcsr &= FCSR_MASK;
        user_thread_lose_hart(user); // whose registers are not these
    }
    release_user_range();
    return true;
}

static NOINLINE int read_in_pieces(uint64_t at, struct trap_frame *frame, struct context_head *head,
                                   struct frame_tail *tail)
{
    struct user_thread *user = current()->user;
    struct user_piece pieces[] = {{at + STACK_AT, head, sizeof(*head)},
                                  {at + REGISTERS_AT, frame->x, sizeof(frame->x)},
                                  {at + FP_AT, &user->fp, sizeof(user->fp)},
                                  {at + TAIL_AT, tail, sizeof(*tail)}};

    int err = copy_pieces_from_user(pieces, ARRAY_SIZE(pieces));
    user->fp.fcsr &= FCSR_MASK;
    user_thread_lose_hart(user);
    return err;
}

static NOINLINE void bad_frame(struct trap_frame *frame)
{
    frame->scause = SCAUSE_NONE;
    signal_fault(SIGSEGV, SI_KERNEL, 0);
}

void signal_frame_pop(struct trap_frame *frame)
{
    struct user_thread *user = current()->user;
    uint64_t at = frame->x[REG_SP];
    struct context_head head;
    struct frame_tail tail;

    if (unlikely(!read_in_place(user, at, frame, &head, &tail)) &&
        read_in_pieces(at, frame, &head, &tail) != 0) {
        bad_frame(frame);
        return;
    }
    if (unlikely((tail.reserved >> 32 | tail.extension) != 0)) {
        bad_frame(frame);
        return;
    }
    frame->sepc = frame->x[0];
    frame->scause = SCAUSE_NONE;
    if (unlikely(user->altstack_bytes != 0 || head.stack.flags != SS_DISABLE)) {
        // As Linux: what cannot be set up stays as it is, above all while a handler is on it.
        (void)!signal_altstack_set(frame->x[REG_SP], &head.stack);
    }
    user->restart.fn = NULL;
    signal_mask_set(head.mask);
}
