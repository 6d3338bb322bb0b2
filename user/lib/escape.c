// SPDX-License-Identifier: MIT
// user/lib/escape.c - backslash escapes, as echo -e and printf know them.
#include "user/lib/escape.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Up to `most` digits in base 8 or 16. Returns: what follows them.
static const char *print_number(const char *text, int base, size_t most)
{
    char digits[8] = "";
    size_t length = strspn(text, base == 8 ? "01234567" : "0123456789abcdefABCDEF");
    length = length < most ? length : most;
    memcpy(digits, text, length);
    putchar((int)strtol(digits, NULL, base));
    return text + length;
}

const char *escape_print(const char *text)
{
    static const char letters[] = "abefnrtv\\";
    static const char values[] = "\a\b\033\f\n\r\t\v\\";
    if (*text != '\\' || text[1] == '\0') {
        putchar(*text);
        return text + 1;
    }
    const char *letter = strchr(letters, text[1]);
    if (letter != NULL) {
        putchar(values[letter - letters]);
        return text + 2;
    }
    if (text[1] == 'c') {
        return NULL;
    }
    if (text[1] == 'x' && isxdigit((unsigned char)text[2])) {
        return print_number(text + 2, 16, 2);
    }
    if (text[1] >= '0' && text[1] <= '7') {
        return print_number(text + 1, 8, text[1] == '0' ? 4 : 3);
    }
    putchar('\\');
    return text + 1;
}
