// SPDX-License-Identifier: MIT
// tools/model/fiber.c - makes stacks and switches between them.
//
// makecontext() gets a new stack going; from then on _setjmp() and _longjmp() switch, because
// swapcontext() would make two system calls each time for a signal mask that never changes. This
// file is built without _FORTIFY_SOURCE, whose _longjmp() refuses to go to another stack.
#include "tools/model/fiber.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

enum { STACK_BYTES = 1 << 20 };

// What a new fiber is told; makecontext() passes ints only.
static struct start {
    struct fiber *fiber;
    void (*main)(void *argument);
    void *argument;
    ucontext_t back;
} *starting;

static void first_run(void)
{
    struct start *start = starting;
    void (*main)(void *argument) = start->main;
    void *argument = start->argument;

    if (_setjmp(start->fiber->at) == 0) {
        setcontext(&start->back);
    }
    main(argument);
    abort(); // it must not return: there is nothing below it
}

static void *new_stack(size_t size)
{
    void *stack = mmap(NULL, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);

    if (stack == MAP_FAILED || mprotect(stack, (size_t)getpagesize(), PROT_NONE) != 0) {
        perror("model: no memory for a stack");
        exit(EXIT_FAILURE);
    }
    return stack;
}

void fiber_make(struct fiber *fiber, void (*main)(void *argument), void *argument)
{
    struct start start = {.fiber = fiber, .main = main, .argument = argument};
    ucontext_t context;

    fiber->size = STACK_BYTES;
    fiber->stack = new_stack(fiber->size);
    getcontext(&context);
    context.uc_stack.ss_sp = fiber->stack;
    context.uc_stack.ss_size = fiber->size;
    context.uc_link = NULL;
    makecontext(&context, first_run, 0);
    starting = &start;
    swapcontext(&start.back, &context);
}

void fiber_switch(struct fiber *from, struct fiber *to)
{
    if (_setjmp(from->at) == 0) {
        _longjmp(to->at, 1);
    }
}
