// SPDX-License-Identifier: MIT
// tests/host/shim/expect_panic.h - let a cmocka test expect a panic.
//
// Limits: memory that the panicking call had allocated is leaked, and locks stay held.
#pragma once

// cmocka.h needs the others before it.
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

// Where a panic goes instead of abort(), for the calling thread; NULL to end that. The macro below
// is the way to use it.
void panic_catch(jmp_buf *where);

// Returns: the message of this thread's last panic; "" before one.
const char *panic_message(void);

// Run `statement`, which must panic with a message that contains `text`, or the test fails. The
// statement must not return or jump out.
#define expect_panic(text, statement)                                                              \
    do {                                                                                           \
        jmp_buf caught_;                                                                           \
        if (setjmp(caught_) == 0) {                                                                \
            panic_catch(&caught_);                                                                 \
            statement;                                                                             \
            panic_catch(NULL);                                                                     \
            fail_msg("no panic: %s", #statement);                                                  \
        }                                                                                          \
        if (strstr(panic_message(), (text)) == NULL) {                                             \
            fail_msg("panic \"%s\" lacks \"%s\"", panic_message(), (text));                        \
        }                                                                                          \
    } while (0)
