// SPDX-License-Identifier: MIT
// kernel/proc/sys_memory.c - system calls about a process's memory. docs/syscalls.md has what is
// missing.
#include "kernel/abi/errno.h"
#include "kernel/abi/mman.h"
#include "kernel/base/bits.h"
#include "kernel/fs/fdtable.h"
#include "kernel/fs/file.h"
#include "kernel/proc/process.h"
#include "kernel/proc/sys.h"
#include "mm/user/aspace.h"
#include "mm/user/copy.h"

long sys_brk(uint64_t end)
{
    return (long)aspace_brk(current_aspace(), end);
}

long sys_munmap(uint64_t at, uint64_t bytes)
{
    return aspace_unmap(current_aspace(), at, bytes);
}

long sys_mremap(uint64_t at, uint64_t bytes, uint64_t new_bytes, uint64_t flags, uint64_t new_at)
{
    if (flags > UINT32_MAX) {
        return -EINVAL;
    }
    struct remap_request request = {.at = at,
                                    .bytes = bytes,
                                    .new_bytes = new_bytes,
                                    .flags = (unsigned)flags,
                                    .new_at = new_at};

    return aspace_remap(current_aspace(), &request);
}

// ---- mmap ---------------------------------------------------------------------------------------

// May `file` be mapped as `request` says? Returns: 0 or -errno. Fills in what follows from it.
static long check_file(const struct file *file, struct map_request *request)
{
    bool shared = (request->flags & MAP_TYPE) != MAP_PRIVATE;

    if ((file->access & FILE_READ) == 0) {
        return -EACCES;
    }
    request->never_writable = shared && (file->access & FILE_WRITE) == 0;
    if (request->never_writable && (request->prot & PROT_WRITE)) {
        return -EACCES;
    }
    return file->ops->map != NULL ? 0 : -ENODEV;
}

static long map_file(struct file *file, struct map_request *request)
{
    long result = check_file(file, request);

    if (result != 0) {
        return result;
    }
    request->vmo = file->ops->map(file);
    if (request->vmo == NULL) {
        return -ENODEV;
    }
    result = aspace_map(current_aspace(), request);
    vmo_put(request->vmo);
    return result;
}

static long map_descriptor(int fd, struct map_request *request)
{
    struct file *file = fd_get(current_process()->files, fd);

    if (file == NULL) {
        return -EBADF;
    }
    long result = map_file(file, request);

    file_put(file);
    return result;
}

// Flags that a program means to be understood.
static long check_flags(uint64_t flags)
{
    const uint64_t known = MAP_TYPE | MAP_FIXED | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_DENYWRITE |
                           MAP_EXECUTABLE | MAP_LOCKED | MAP_NORESERVE | MAP_POPULATE |
                           MAP_NONBLOCK | MAP_STACK | MAP_FIXED_NOREPLACE;

    if (flags & MAP_HUGETLB) {
        return -EINVAL;
    }
    return (flags & MAP_TYPE) == MAP_SHARED_VALIDATE && (flags & ~known) != 0 ? -EOPNOTSUPP : 0;
}

// NOLINTNEXTLINE(readability-function-size): as many parameters as the call has
long sys_mmap(uint64_t at, uint64_t bytes, uint64_t prot, uint64_t flags, uint64_t fd,
              uint64_t offset)
{
    struct map_request request = {.at = at,
                                  .bytes = bytes,
                                  .prot = (unsigned)prot,
                                  .flags = (unsigned)flags,
                                  .offset = offset};
    long err = is_aligned(offset, PAGE_SIZE) ? check_flags(flags) : -EINVAL;

    if (err != 0) {
        return err;
    }
    if ((flags & MAP_ANONYMOUS) == 0) {
        return map_descriptor((int)fd, &request);
    }
    request.offset = 0;
    return aspace_map(current_aspace(), &request);
}

// ---- What applies to ranges ---------------------------------------------------------------------

long sys_mprotect(uint64_t at, uint64_t bytes, uint64_t prot)
{
    if (prot > UINT32_MAX) {
        return -EINVAL;
    }
    return aspace_protect(current_aspace(), at, bytes, (unsigned)prot);
}

long sys_madvise(uint64_t at, uint64_t bytes, uint64_t advice)
{
    return aspace_advise(current_aspace(), at, bytes, (int)advice);
}

long sys_msync(uint64_t at, uint64_t bytes, uint64_t flags)
{
    const uint64_t known = MS_ASYNC | MS_INVALIDATE | MS_SYNC;

    if ((flags & ~known) != 0 || (flags & (MS_ASYNC | MS_SYNC)) == (MS_ASYNC | MS_SYNC)) {
        return -EINVAL;
    }
    return aspace_sync(current_aspace(), at, bytes);
}

// Nothing is ever paged out, so to lock pages is to have them in memory now.
static long lock_pages(uint64_t at, uint64_t bytes)
{
    uint64_t start = round_down(at, PAGE_SIZE);
    uint64_t length = round_up(bytes + (at - start), PAGE_SIZE);

    if (start + length < start || length < bytes) {
        return -EINVAL;
    }
    long err = aspace_advise(current_aspace(), start, length, MADV_POPULATE_READ);

    return err == 0 ? 0 : -ENOMEM;
}

long sys_mlock(uint64_t at, uint64_t bytes)
{
    return lock_pages(at, bytes);
}

long sys_mlock2(uint64_t at, uint64_t bytes, uint64_t flags)
{
    if ((flags & ~(uint64_t)MLOCK_ONFAULT) != 0) {
        return -EINVAL;
    }
    return flags & MLOCK_ONFAULT ? sys_munlock(at, bytes) : lock_pages(at, bytes);
}

long sys_munlock(uint64_t at, uint64_t bytes)
{
    uint64_t start = round_down(at, PAGE_SIZE);

    return aspace_sync(current_aspace(), start, bytes + (at - start));
}

long sys_mlockall(uint64_t flags)
{
    const uint64_t known = MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT;

    return flags == 0 || flags == MCL_ONFAULT || (flags & ~known) != 0 ? -EINVAL : 0;
}

long sys_munlockall(void)
{
    return 0;
}

long sys_mincore(uint64_t at, uint64_t bytes, uint64_t vector)
{
    unsigned char resident[256];
    uint64_t pages = (bytes >> PAGE_SHIFT) + ((bytes & (PAGE_SIZE - 1)) != 0);

    if (!is_aligned(at, PAGE_SIZE)) {
        return -EINVAL;
    }
    if (at > USER_END || pages > (USER_END - at) >> PAGE_SHIFT) {
        return -ENOMEM;
    }
    for (uint64_t done = 0; done < pages;) {
        uint64_t n = min_u64(pages - done, sizeof(resident));
        int err = aspace_resident(current_aspace(), at + done * PAGE_SIZE, n, resident);

        if (err != 0 || copy_to_user(vector + done, resident, n) != 0) {
            return err != 0 ? err : -EFAULT;
        }
        done += n;
    }
    return 0;
}
