// SPDX-License-Identifier: MIT
// tests/host/shim/panic.c - panic() for host tests: print and abort, or return to expect_panic().
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernel/base/panic.h"
#include "tests/host/shim/expect_panic.h"

static _Thread_local jmp_buf *catcher; // NULL: no panic is expected
static _Thread_local char message[512];

void panic_catch(jmp_buf *where)
{
    catcher = where;
}

const char *panic_message(void)
{
    return message;
}

void panic(const char *text, ...)
{
    jmp_buf *where = catcher;
    va_list arguments;

    va_start(arguments, text);
    vsnprintf(message, sizeof(message), text, arguments);
    va_end(arguments);
    if (where == NULL) {
        fprintf(stderr, "PANIC: %s\n", message);
        abort();
    }
    catcher = NULL;
    longjmp(*where, 1);
}
