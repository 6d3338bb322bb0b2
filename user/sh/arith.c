// SPDX-License-Identifier: MIT
// user/sh/arith.c - integer arithmetic of $((...)).
//
// By precedence climbing: a table gives each binary operator its precedence. What && || and ?: do
// not choose is parsed all the same, but assigns nothing and divides by nothing.
#include "user/sh/arith.h"

#include <ctype.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/lib/fail.h"
#include "user/sh/arena.h"
#include "user/sh/shell.h"
#include "user/sh/vars.h"

struct reader {
    const char *at;
    const char *error;
    unsigned skipping; // > 0: the value is not wanted
};

enum operation {
    OP_OR_ELSE,
    OP_AND_THEN,
    OP_OR,
    OP_XOR,
    OP_AND,
    OP_EQ,
    OP_NE,
    OP_LE,
    OP_GE,
    OP_LT,
    OP_GT,
    OP_SHL,
    OP_SHR,
    OP_ADD,
    OP_SUB,
    OP_MUL,
    OP_DIV,
    OP_MOD,
};

// The longer ones first.
static const struct operator_row {
    const char *text;
    enum operation operation;
    int precedence;
} operators[] = {
    {"||", OP_OR_ELSE, 1}, {"&&", OP_AND_THEN, 2}, {"==", OP_EQ, 6}, {"!=", OP_NE, 6},
    {"<<", OP_SHL, 8},     {">>", OP_SHR, 8},      {"<=", OP_LE, 7}, {">=", OP_GE, 7},
    {"<", OP_LT, 7},       {">", OP_GT, 7},        {"|", OP_OR, 3},  {"^", OP_XOR, 4},
    {"&", OP_AND, 5},      {"+", OP_ADD, 9},       {"-", OP_SUB, 9}, {"*", OP_MUL, 10},
    {"/", OP_DIV, 10},     {"%", OP_MOD, 10},
};
enum { OPERATORS = sizeof(operators) / sizeof(operators[0]) };

static long read_choice(struct reader *reader);

static void refuse(struct reader *reader, const char *error)
{
    reader->error = reader->error != NULL ? reader->error : error;
}

static void skip_blanks(struct reader *reader)
{
    reader->at += strspn(reader->at, " \t\n");
}

static bool accept(struct reader *reader, const char *text)
{
    skip_blanks(reader);
    if (strncmp(reader->at, text, strlen(text)) != 0) {
        return false;
    }
    reader->at += strlen(text);
    return true;
}

static const struct operator_row *peek_operator(struct reader *reader)
{
    skip_blanks(reader);
    for (unsigned i = 0; i < OPERATORS; i++) {
        size_t length = strlen(operators[i].text);
        if (strncmp(reader->at, operators[i].text, length) == 0) {
            // With = after it, it assigns.
            bool assigns = reader->at[length] == '=' && operators[i].precedence != 6 &&
                           operators[i].precedence != 7;
            return assigns ? NULL : &operators[i];
        }
    }
    return NULL;
}

// Arithmetic wraps around; C leaves that open for signed numbers.
static long wrap(unsigned long value)
{
    return (long)value;
}

static long divide(struct reader *reader, enum operation operation, long left, long right)
{
    if (reader->skipping > 0) {
        return 0;
    }
    if (right == 0) {
        refuse(reader, "division by zero");
        return 0;
    }
    if (right == -1) {
        return operation == OP_DIV ? wrap(-(unsigned long)left) : 0;
    }
    return operation == OP_DIV ? left / right : left % right;
}

static long apply(struct reader *reader, enum operation operation, long left, long right)
{
    unsigned long a = (unsigned long)left;
    unsigned long b = (unsigned long)right;
    if (operation == OP_DIV || operation == OP_MOD) {
        return divide(reader, operation, left, right);
    }
    const long results[] = {
        [OP_OR_ELSE] = left != 0 || right != 0,
        [OP_AND_THEN] = left != 0 && right != 0,
        [OP_OR] = left | right,
        [OP_XOR] = left ^ right,
        [OP_AND] = left & right,
        [OP_EQ] = left == right,
        [OP_NE] = left != right,
        [OP_LE] = left <= right,
        [OP_GE] = left >= right,
        [OP_LT] = left<right, [OP_GT] = left> right,
        [OP_SHL] = wrap(a << (b & 63)),
        [OP_SHR] = left >> (b & 63),
        [OP_ADD] = wrap(a + b),
        [OP_SUB] = wrap(a - b),
        [OP_MUL] = wrap(a * b),
    };
    return results[operation];
}

static long value_of(const char *name)
{
    const char *text = vars_get(name);
    return text != NULL ? strtol(text, NULL, 0) : 0;
}

static void assign(struct reader *reader, const char *name, long value)
{
    char text[24];
    if (reader->skipping == 0 && reader->error == NULL) {
        snprintf(text, sizeof(text), "%ld", value);
        vars_set(name, text);
    }
}

// A variable, and what is assigned to it, if anything.
static long read_variable(struct reader *reader)
{
    size_t length = vars_name_length(reader->at);
    const char *name = arena_copy(reader->at, length);
    reader->at += length;
    skip_blanks(reader);
    if (reader->at[0] == '=' && reader->at[1] != '=') {
        reader->at++;
        long value = read_choice(reader);
        assign(reader, name, value);
        return value;
    }
    for (unsigned i = 0; i < OPERATORS; i++) {
        size_t size = strlen(operators[i].text);
        bool found = strncmp(reader->at, operators[i].text, size) == 0;
        if (found && reader->at[size] == '=' && peek_operator(reader) == NULL) {
            reader->at += size + 1;
            long value = apply(reader, operators[i].operation, value_of(name), read_choice(reader));
            assign(reader, name, value);
            return value;
        }
    }
    return value_of(name);
}

static long read_number(struct reader *reader)
{
    char *end;
    long value = strtol(reader->at, &end, 0);
    if (end == reader->at) {
        refuse(reader, "a number is missing");
    }
    reader->at = end;
    return value;
}

static long read_unary(struct reader *reader)
{
    if (accept(reader, "-")) {
        return wrap(-(unsigned long)read_unary(reader));
    }
    if (accept(reader, "+")) {
        return read_unary(reader);
    }
    if (accept(reader, "~")) {
        return ~read_unary(reader);
    }
    if (accept(reader, "!")) {
        return read_unary(reader) == 0;
    }
    if (accept(reader, "(")) {
        long value = read_choice(reader);
        if (!accept(reader, ")")) {
            refuse(reader, "( without )");
        }
        return value;
    }
    return vars_name_length(reader->at) > 0 ? read_variable(reader) : read_number(reader);
}

// Operators that bind at least as tightly as `precedence`.
static long read_binary(struct reader *reader, int precedence)
{
    long left = read_unary(reader);
    const struct operator_row *row;
    while ((row = peek_operator(reader)) != NULL && row->precedence >= precedence &&
           reader->error == NULL) {
        reader->at += strlen(row->text);
        bool decided = (row->operation == OP_OR_ELSE && left != 0) ||
                       (row->operation == OP_AND_THEN && left == 0);
        reader->skipping += decided;
        long right = read_binary(reader, row->precedence + 1);
        reader->skipping -= decided;
        left = apply(reader, row->operation, left, right);
    }
    return left;
}

// a ? b : c
static long read_choice(struct reader *reader)
{
    long condition = read_binary(reader, 1);
    if (!accept(reader, "?")) {
        return condition;
    }
    reader->skipping += condition == 0;
    long first = read_choice(reader);
    reader->skipping -= condition == 0;
    if (!accept(reader, ":")) {
        refuse(reader, "? without :");
    }
    reader->skipping += condition != 0;
    long second = read_choice(reader);
    reader->skipping -= condition != 0;
    return condition != 0 ? first : second;
}

long arith_evaluate(const char *text)
{
    struct reader reader = {.at = text};
    skip_blanks(&reader);
    long value = *reader.at != '\0' ? read_choice(&reader) : 0;
    skip_blanks(&reader);
    if (*reader.at != '\0') {
        refuse(&reader, "it does not end there");
    }
    if (reader.error != NULL) {
        complain("$((%s)): %s", text, reader.error);
        shell_leave(UNWIND_ABORT, 2);
    }
    return value;
}
