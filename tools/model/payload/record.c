// SPDX-License-Identifier: MIT
// tools/model/payload/record.c - prints one JSON object of numbers on the console.
#include "tools/model/payload/record.h"

#include <stdbool.h>

#include "tools/model/payload/virt.h"

static bool begun;

static void put_text(const char *text)
{
    while (*text != '\0') {
        virt_put(*text++);
    }
}

static void put_decimal(uint64_t value)
{
    char digits[20];
    unsigned count = 0;

    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    while (count > 0) {
        virt_put(digits[--count]);
    }
}

static void put_name(const char *name)
{
    put_text(begun ? ", \"" : "{\"");
    begun = true;
    put_text(name);
    put_text("\": ");
}

void record_number(const char *name, uint64_t value)
{
    put_name(name);
    put_decimal(value);
}

void record_list(const char *name, const uint64_t *values, uint64_t count, uint64_t stride)
{
    put_name(name);
    for (uint64_t i = 0; i < count; i++) {
        put_text(i == 0 ? "[" : ", ");
        put_decimal(values[i * stride]);
    }
    put_text("]");
}

void record_end(void)
{
    put_text("}\n");
}
