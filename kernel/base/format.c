// SPDX-License-Identifier: MIT
// kernel/base/format.c - printf-style formatting.
#include "kernel/base/format.h"

#include "kernel/base/panic.h"
#include "kernel/base/string.h"

struct sink {
    char *buffer;
    size_t size;
    size_t length; // of the whole text so far, kept or not
};

// What stands between a % and its conversion letter.
struct spec {
    bool left;     // flag -
    bool zero;     // flag 0
    int width;     // 0: none
    int precision; // -1: none
    bool wide;     // l, ll or z: all 64 bits here
};

struct arguments {
    va_list
        list; // wrapped, because a va_list may be an array, which cannot be passed on by address
};

static void put(struct sink *sink, char c)
{
    if (sink->length < sink->size) { // the terminator will replace a last one
        sink->buffer[sink->length] = c;
    }
    sink->length++;
}

static void put_many(struct sink *sink, char c, int count)
{
    for (; count > 0; count--) {
        put(sink, c);
    }
}

static void put_text(struct sink *sink, const char *text, int length)
{
    for (int i = 0; i < length; i++) {
        put(sink, text[i]);
    }
}

static void put_padded(struct sink *sink, const struct spec *spec, const char *text, int length)
{
    int padding = spec->width - length;

    put_many(sink, ' ', spec->left ? 0 : padding);
    put_text(sink, text, length);
    put_many(sink, ' ', spec->left ? padding : 0);
}

// Write the digits of `value` so that they end at `end`. Returns: their number; 0 has one.
static int digits_before(char *end, uint64_t value, unsigned base, const char *alphabet)
{
    char *at = end;

    do {
        *--at = alphabet[value % base];
        value /= base;
    } while (value != 0);
    return (int)(end - at);
}

// How many zeros to put before `length` characters of sign and digits, `digits` of them digits.
static int leading_zeros(const struct spec *spec, int length, int digits)
{
    if (spec->precision >= 0) {
        return spec->precision > digits ? spec->precision - digits : 0;
    }
    return spec->zero && !spec->left && spec->width > length ? spec->width - length : 0;
}

// Write a number: padding, `prefix` ("-", "0x" or ""), zeros, digits, padding.
static void put_number(struct sink *sink, const struct spec *spec, const char *prefix,
                       const char *digits, int count)
{
    int length = (int)strlen(prefix) + count;
    int zeros = leading_zeros(spec, length, count);
    int padding = spec->width - length - zeros;

    put_many(sink, ' ', spec->left ? 0 : padding);
    put_text(sink, prefix, (int)strlen(prefix));
    put_many(sink, '0', zeros);
    put_text(sink, digits, count);
    put_many(sink, ' ', spec->left ? padding : 0);
}

static void put_unsigned(struct sink *sink, const struct spec *spec, uint64_t value, char letter)
{
    char text[20]; // 2^64 - 1 has 20 digits
    char *end = text + sizeof(text);
    unsigned base = letter == 'x' || letter == 'X' ? 16 : 10;
    int count =
        digits_before(end, value, base, letter == 'X' ? "0123456789ABCDEF" : "0123456789abcdef");

    put_number(sink, spec, "", end - count, count);
}

static void put_signed(struct sink *sink, const struct spec *spec, int64_t value)
{
    char text[20];
    char *end = text + sizeof(text);
    uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value;
    int count = digits_before(end, magnitude, 10, "0123456789");

    put_number(sink, spec, value < 0 ? "-" : "", end - count, count);
}

static void put_pointer(struct sink *sink, struct spec spec, const void *pointer)
{
    char text[16];
    char *end = text + sizeof(text);
    int count = digits_before(end, (uintptr_t)pointer, 16, "0123456789abcdef");

    spec.precision = 16;
    put_number(sink, &spec, "0x", end - count, count);
}

static void put_string(struct sink *sink, const struct spec *spec, const char *text)
{
    if (text == NULL) {
        text = "(null)";
    }
    size_t limit = spec->precision < 0 ? INT32_MAX : (size_t)spec->precision;

    put_padded(sink, spec, text, (int)strnlen(text, limit));
}

// Convert the argument that `letter` asks for. Returns: false, nothing done, if it is unknown.
static bool convert(struct sink *sink, const struct spec *spec, char letter, struct arguments *from)
{
    char c;

    switch (letter) {
    case 'd':
    case 'i':
        put_signed(sink, spec, spec->wide ? va_arg(from->list, int64_t) : va_arg(from->list, int));
        return true;
    case 'u':
    case 'x':
    case 'X':
        put_unsigned(sink, spec,
                     spec->wide ? va_arg(from->list, uint64_t) : va_arg(from->list, unsigned),
                     letter);
        return true;
    case 'p':
        put_pointer(sink, *spec, va_arg(from->list, void *));
        return true;
    case 's':
        put_string(sink, spec, va_arg(from->list, const char *));
        return true;
    case 'c':
        c = (char)va_arg(from->list, int);
        put_padded(sink, spec, &c, 1);
        return true;
    case '%':
        put(sink, '%');
        return true;
    default:
        return false;
    }
}

// Read a number, or `*` for the next argument. Returns: what follows it in the text.
static const char *read_count(const char *text, int *count, struct arguments *from)
{
    *count = 0;
    if (*text == '*') {
        *count = va_arg(from->list, int);
        return text + 1;
    }
    for (; *text >= '0' && *text <= '9'; text++) {
        if (*count < 100000) { // beyond any sensible width, far from overflow
            *count = *count * 10 + (*text - '0');
        }
    }
    return text;
}

// Read flags, width, precision and length. Returns: the conversion letter's place in the text.
static const char *read_spec(const char *text, struct spec *spec, struct arguments *from)
{
    *spec = (struct spec){.precision = -1};
    for (; *text == '-' || *text == '0'; text++) {
        spec->left |= *text == '-';
        spec->zero |= *text == '0';
    }
    text = read_count(text, &spec->width, from);
    if (spec->width < 0) { // only from an argument
        spec->left = true;
        spec->width = spec->width == INT32_MIN ? 0 : -spec->width;
    }
    if (*text == '.') {
        text = read_count(text + 1, &spec->precision, from);
    }
    for (; *text == 'l' || *text == 'z'; text++) {
        spec->wide = true;
    }
    return text;
}

size_t vformat(char *buffer, size_t size, const char *text, va_list arguments)
{
    struct sink sink = {buffer, size, 0};
    struct arguments from;

    va_copy(from.list, arguments);
    while (*text != '\0') {
        struct spec spec;
        const char *start = text++;

        if (*start != '%') {
            put(&sink, *start);
            continue;
        }
        text = read_spec(text, &spec, &from);
        if (*text != '\0' && convert(&sink, &spec, *text, &from)) {
            text++;
            continue;
        }
        put_text(&sink, start, (int)(text - start));
    }
    va_end(from.list);
    if (size > 0) {
        buffer[sink.length < size ? sink.length : size - 1] = '\0';
    }
    return sink.length;
}

size_t format(char *buffer, size_t size, const char *text, ...)
{
    va_list arguments;

    va_start(arguments, text);
    size_t length = vformat(buffer, size, text, arguments);

    va_end(arguments);
    return length;
}

size_t format_fixed(char *buffer, size_t size, uint64_t value, unsigned decimals)
{
    uint64_t one = 1;

    assert(decimals < 20);
    for (unsigned i = 0; i < decimals; i++) {
        one *= 10;
    }
    if (decimals == 0) {
        return format(buffer, size, "%lu", value);
    }
    return format(buffer, size, "%lu.%0*lu", value / one, (int)decimals, value % one);
}
