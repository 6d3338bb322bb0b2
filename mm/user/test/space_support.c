// SPDX-License-Identifier: MIT
// mm/user/test/space_support.c - address spaces for tests.
#include "mm/user/test/space_support.h"

#include "kernel/riscv/irq.h"

void space_enter(struct user_thread *user, struct aspace *as)
{
    unsigned long saved = irq_save();

    *user = (struct user_thread){.thread = current()};
    current()->aspace = as;
    current()->user = user;
    aspace_activate(as);
    irq_restore(saved);
}

void space_leave(void)
{
    unsigned long saved = irq_save();

    current()->user = NULL;
    current()->aspace = NULL;
    aspace_activate(NULL);
    irq_restore(saved);
}

long space_map(struct aspace *as, uint64_t at, uint64_t pages, unsigned prot, unsigned flags)
{
    struct map_request request = {.at = at,
                                  .bytes = pages * PAGE_SIZE,
                                  .prot = prot,
                                  .flags = flags | MAP_ANONYMOUS |
                                           (flags & MAP_SHARED ? 0U : MAP_PRIVATE)};

    return aspace_map(as, &request);
}

long space_map_vmo(struct aspace *as, struct vmo *vmo, uint64_t at, uint64_t pages, unsigned flags)
{
    struct map_request request = {.at = at,
                                  .bytes = pages * PAGE_SIZE,
                                  .prot = TEST_RW,
                                  .flags = flags | MAP_FIXED,
                                  .vmo = vmo};

    return aspace_map(as, &request);
}

void space_put(uint64_t va, uint64_t value)
{
    KT_CHECK(put_user_u64(va, value) == 0);
}

// Twice: by the program's own address, which may trap, and through the linear map.
void space_expect(uint64_t va, uint64_t value)
{
    uint64_t found[2] = {~value, 0};
    uint64_t word = ~value;

    KT_CHECK(copy_from_user(found, va, sizeof(found)) == 0);
    KT_CHECK(found[0] == value);
    KT_CHECK(get_user_u64(&word, va) == 0);
    KT_CHECK(word == value);
}

void space_expect_fault(uint64_t va)
{
    uint64_t found[2];

    KT_CHECK(copy_from_user(found, va, sizeof(found)) == -EFAULT);
    KT_CHECK(get_user_u64(&found[0], va) == -EFAULT);
    KT_CHECK(put_user_u64(va, 1) == -EFAULT);
}

unsigned space_areas(struct aspace *as)
{
    struct area_info info;
    uint64_t position = 0;
    unsigned n = 0;

    while (aspace_next_area(as, &position, &info)) {
        n++;
    }
    return n;
}
