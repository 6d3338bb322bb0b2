// SPDX-License-Identifier: MIT
// user/lib/cpus.c - sets of cpus as text: 0-3,6 and masks.
#include "user/lib/cpus.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// One cpu, or two with a - between them. Returns: what follows, NULL if it is no such thing.
static const char *range_read(const char *text, cpu_set_t *set)
{
    char *end;
    if (!isdigit((unsigned char)*text)) {
        return NULL;
    }
    unsigned long first = strtoul(text, &end, 10);
    unsigned long last = first;
    if (*end == '-') {
        text = end + 1;
        last = strtoul(text, &end, 10);
    }
    if (end == text || last < first || last >= CPU_SETSIZE) {
        return NULL;
    }
    for (unsigned long cpu = first; cpu <= last; cpu++) {
        CPU_SET(cpu, set);
    }
    return end;
}

bool cpus_from_list(const char *text, cpu_set_t *set)
{
    CPU_ZERO(set);
    while ((text = range_read(text, set)) != NULL && *text == ',') {
        text++;
    }
    return text != NULL && *text == '\0';
}

static void add_if(cpu_set_t *set, unsigned cpu, bool wanted)
{
    if (wanted) {
        CPU_SET(cpu, set);
    }
}

// The four cpus of a mask's digit.
static void add_digit(cpu_set_t *set, unsigned first, unsigned digit)
{
    for (unsigned bit = 0; bit < 4; bit++) {
        add_if(set, first + bit, (digit >> bit & 1) != 0);
    }
}

static unsigned digit_at(const cpu_set_t *set, int first)
{
    unsigned digit = 0;
    for (int bit = 0; bit < 4; bit++) {
        digit |= (CPU_ISSET(first + bit, set) ? 1U : 0U) << bit;
    }
    return digit;
}

bool cpus_from_mask(const char *text, cpu_set_t *set)
{
    static const char digits[] = "0123456789abcdef";
    CPU_ZERO(set);
    if (strncmp(text, "0x", 2) == 0) {
        text += 2;
    }
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++) {
        int character = (tolower)((unsigned char)text[length - 1 - i]);
        const char *digit = strchr(digits, character);
        if (digit == NULL || i >= CPU_SETSIZE / 4) {
            return false;
        }
        add_digit(set, 4 * (unsigned)i, (unsigned)(digit - digits));
    }
    return CPU_COUNT(set) > 0;
}

void cpus_to_list(const cpu_set_t *set, char *buffer, size_t size)
{
    size_t length = 0;
    buffer[0] = '\0';
    for (int cpu = 0; cpu < CPU_SETSIZE && length < size; cpu++) {
        if (!CPU_ISSET(cpu, set)) {
            continue;
        }
        int first = cpu;
        while (cpu + 1 < CPU_SETSIZE && CPU_ISSET(cpu + 1, set)) {
            cpu++;
        }
        const char *comma = length > 0 ? "," : "";
        length += (size_t)snprintf(buffer + length, size - length,
                                   first == cpu ? "%s%d" : "%s%d-%d", comma, first, cpu);
    }
}

void cpus_to_mask(const cpu_set_t *set, char *buffer, size_t size)
{
    size_t length = 0;
    for (int cpu = CPU_SETSIZE - 4; cpu >= 0; cpu -= 4) {
        unsigned digit = digit_at(set, cpu);
        if ((digit != 0 || length > 0 || cpu == 0) && length + 1 < size) {
            buffer[length++] = "0123456789abcdef"[digit];
        }
    }
    buffer[length] = '\0';
}
