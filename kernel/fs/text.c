// SPDX-License-Identifier: MIT
// kernel/fs/text.c - memory for names and the texts of links.
#include "kernel/fs/text.h"

#include "kernel/base/panic.h"
#include "kernel/base/string.h"
#include "mm/frame.h"
#include "mm/memory.h"
#include "mm/objcache.h"

struct short_text {
    char bytes[32];
};
struct long_text {
    char bytes[256];
};

static struct objcache short_texts = OBJCACHE_INIT(short_texts, struct short_text);
static struct objcache long_texts = OBJCACHE_INIT(long_texts, struct long_text);

static char *allocate(size_t bytes)
{
    if (bytes <= sizeof(struct short_text)) {
        return objcache_alloc_or_reclaim(&short_texts);
    }
    if (bytes <= sizeof(struct long_text)) {
        return objcache_alloc_or_reclaim(&long_texts);
    }
    return frames_alloc_or_reclaim(0);
}

char *text_copy(const char *text, size_t length)
{
    assert(length < PAGE_SIZE);
    char *copy = allocate(length + 1);

    if (copy != NULL) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}

void text_free(char *text)
{
    size_t bytes = strlen(text) + 1;

    if (bytes <= sizeof(struct short_text)) {
        objcache_free(&short_texts, text);
    } else if (bytes <= sizeof(struct long_text)) {
        objcache_free(&long_texts, text);
    } else {
        frames_free(text, 0);
    }
}
