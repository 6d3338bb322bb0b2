// SPDX-License-Identifier: MIT
// kernel/fs/record_lock.c - locks on ranges of files: fcntl(), and on whole files: flock().
//
// The locks of all files hang in a table of buckets by the file. Who gives one up wakes all that
// wait in that bucket, and they look again.
#include "kernel/fs/record_lock.h"

#include "kernel/abi/errno.h"
#include "kernel/base/list.h"
#include "kernel/fs/inode.h"
#include "mm/objcache.h"
#include "sync/block/condvar.h"
#include "sync/block/mutex.h"

enum { BUCKETS = 16, LOCKS_MAX = 65536, CHAIN_MAX = 64 };

struct held {
    struct list node;
    const void *on; // the inode, or a file that has none
    struct record_lock lock;
};

static struct bucket {
    struct mutex lock;
    struct condvar given_up;
    struct list held; // guarded by: lock
} buckets[BUCKETS];

static struct objcache held_cache = OBJCACHE_INIT(held_cache, struct held);
static atomic_uint nr_held; // a limit's sake: relaxed

static const void *locked_thing(const struct file *file)
{
    return file->inode != NULL ? (const void *)file->inode : file;
}

static struct bucket *bucket_of(const void *on)
{
    return &buckets[(uintptr_t)on / sizeof(struct inode) % BUCKETS];
}

// ---- Ranges -------------------------------------------------------------------------------------

static bool overlap(const struct record_lock *a, const struct record_lock *b)
{
    return a->first <= b->last && b->first <= a->last;
}

static bool adjoins(const struct record_lock *before, const struct record_lock *after)
{
    return before->last != RECORD_LOCK_END && before->last + 1 == after->first;
}

static bool is_own(const struct held *held, const void *on, const struct record_lock *lock)
{
    return held->on == on && held->lock.owner == lock->owner && held->lock.whole == lock->whole;
}

// What keeps `wanted` out; of several the one that begins first.
static const struct held *find_conflict(const struct bucket *bucket, const void *on,
                                        const struct record_lock *wanted)
{
    const struct held *found = NULL;
    struct list *node;

    list_for_each(node, &bucket->held)
    {
        const struct held *held = list_entry(node, struct held, node);

        if (held->on == on && held->lock.owner != wanted->owner &&
            held->lock.whole == wanted->whole && overlap(&held->lock, wanted) &&
            (held->lock.exclusive || wanted->exclusive) &&
            (found == NULL || held->lock.first < found->lock.first)) {
            found = held;
        }
    }
    return found;
}

static struct held *held_new(void)
{
    if (atomic_fetch_add_explicit(&nr_held, 1, memory_order_relaxed) < LOCKS_MAX) {
        struct held *held = objcache_alloc(&held_cache);

        if (held != NULL) {
            return held;
        }
    }
    atomic_fetch_sub_explicit(&nr_held, 1, memory_order_relaxed);
    return NULL;
}

static void held_free(struct held *held)
{
    if (held != NULL) {
        objcache_free(&held_cache, held);
        atomic_fetch_sub_explicit(&nr_held, 1, memory_order_relaxed);
    }
}

// Take `range` out of `held`; what is left behind it becomes *spare, which is used up then.
// Returns: whether nothing of it is left.
static bool cut(struct held *held, const struct record_lock *range, struct held **spare)
{
    struct record_lock *lock = &held->lock;
    bool before = lock->first < range->first;
    bool behind = lock->last > range->last;

    if (before && behind) {
        struct held *rest = *spare;

        *spare = NULL;
        *rest = *held;
        rest->lock.first = range->last + 1;
        list_push_back(&held->node, &rest->node);
        behind = false;
    }
    if (behind) {
        lock->first = range->last + 1;
    } else if (before) {
        lock->last = range->first - 1;
    }
    return !before && !behind;
}

static void cut_all(struct bucket *bucket, const void *on, const struct record_lock *range,
                    struct held **spare)
{
    struct list *node;
    struct list *after;

    list_for_each_removable(node, after, &bucket->held)
    {
        struct held *held = list_entry(node, struct held, node);

        if (is_own(held, on, range) && overlap(&held->lock, range) && cut(held, range, spare)) {
            list_remove(&held->node);
            held_free(held);
        }
    }
}

// Make `lock` as long as it is with those beside it that are like it, which go.
static void absorb(struct bucket *bucket, const void *on, struct record_lock *lock)
{
    struct list *node;
    struct list *after;

    list_for_each_removable(node, after, &bucket->held)
    {
        struct held *held = list_entry(node, struct held, node);
        const struct record_lock *other = &held->lock;

        if (!is_own(held, on, lock) || other->exclusive != lock->exclusive ||
            (!adjoins(other, lock) && !adjoins(lock, other))) {
            continue;
        }
        lock->first = other->first < lock->first ? other->first : lock->first;
        lock->last = other->last > lock->last ? other->last : lock->last;
        list_remove(&held->node);
        held_free(held);
    }
}

// ---- Taking and giving up -----------------------------------------------------------------------

// What a change may need: a lock, and what is left behind a hole in one.
struct spares {
    struct held *wanted;
    struct held *rest;
};

static int spares_new(struct spares *spares, bool wanted)
{
    *spares = (struct spares){.wanted = wanted ? held_new() : NULL, .rest = held_new()};
    return (wanted && spares->wanted == NULL) || spares->rest == NULL ? -ENOLCK : 0;
}

static void spares_free(const struct spares *spares)
{
    held_free(spares->wanted);
    held_free(spares->rest);
}

// Who waits for whom; of tables of descriptors only, as an open file may be given up by anybody.
struct wish {
    struct list node;
    const void *owner;
    const void *blocked_by;
};
static struct mutex wishes_lock = MUTEX_INIT(wishes_lock); // inside a bucket's
static struct list wishes GUARDED_BY(wishes_lock) = LIST_INIT(wishes);

static const void *blocker_of(const void *owner) REQUIRES(wishes_lock)
{
    struct list *node;

    list_for_each(node, &wishes)
    {
        const struct wish *wish = list_entry(node, struct wish, node);

        if (wish->owner == owner) {
            return wish->blocked_by;
        }
    }
    return NULL;
}

// Note that `wish` is had, unless what it waits for waits for its owner in the end. A chain that
// does not end is taken for one that does. Returns: 0; -EDEADLK.
static long wish_begin(struct wish *wish)
{
    const void *owner = wish->blocked_by;
    long err = 0;

    mutex_lock(&wishes_lock);
    for (unsigned i = 0; i < CHAIN_MAX && owner != NULL && owner != wish->owner; i++) {
        owner = blocker_of(owner);
    }
    if (owner == wish->owner) {
        err = -EDEADLK;
    } else {
        list_push_back(&wishes, &wish->node);
    }
    mutex_unlock(&wishes_lock);
    return err;
}

static void wish_end(struct wish *wish)
{
    mutex_lock(&wishes_lock);
    list_remove(&wish->node);
    mutex_unlock(&wishes_lock);
}

// Wait until somebody gives up a lock; `by` keeps `wanted` out. Returns: 0; -EDEADLK; -ERESTARTSYS.
static long wait_for(struct bucket *bucket, const struct record_lock *wanted,
                     const struct record_lock *by) REQUIRES(bucket->lock)
{
    struct wish wish = {.owner = wanted->owner, .blocked_by = by->owner};
    bool notes = wanted->pid > 0 && by->pid > 0;
    long err = notes ? wish_begin(&wish) : 0;

    if (err != 0) {
        return err;
    }
    err = condvar_wait(&bucket->given_up, &bucket->lock) != 0 ? -ERESTARTSYS : 0;
    if (notes) {
        wish_end(&wish);
    }
    return err;
}

// Returns: 0: nothing keeps `wanted` out; -EAGAIN; -EDEADLK; -ERESTARTSYS.
static long make_room(struct bucket *bucket, const void *on, const struct record_lock *wanted,
                      bool wait) REQUIRES(bucket->lock)
{
    const struct held *held;
    long err = 0;

    while (err == 0 && (held = find_conflict(bucket, on, wanted)) != NULL) {
        err = wait ? wait_for(bucket, wanted, &held->lock) : -EAGAIN;
    }
    return err;
}

// Others may come in where the owner has less of the range than before.
static void replace(struct bucket *bucket, const void *on, const struct record_lock *wanted,
                    struct spares *spares) REQUIRES(bucket->lock)
{
    cut_all(bucket, on, wanted, &spares->rest);
    if (spares->wanted != NULL) {
        struct held *held = spares->wanted;

        spares->wanted = NULL;
        *held = (struct held){.on = on, .lock = *wanted};
        absorb(bucket, on, &held->lock);
        list_push_back(&bucket->held, &held->node);
    }
    condvar_notify_all(&bucket->given_up);
}

long record_lock_take(struct file *file, const struct record_lock *wanted, bool wait)
{
    const void *on = locked_thing(file);
    struct bucket *bucket = bucket_of(on);
    struct spares spares;
    long err = spares_new(&spares, true);

    if (err == 0) {
        mutex_lock(&bucket->lock);
        err = make_room(bucket, on, wanted, wait);
        if (err == 0) {
            replace(bucket, on, wanted, &spares);
        }
        mutex_unlock(&bucket->lock);
    }
    spares_free(&spares);
    return err;
}

long record_lock_drop(struct file *file, const struct record_lock *range)
{
    const void *on = locked_thing(file);
    struct bucket *bucket = bucket_of(on);
    struct spares spares;
    long err = spares_new(&spares, false);

    if (err == 0) {
        mutex_lock(&bucket->lock);
        replace(bucket, on, range, &spares);
        mutex_unlock(&bucket->lock);
    }
    spares_free(&spares);
    return err;
}

bool record_lock_find(struct file *file, const struct record_lock *wanted,
                      struct record_lock *found)
{
    const void *on = locked_thing(file);
    struct bucket *bucket = bucket_of(on);

    mutex_lock(&bucket->lock);
    const struct held *held = find_conflict(bucket, on, wanted);
    if (held != NULL) {
        *found = held->lock;
    }
    mutex_unlock(&bucket->lock);
    return held != NULL;
}

void record_lock_forget(struct file *file, const void *owner)
{
    const void *on = locked_thing(file);
    struct bucket *bucket = bucket_of(on);
    struct spares none = {};

    mutex_lock(&bucket->lock);
    for (int whole = 0; whole <= 1; whole++) {
        struct record_lock all = {.owner = owner, .last = RECORD_LOCK_END, .whole = whole != 0};

        replace(bucket, on, &all, &none);
    }
    mutex_unlock(&bucket->lock);
}

void record_locks_init(void)
{
    for (unsigned i = 0; i < BUCKETS; i++) {
        mutex_init(&buckets[i].lock);
        condvar_init(&buckets[i].given_up);
        list_init(&buckets[i].held);
    }
}
