// SPDX-License-Identifier: MIT
// mm/user/vmo.h - memory objects: pages by number, which mappings and files share.
//
// A file's contents, or memory shared between processes. Pages appear when they are first written;
// one that is not there reads as zeros. A fixed object is backed by memory that never goes away,
// such as the initramfs: its pages are used in place until they are written, when they are copied.
// Lock order:  vmo.lock is a mutex, taken with an address space's held, never the other way round.
#pragma once

#include <stdatomic.h>

#include "kernel/base/annot.h"
#include "kernel/base/types.h"

struct vmo;

// Returns: an object of `bytes` bytes of zeros, one reference; NULL if memory is short.
NODISCARD struct vmo *vmo_new(uint64_t bytes);

// The same, with the contents of `data`, page-aligned memory that stays and is mapped linearly;
// the rest of its last page need not be zeros.
NODISCARD struct vmo *vmo_new_fixed(const void *data, uint64_t bytes);

struct vmo *vmo_get(struct vmo *vmo);
void vmo_put(struct vmo *vmo); // the last one frees it; thread context

uint64_t vmo_bytes(const struct vmo *vmo);

// Set the size. What is cut off is dropped, and unmapped wherever it is mapped, so that an access
// there is a bus error. Returns: 0; -ENOMEM; -EFBIG.
NODISCARD int vmo_resize(struct vmo *vmo, uint64_t bytes);

// Hold page `number`: to be written if `write`; else it may only be read, since it may be a page of
// zeros, or memory of a fixed object. Give it back with page_put().
// Returns: 0 and the page in *page; -ENXIO past the end; -ENOMEM.
// Context: thread; if `write`, no space's lock held, since whoever maps the page loses it.
NODISCARD int vmo_page(struct vmo *vmo, uint64_t number, bool write, void **page);

// Copy between the object and kernel memory; a hole reads as zeros, and writing extends nothing.
// Returns: the bytes copied, less at the end of the object; -ENOMEM.
NODISCARD long vmo_read(struct vmo *vmo, uint64_t offset, void *buffer, size_t bytes);
NODISCARD long vmo_write(struct vmo *vmo, uint64_t offset, const void *buffer, size_t bytes);

// How many pages it holds of its own.
uint64_t vmo_pages(const struct vmo *vmo);
