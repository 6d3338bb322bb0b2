// SPDX-License-Identifier: MIT
// kernel/proc/vdso.c - the vDSO in every program: one page of data, then the code that reads it.
//
// Both pages are the same frames in all programs. The code is linked by itself
// (kernel/riscv/vdso/vdso.S) and copied to a page of its own at boot.
#include "kernel/proc/vdso.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/mman.h"
#include "kernel/base/panic.h"
#include "kernel/base/string.h"
#include "kernel/proc/program.h"
#include "kernel/riscv/vdso/data.h"
#include "kernel/timer.h"
#include "kernel/wallclock.h"
#include "mm/layout.h"

// The code; the data is below. Above the stack, so that one page table has the entries of both.
#define VDSO_AT (USER_END - 2 * PAGE_SIZE)
_Static_assert(STACK_TOP < VDSO_AT - PAGE_SIZE,
               "a page between the stack and the data is nobody's");

extern const char vdso_image[];
extern const char vdso_image_end[];
extern const uint64_t vdso_sigreturn_at; // in it

static ALIGNED(PAGE_SIZE) union {
    struct vdso_data data;
    char bytes[PAGE_SIZE];
} data_page;
static ALIGNED(PAGE_SIZE) char code_page[PAGE_SIZE];

// Constant after vdso_init().
static struct vmo *data_object;
static struct vmo *code_object;
uint64_t vdso_sigreturn;

static struct vmo *object_of(const void *page)
{
    return vmo_new_fixed(pa_to_va(va_to_pa(page)), PAGE_SIZE);
}

int vdso_init(void)
{
    size_t bytes = (size_t)(vdso_image_end - vdso_image);

    assert(bytes <= PAGE_SIZE);
    memcpy(code_page, vdso_image, bytes);
    data_page.data = (struct vdso_data){time_ns_per_tick, wallclock_offset_ns()};
    vdso_sigreturn = VDSO_AT + vdso_sigreturn_at;
    data_object = object_of(&data_page);
    code_object = object_of(code_page);
    return data_object != NULL && code_object != NULL ? 0 : -ENOMEM;
}

static int map_page(struct aspace *as, uint64_t at, struct vmo *vmo, unsigned prot,
                    const char *name)
{
    return aspace_add_area(as, &(struct map_request){.at = at,
                                                     .bytes = PAGE_SIZE,
                                                     .prot = prot,
                                                     .flags = MAP_PRIVATE,
                                                     .vmo = vmo,
                                                     .name = name});
}

int vdso_map(struct aspace *as)
{
    int err = map_page(as, VDSO_AT - PAGE_SIZE, data_object, PROT_READ, "[vvar]");

    return err != 0 ? err : map_page(as, VDSO_AT, code_object, PROT_READ | PROT_EXEC, "[vdso]");
}

uint64_t vdso_base(void)
{
    return VDSO_AT;
}
