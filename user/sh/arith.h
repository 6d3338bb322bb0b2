// SPDX-License-Identifier: MIT
// user/sh/arith.h - integer arithmetic of $((...)).
#pragma once

// The value of an expression of long integers, with C's operators but for ++ and --, and variables
// by name. After a mistake the command is left, with a message.
long arith_evaluate(const char *text);
