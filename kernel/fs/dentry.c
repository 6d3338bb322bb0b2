// SPDX-License-Identifier: MIT
// kernel/fs/dentry.c - the tree of names.
#include "kernel/fs/dentry.h"

#include "kernel/abi/errno.h"
#include "kernel/base/string.h"
#include "kernel/fs/text.h"
#include "mm/memory.h"
#include "mm/objcache.h"
#include "sync/spinlock.h"

enum { BUCKETS = 256 };

struct bucket {
    struct spinlock lock; // rank RANK_DENTRY
    struct list names;    // guarded by: lock; of dentry.bucket
};

static struct bucket buckets[BUCKETS];
static struct spinlock shape_lock = SPINLOCK_INIT("fs shape", RANK_DENTRY);
static struct objcache dentries = OBJCACHE_INIT(dentries, struct dentry);

struct dentry *fs_root;

void dentries_init(void)
{
    for (unsigned i = 0; i < BUCKETS; i++) {
        spin_init(&buckets[i].lock, "fs names", RANK_DENTRY);
        list_init(&buckets[i].names);
    }
}

// FNV-1a, from the directory's address.
static unsigned hash_of(const struct dentry *dir, const char *name, size_t length)
{
    uint64_t hash = 0xcbf29ce484222325 ^ (uintptr_t)dir >> 4;

    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ (unsigned char)name[i]) * 0x100000001b3;
    }
    return (unsigned)(hash ^ hash >> 32) % BUCKETS;
}

struct dentry *dentry_new(struct dentry *parent, const char *name, size_t length,
                          struct inode *inode)
{
    struct dentry *d = objcache_alloc_or_reclaim(&dentries);

    if (d == NULL) {
        return NULL;
    }
    memset(d, 0, sizeof(*d));
    d->name = text_copy(name, length);
    if (d->name == NULL) {
        objcache_free(&dentries, d);
        return NULL;
    }
    atomic_init(&d->refs, 1);
    d->parent = parent != NULL ? dentry_get(parent) : d;
    d->inode = inode_get(inode);
    list_init(&d->sibling);
    list_init(&d->bucket);
    return d;
}

// Not recursive: a path of removed directories may be long.
void dentry_put(struct dentry *d)
{
    // acq_rel: what others did with it comes before its end.
    while (atomic_fetch_sub_explicit(&d->refs, 1, memory_order_acq_rel) == 1) {
        struct dentry *parent = d->parent;

        inode_put(d->inode);
        text_free(d->name);
        objcache_free(&dentries, d);
        if (parent == d) {
            return;
        }
        d = parent;
    }
}

static bool matches(const struct dentry *d, const struct dentry *dir, const char *name,
                    size_t length)
{
    return d->parent == dir && strncmp(d->name, name, length) == 0 && d->name[length] == '\0';
}

static struct dentry *find_in(struct bucket *bucket, const struct dentry *dir, const char *name,
                              size_t length) REQUIRES(bucket->lock)
{
    struct list *node;

    list_for_each(node, &bucket->names)
    {
        struct dentry *d = list_entry(node, struct dentry, bucket);

        if (matches(d, dir, name, length)) {
            return d;
        }
    }
    return NULL;
}

// Returns: the name, with a reference; NULL.
static struct dentry *find_hashed(struct dentry *dir, const char *name, size_t length)
{
    struct bucket *bucket = &buckets[hash_of(dir, name, length)];
    unsigned long saved = spin_lock_irqsave(&bucket->lock);
    struct dentry *d = find_in(bucket, dir, name, length);

    if (d != NULL) {
        (void)dentry_get(d);
    }
    spin_unlock_irqrestore(&bucket->lock, saved);
    return d;
}

struct dentry *tree_find(struct dentry *dir, const char *name, size_t length)
{
    struct dentry *d = find_hashed(dir, name, length);

    if (d != NULL) {
        dentry_put(d); // the tree's reference stays while the caller has the lock
    }
    return d;
}

int dentry_lookup(struct dentry *dir, const char *name, size_t length, struct dentry **found)
{
    *found = find_hashed(dir, name, length);
    if (*found == NULL && !dir->inode->fs->fixed) {
        mutex_lock(&dir->inode->lock);
        *found = find_hashed(dir, name, length);
        mutex_unlock(&dir->inode->lock);
    }
    if (*found != NULL) {
        return 0;
    }
    return dir->inode->ops->lookup != NULL ? dir->inode->ops->lookup(dir, name, length, found)
                                           : -ENOENT;
}

struct dentry *dentry_parent(struct dentry *d)
{
    unsigned long saved = spin_lock_irqsave(&shape_lock);
    struct dentry *parent = dentry_get(d->parent);

    spin_unlock_irqrestore(&shape_lock, saved);
    return parent;
}

bool dentry_is_below(struct dentry *d, struct dentry *above)
{
    unsigned long saved = spin_lock_irqsave(&shape_lock);

    while (d != above && d->parent != d) {
        d = d->parent;
    }
    spin_unlock_irqrestore(&shape_lock, saved);
    return d == above;
}

// ---- Paths -------------------------------------------------------------------------------------

// Write the path of `d` so that it ends at buffer + size. Returns: where it begins; NULL: no room.
static char *write_path(const struct dentry *d, char *buffer, size_t size) REQUIRES(shape_lock)
{
    char *at = buffer + size;

    for (; d->parent != d; d = d->parent) {
        size_t length = strlen(d->name);

        if ((size_t)(at - buffer) < length + 1) {
            return NULL;
        }
        at -= length;
        memcpy(at, d->name, length);
        *--at = '/';
    }
    if (at == buffer + size) {
        *--at = '/';
    }
    return at;
}

static long path_with(struct dentry *d, const char *end, char *buffer, size_t size)
{
    size_t end_bytes = strlen(end) + 1;

    if (size < end_bytes + 1) {
        return -ENAMETOOLONG;
    }
    unsigned long saved = spin_lock_irqsave(&shape_lock);
    char *at = write_path(d, buffer, size - end_bytes);
    spin_unlock_irqrestore(&shape_lock, saved);
    if (at == NULL) {
        return -ENAMETOOLONG;
    }
    size_t length = (size_t)(buffer + size - end_bytes - at);

    memmove(buffer, at, length);
    memcpy(buffer + length, end, end_bytes);
    return (long)(length + end_bytes - 1);
}

// Has `d` been taken out of the tree? Racy, as is the answer's use.
static bool is_gone(const struct dentry *d)
{
    return !d->linked && d->parent != d && !d->inode->fs->fixed;
}

long dentry_path(struct dentry *d, char *buffer, size_t size)
{
    return path_with(d, is_gone(d) ? " (deleted)" : "", buffer, size);
}

long dentry_path_linked(struct dentry *d, char *buffer, size_t size)
{
    return is_gone(d) ? -ENOENT : path_with(d, "", buffer, size);
}

// ---- Changing the tree -------------------------------------------------------------------------

static void hash_in(struct dentry *dir, struct dentry *d)
{
    d->hash = hash_of(dir, d->name, strlen(d->name));
    struct bucket *bucket = &buckets[d->hash];
    unsigned long saved = spin_lock_irqsave(&bucket->lock);

    list_push_front(&bucket->names, &d->bucket);
    spin_unlock_irqrestore(&bucket->lock, saved);
}

static void hash_out(struct dentry *d)
{
    struct bucket *bucket = &buckets[d->hash];
    unsigned long saved = spin_lock_irqsave(&bucket->lock);

    list_remove(&d->bucket);
    spin_unlock_irqrestore(&bucket->lock, saved);
}

static void list_in(struct dentry *dir, struct dentry *d) REQUIRES(dir->inode->lock)
{
    d->cookie = ++dir->inode->u.dir.next_cookie;
    list_push_back(&dir->inode->u.dir.children, &d->sibling);
    if (inode_is(d->inode, S_IFDIR)) {
        dir->inode->nlink++;
    }
    inode_touch(dir->inode);
}

static void list_out(struct dentry *dir, struct dentry *d) REQUIRES(dir->inode->lock)
{
    list_remove(&d->sibling);
    if (inode_is(d->inode, S_IFDIR)) {
        dir->inode->nlink--;
    }
    inode_touch(dir->inode);
}

void tree_add(struct dentry *dir, struct dentry *d)
{
    d->linked = true;
    list_in(dir, dentry_get(d));
    hash_in(dir, d);
}

void tree_remove(struct dentry *dir, struct dentry *d)
{
    hash_out(d);
    list_out(dir, d);
    d->linked = false;
    dentry_put(d);
}

void tree_move(struct dentry *d, struct dentry *from, struct dentry *to, char *name)
{
    hash_out(d);
    list_out(from, d);
    (void)dentry_get(to);
    unsigned long saved = spin_lock_irqsave(&shape_lock);
    char *old_name = d->name;

    d->name = name;
    d->parent = to;
    spin_unlock_irqrestore(&shape_lock, saved);
    dentry_put(from);
    text_free(old_name);
    list_in(to, d);
    hash_in(to, d);
}

void tree_lock_two(struct dentry *a, struct dentry *b) NO_TSA
{
    bool swap = a != b && dentry_is_below(a, b);

    mutex_lock(&(swap ? b : a)->inode->lock);
    if (a != b) {
        mutex_lock(&(swap ? a : b)->inode->lock);
    }
}

void tree_unlock_two(struct dentry *a, struct dentry *b) NO_TSA
{
    mutex_unlock(&a->inode->lock);
    if (a != b) {
        mutex_unlock(&b->inode->lock);
    }
}
