// SPDX-License-Identifier: MIT
// user/hb/printf.c - formatted output, as POSIX has it.
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/hb/applet.h"
#include "user/lib/escape.h"
#include "user/lib/fail.h"

// What is left of the arguments, and what became of those before.
struct arguments {
    char **next;
    bool stop; // after %b met \c
    int status;
};

static const char *take(struct arguments *arguments)
{
    return *arguments->next != NULL ? *arguments->next++ : "";
}

static long long take_number(struct arguments *arguments)
{
    const char *text = take(arguments);
    char *end;
    if (*text == '\'' || *text == '"') {
        return (unsigned char)text[1];
    }
    long long value = strtoll(text, &end, 0);
    if (*end != '\0') {
        arguments->status = complain("%s is not a number", text);
    }
    return value;
}

static void print_escaped(struct arguments *arguments)
{
    const char *text = take(arguments);
    while (text != NULL && *text != '\0') {
        text = escape_print(text);
    }
    arguments->stop = text == NULL;
}

// `spec` is flags, width and precision, from its % on; `letter` what follows them.
static bool convert(const char *spec, int length, char letter, struct arguments *arguments)
{
    char format[40];
    if (length > 30) {
        return false;
    }
    bool number = strchr("diouxX", letter) != NULL;
    snprintf(format, sizeof(format), "%.*s%s%c", length, spec, number ? "ll" : "", letter);
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wformat-nonliteral"
    if (number) {
        printf(format, take_number(arguments));
    } else if (letter == 's') {
        printf(format, take(arguments));
    } else if (letter == 'c') {
        putchar(*take(arguments));
    } else {
        return false;
    }
#pragma clang diagnostic pop
    return true;
}

// Returns: what follows a directive, NULL if it is none.
static const char *directive(const char *text, struct arguments *arguments)
{
    int length = 1 + (int)strspn(text + 1, "-+ #0123456789.");
    char letter = text[length];
    if (letter == '%') {
        putchar('%');
    } else if (letter == 'b') {
        print_escaped(arguments);
    } else if (letter == '\0' || !convert(text, length, letter, arguments)) {
        return NULL;
    }
    return text + length + 1;
}

// Print the format once.
static void pass(const char *format, struct arguments *arguments)
{
    while (format != NULL && *format != '\0' && !arguments->stop) {
        if (*format != '%') {
            format = escape_print(format);
            arguments->stop = format == NULL;
            continue;
        }
        const char *after = directive(format, arguments);
        if (after == NULL) {
            arguments->status = complain("%s: not a directive", format);
            arguments->stop = true;
        }
        format = after;
    }
}

int printf_main(int argc, char **argv)
{
    if (argc < 2) {
        return misuse("there is no format");
    }
    struct arguments arguments = {.next = argv + 2};
    char **before;
    do {
        before = arguments.next;
        pass(argv[1], &arguments);
    } while (!arguments.stop && *arguments.next != NULL && arguments.next != before);
    return arguments.status;
}
