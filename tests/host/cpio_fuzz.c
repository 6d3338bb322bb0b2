// SPDX-License-Identifier: MIT
// tests/host/cpio_fuzz.c - kernel/base/cpio.c on what libFuzzer makes up.
//
// Any bytes are an archive, or refused, with no access outside them, which AddressSanitizer judges.
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/base/cpio.h"

// libFuzzer calls it with each input.
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

// Look at every byte that the entry names.
static void look(const struct cpio_entry *entry, size_t size)
{
    volatile uint8_t sum = 0;

    assert(strlen(entry->name) < size && entry->bytes <= size);
    for (size_t i = 0; i < entry->bytes; i++) {
        sum = (uint8_t)(sum + ((const uint8_t *)entry->data)[i]);
    }
}

// In memory of just that size.
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    uint8_t *archive = malloc(size);
    struct cpio cpio;
    struct cpio_entry entry;
    size_t entries = 0;

    memcpy(archive, bytes, size);
    cpio_open(&cpio, archive, size);
    while (cpio_next(&cpio, &entry) > 0) {
        look(&entry, size);
        assert(cpio.at <= size && ++entries <= size); // it comes to an end
    }
    free(archive);
    return 0;
}
