// SPDX-License-Identifier: MIT
// kernel/fs/directory.c - open directories: reading what names there are.
//
// Positions: 0 is ".", 1 is "..", 1 + c the name with cookie c, and from DYNAMIC on those that are
// not in the tree. Cookies only grow, so a name that stays is read once whatever else comes and
// goes.
#include "kernel/abi/dirent.h"
#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "kernel/base/string.h"
#include "kernel/fs/dentry.h"
#include "kernel/fs/file.h"
#include "kernel/fs/tmpfs.h"

#define DYNAMIC ((uint64_t)1 << 40)
enum { NAME_BYTES = 256, RECORD_BYTES = KDIRENT_NAME_AT + NAME_BYTES + 5, TYPE_SHIFT = 12 };

struct entry {
    const char *name;
    uint64_t number;
    unsigned mode;
    uint64_t next; // position behind it
};

// Write one entry. Returns: whether it fitted; -EFAULT.
static int emit(struct uio *uio, const struct entry *entry)
{
    _Alignas(8) char bytes[RECORD_BYTES];
    struct kdirent *record = (void *)bytes;
    size_t length = strlen(entry->name);
    size_t size = round_up(KDIRENT_NAME_AT + length + 1, 8);

    if (size > uio->remaining) {
        return 0;
    }
    memset(bytes, 0, sizeof(bytes));
    record->ino = entry->number;
    record->offset = (int64_t)entry->next;
    record->length = (uint16_t)size;
    record->type = (uint8_t)(entry->mode >> TYPE_SHIFT & 0xf);
    memcpy(bytes + KDIRENT_NAME_AT, entry->name, length);
    return uio_copy_to(uio, bytes, size) == (long)size ? 1 : -EFAULT;
}

// "." or "..".
static int emit_dots(struct dentry *dir, struct uio *uio, uint64_t position)
{
    struct dentry *d = position == 0 ? dentry_get(dir) : dentry_parent(dir);
    struct entry entry = {
        .name = position == 0 ? "." : "..",
        .number = d->inode->number,
        .mode = S_IFDIR,
        .next = position + 1,
    };

    dentry_put(d);
    return emit(uio, &entry);
}

// The first name from `position` on, NULL past the last.
static struct dentry *child_from(struct dentry *dir, uint64_t position) REQUIRES(dir->inode->lock)
{
    struct list *node;

    list_for_each(node, &dir->inode->u.dir.children)
    {
        struct dentry *d = list_entry(node, struct dentry, sibling);

        if (d->cookie + 1 >= position) {
            return d;
        }
    }
    return NULL;
}

// Names in the tree. *position: where to go on; DYNAMIC after the last.
static int emit_children(struct dentry *dir, struct uio *uio, uint64_t *position)
    REQUIRES(dir->inode->lock)
{
    struct dentry *d = child_from(dir, *position);
    struct list *node = d != NULL ? &d->sibling : NULL;

    for (; node != NULL; node = list_after(&dir->inode->u.dir.children, node)) {
        d = list_entry(node, struct dentry, sibling);
        struct entry entry = {d->name, d->inode->number, d->inode->mode, d->cookie + 2};
        int done = emit(uio, &entry);

        if (done <= 0) {
            return done;
        }
        *position = entry.next;
    }
    *position = DYNAMIC;
    return 1;
}

static int emit_dynamic(struct dentry *dir, struct uio *uio, uint64_t *position)
{
    const struct inode_ops *ops = dir->inode->ops;
    char name[NAME_BYTES];
    struct kstat stat;

    while (ops->entry != NULL) {
        uint64_t n = *position - DYNAMIC;

        if (ops->entry(dir, &n, name, &stat) == 0) {
            break;
        }
        struct entry entry = {name, stat.ino, stat.mode, DYNAMIC + n + 1};
        int done = emit(uio, &entry);

        if (done <= 0) {
            return done;
        }
        *position = entry.next;
    }
    return 1;
}

// Returns: 1 at the end, 0 if the buffer is full, or -EFAULT.
static int emit_all(struct dentry *dir, struct uio *uio, uint64_t *position)
{
    int done = 1;

    for (; done > 0 && *position<2; *position += done> 0) {
        done = emit_dots(dir, uio, *position);
    }
    if (done > 0 && *position < DYNAMIC) {
        mutex_lock(&dir->inode->lock);
        done = emit_children(dir, uio, position);
        mutex_unlock(&dir->inode->lock);
    }
    return done > 0 ? emit_dynamic(dir, uio, position) : done;
}

static long next_entry(struct file *file, struct uio *uio)
{
    size_t room = uio->remaining;

    mutex_lock(&file->position_lock);
    // relaxed: the lock orders it.
    uint64_t position = atomic_load_explicit(&file->position, memory_order_relaxed);
    int done = emit_all(file->dentry, uio, &position);

    atomic_store_explicit(&file->position, position, memory_order_relaxed);
    mutex_unlock(&file->position_lock);
    if (uio->remaining != room) {
        return (long)(room - uio->remaining);
    }
    return done == 0 ? -EINVAL : done < 0 ? done : 0;
}

static long read(struct file *file, struct uio *uio, uint64_t offset)
{
    (void)file;
    (void)uio;
    (void)offset;
    return -EISDIR;
}

const struct file_ops directory_ops = {.read = read, .next_entry = next_entry};
