// SPDX-License-Identifier: MIT
// kernel/proc/sys_file_lock.c - locks on files: F_SETLK and its kin of fcntl(), and flock().
#include "kernel/proc/sys_file_lock.h"

#include "kernel/abi/fcntl.h"
#include "kernel/fs/inode.h"
#include "kernel/fs/record_lock.h"
#include "kernel/proc/sys.h"
#include "kernel/proc/sys_file.h"
#include "mm/user/copy.h"

// Where the offsets of `flock` count from. Returns: 0; -EINVAL.
static int origin_of(const struct file *file, const struct flock *flock, int64_t *origin)
{
    switch (flock->whence) {
    case SEEK_SET:
        *origin = 0;
        return 0;
    case SEEK_CUR:
        // relaxed: where it is just now.
        *origin = (int64_t)atomic_load_explicit(&file->position, memory_order_relaxed);
        return 0;
    case SEEK_END:
        *origin = file->inode != NULL ? (int64_t)inode_bytes(file->inode) : 0;
        return 0;
    default:
        return -EINVAL;
    }
}

// Returns: 0 and the range of `flock` in *lock; -EINVAL; -EOVERFLOW.
static int range_of(const struct file *file, const struct flock *flock, struct record_lock *lock)
{
    int64_t first;
    int64_t last;
    int err = origin_of(file, flock, &first);

    if (err != 0) {
        return err;
    }
    if (__builtin_add_overflow(first, flock->start, &first) ||
        __builtin_add_overflow(first, flock->bytes, &last)) {
        return -EOVERFLOW;
    }
    if (flock->bytes < 0) { // the bytes before
        int64_t end = first;

        first = last;
        last = end;
    }
    if (first < 0) {
        return -EINVAL;
    }
    lock->first = (uint64_t)first;
    lock->last = flock->bytes != 0 ? (uint64_t)last - 1 : RECORD_LOCK_END;
    return 0;
}

// What the program has at `at`. Returns: 0; -EFAULT; -EINVAL; -EOVERFLOW.
static int get_lock(struct file *file, bool by_file, uint64_t at, struct flock *flock,
                    struct record_lock *lock)
{
    int err = copy_from_user(flock, at, sizeof(*flock));

    if (err == 0 &&
        (flock->type < F_RDLCK || flock->type > F_UNLCK || (by_file && flock->pid != 0))) {
        err = -EINVAL;
    }
    *lock = (struct record_lock){
        .owner = by_file ? (const void *)file : current_process()->files,
        .pid = by_file ? -1 : current_process()->pid,
        .exclusive = flock->type == F_WRLCK,
    };
    return err != 0 ? err : range_of(file, flock, lock);
}

bool user_lock_command(int command)
{
    return command == F_SETLK || command == F_SETLKW || command == F_OFD_SETLK ||
           command == F_OFD_SETLKW;
}

// The lock has been taken; if `fd` has been closed meanwhile nobody else will give it up.
static void drop_if_closed(struct file *file, uint64_t fd)
{
    struct file *now = user_file(fd);

    if (now != file) {
        record_lock_forget(file, current_process()->files);
    }
    if (now != NULL) {
        file_put(now);
    }
}

static long take(struct file *file, uint64_t fd, const struct record_lock *lock, bool wait)
{
    if ((file->access & (lock->exclusive ? FILE_WRITE : FILE_READ)) == 0) {
        return -EBADF;
    }
    if (lock->owner == file) {
        atomic_store_explicit(&file->has_locks, true, memory_order_relaxed);
        return record_lock_take(file, lock, wait);
    }
    fdtable_mark_locks(current_process()->files);
    long err = record_lock_take(file, lock, wait);
    drop_if_closed(file, fd);
    return err;
}

long user_lock_set(struct file *file, uint64_t fd, int command, uint64_t at)
{
    bool by_file = command == F_OFD_SETLK || command == F_OFD_SETLKW;
    struct flock flock;
    struct record_lock lock;
    int err = get_lock(file, by_file, at, &flock, &lock);

    if (err != 0) {
        return err;
    }
    if (flock.type == F_UNLCK) {
        return record_lock_drop(file, &lock);
    }
    return take(file, fd, &lock, command == F_SETLKW || command == F_OFD_SETLKW);
}

long user_lock_find(struct file *file, bool by_file, uint64_t at)
{
    struct flock flock;
    struct record_lock lock;
    struct record_lock other;
    int err = get_lock(file, by_file, at, &flock, &lock);

    if (err == 0 && flock.type == F_UNLCK) {
        err = -EINVAL;
    }
    if (err != 0) {
        return err;
    }
    flock.type = F_UNLCK;
    if (record_lock_find(file, &lock, &other)) {
        flock.type = other.exclusive ? F_WRLCK : F_RDLCK;
        flock.whence = SEEK_SET;
        flock.start = (int64_t)other.first;
        flock.bytes = other.last == RECORD_LOCK_END ? 0 : (int64_t)(other.last - other.first + 1);
        flock.pid = other.pid;
    }
    return copy_to_user(at, &flock, sizeof(flock));
}

static long lock_whole(struct file *file, int operation)
{
    struct record_lock lock = {.owner = file,
                               .last = RECORD_LOCK_END,
                               .exclusive = (operation & LOCK_EX) != 0,
                               .whole = true};
    long err;

    if ((operation & ~LOCK_NB) == LOCK_UN) {
        return record_lock_drop(file, &lock);
    }
    switch (operation & ~LOCK_NB) {
    case LOCK_SH:
    case LOCK_EX: // what it has goes first: two that both want more would wait for each other
        err = record_lock_drop(file, &lock);
        if (err != 0) {
            return err;
        }
        // relaxed: the caller has a reference.
        atomic_store_explicit(&file->has_locks, true, memory_order_relaxed);
        return record_lock_take(file, &lock, (operation & LOCK_NB) == 0);
    default:
        return -EINVAL;
    }
}

long sys_flock(uint64_t fd, uint64_t operation)
{
    struct file *file = user_file(fd);

    if (file == NULL) {
        return -EBADF;
    }
    long err = (file_flags(file) & O_PATH) != 0 ? -EBADF : lock_whole(file, (int)operation);

    file_put(file);
    return err;
}
