// SPDX-License-Identifier: MIT
// kernel/base/cpio.c - a reader of cpio archives in the newc format.
#include "kernel/base/cpio.h"

#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "kernel/base/compiler.h"
#include "kernel/base/string.h"

// The header is text: a magic number, then fields of 8 hexadecimal digits.
enum field {
    INO,
    MODE,
    UID,
    GID,
    NLINK,
    MTIME,
    FILE_BYTES,
    DEV_MAJOR,
    DEV_MINOR,
    RDEV_MAJOR,
    RDEV_MINOR,
    NAME_BYTES, // with the 0 at its end
    CHECK,
    FIELDS
};
enum { MAGIC_BYTES = 6, DIGITS = 8, HEADER_BYTES = MAGIC_BYTES + FIELDS * DIGITS, UNIT = 4 };

static const char magic[] = "070701";
static const char trailer[] = "TRAILER!!!";

void cpio_open(struct cpio *cpio, const void *start, size_t bytes)
{
    *cpio = (struct cpio){start, bytes, 0};
}

// Returns: the value of a hexadecimal digit; -1: it is none.
static int digit_value(uint8_t digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    digit |= 'a' ^ 'A';
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

static bool read_field(const uint8_t *digits, uint32_t *value)
{
    *value = 0;
    for (unsigned i = 0; i < DIGITS; i++) {
        int digit = digit_value(digits[i]);

        if (digit < 0) {
            return false;
        }
        *value = *value << 4 | (uint32_t)digit;
    }
    return true;
}

static bool read_fields(const uint8_t *header, uint32_t field[FIELDS])
{
    if (memcmp(header, magic, MAGIC_BYTES) != 0) {
        return false;
    }
    for (unsigned i = 0; i < FIELDS; i++) {
        if (!read_field(header + MAGIC_BYTES + i * DIGITS, &field[i])) {
            return false;
        }
    }
    return true;
}

// Pass over the zeros between archives. Returns: whether anything else is left.
static bool skip_zeros(struct cpio *cpio)
{
    while (cpio->at < cpio->bytes && cpio->start[cpio->at] == 0) {
        cpio->at++;
    }
    return cpio->at < cpio->bytes;
}

static void fill_in(struct cpio_entry *entry, const uint32_t field[FIELDS])
{
    entry->ino = field[INO];
    entry->mode = field[MODE];
    entry->uid = field[UID];
    entry->gid = field[GID];
    entry->nlink = field[NLINK];
    entry->mtime_s = field[MTIME];
    entry->bytes = field[FILE_BYTES];
    entry->dev_major = field[DEV_MAJOR];
    entry->dev_minor = field[DEV_MINOR];
    entry->rdev_major = field[RDEV_MAJOR];
    entry->rdev_minor = field[RDEV_MINOR];
}

// Read the entry at cpio->at. Returns: whether there is a whole one.
static bool read_entry(struct cpio *cpio, struct cpio_entry *entry)
{
    size_t left = cpio->bytes - cpio->at;
    uint32_t field[FIELDS];

    if (left < HEADER_BYTES || !read_fields(cpio->start + cpio->at, field)) {
        return false;
    }
    // Offsets, not addresses: the sums fit, since each part is below 2^32.
    size_t name_end = cpio->at + HEADER_BYTES + field[NAME_BYTES];
    size_t data = round_up(name_end, UNIT);

    if (field[NAME_BYTES] == 0 || name_end > cpio->bytes || cpio->start[name_end - 1] != 0) {
        return false;
    }
    fill_in(entry, field);
    if (entry->bytes > 0 && (data > cpio->bytes || entry->bytes > cpio->bytes - data)) {
        return false;
    }
    entry->name = (const char *)cpio->start + cpio->at + HEADER_BYTES;
    entry->data = cpio->start + data;
    cpio->at = min_u64(round_up(data + entry->bytes, UNIT), cpio->bytes);
    return true;
}

int cpio_next(struct cpio *cpio, struct cpio_entry *entry)
{
    do {
        if (!skip_zeros(cpio)) {
            return 0;
        }
        if (!read_entry(cpio, entry)) {
            return -EINVAL;
        }
    } while (strcmp(entry->name, trailer) == 0);
    return 1;
}
