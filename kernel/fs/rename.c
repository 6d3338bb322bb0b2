// SPDX-License-Identifier: MIT
// kernel/fs/rename.c - names that move.
//
// NO_TSA: the locks of two directories that may be one are beyond what the compiler can follow.
#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/fs/dentry.h"
#include "kernel/fs/names.h"
#include "kernel/fs/path.h"
#include "kernel/fs/text.h"

// One rename at a time, so that what is above what stays.
static struct mutex rename_lock = MUTEX_INIT(rename_lock);

static bool is_directory(const struct dentry *d)
{
    return inode_is(d->inode, S_IFDIR);
}

// Both ends of a rename. References are taken to `d` and `target`.
struct move {
    struct walk *from;
    struct walk *to;
    struct dentry *d;
    struct dentry *target; // NULL: nothing has the new name
    char *name;            // the new one, allocated; NULL once it is in use
    char *old_name;        // for an exchange: the old one, the same
    unsigned flags;
};

static int check_kinds(const struct move *m)
{
    bool slash = m->from->slash || m->to->slash;

    if (slash && !is_directory(m->d)) {
        return -ENOTDIR;
    }
    if (m->target == NULL || (m->flags & RENAME_EXCHANGE) != 0) {
        return 0;
    }
    if (is_directory(m->d)) {
        return is_directory(m->target) ? 0 : -ENOTDIR;
    }
    return is_directory(m->target) ? -EISDIR : 0;
}

static int check_move(const struct move *m)
{
    if (m->target != NULL && (m->flags & RENAME_NOREPLACE) != 0) {
        return -EEXIST;
    }
    if (m->target == NULL && (m->flags & RENAME_EXCHANGE) != 0) {
        return -ENOENT;
    }
    if (!m->to->at->linked) {
        return -ENOENT;
    }
    if (dentry_is_below(m->to->at, m->d)) {
        return -EINVAL;
    }
    if (m->target != NULL && dentry_is_below(m->from->at, m->target)) {
        return (m->flags & RENAME_EXCHANGE) != 0 ? -EINVAL : -ENOTEMPTY;
    }
    if (m->d->inode->fs != m->from->at->inode->fs) {
        return -EBUSY; // something is mounted there
    }
    return check_kinds(m);
}

static void move_to_new_name(struct move *m) NO_TSA
{
    tree_move(m->d, m->from->at, m->to->at, m->name);
    m->name = NULL;
}

// Where there is a target, it goes once `d` has its name, so that the name is always there.
static int replace(struct move *m) NO_TSA
{
    if (is_directory(m->target)) {
        int err = names_take_out(m->to->at, m->target);

        if (err != 0) {
            return err;
        }
        move_to_new_name(m);
        return 0;
    }
    if (m->target->inode->fs != m->to->at->inode->fs) {
        return -EBUSY;
    }
    move_to_new_name(m);
    return names_take_out(m->to->at, m->target);
}

static void exchange(struct move *m) NO_TSA
{
    move_to_new_name(m);
    tree_move(m->target, m->to->at, m->from->at, m->old_name);
    m->old_name = NULL;
}

static int move_locked(struct move *m) NO_TSA
{
    m->d = tree_find(m->from->at, m->from->name, m->from->length);
    if (m->d == NULL) {
        return -ENOENT;
    }
    (void)dentry_get(m->d);
    m->target = tree_find(m->to->at, m->to->name, m->to->length);
    if (m->target != NULL) {
        (void)dentry_get(m->target);
    }
    int err = check_move(m);

    if (err != 0 || (m->target != NULL && m->target->inode == m->d->inode)) {
        return err;
    }
    if (m->target == NULL) {
        move_to_new_name(m);
    } else if ((m->flags & RENAME_EXCHANGE) != 0) {
        exchange(m);
    } else {
        err = replace(m);
    }
    return err;
}

static void put_move(struct move *m)
{
    if (m->d != NULL) {
        dentry_put(m->d);
    }
    if (m->target != NULL) {
        dentry_put(m->target);
    }
    if (m->name != NULL) {
        text_free(m->name);
    }
    if (m->old_name != NULL) {
        text_free(m->old_name);
    }
}

static int move_last(struct walk *from, struct walk *to, unsigned flags)
{
    struct move m = {
        .from = from,
        .to = to,
        .name = text_copy(to->name, to->length),
        .old_name = text_copy(from->name, from->length),
        .flags = flags,
    };
    int err = -ENOMEM;

    if (m.name != NULL && m.old_name != NULL) {
        mutex_lock(&rename_lock);
        tree_lock_two(from->at, to->at);
        err = move_locked(&m);
        tree_unlock_two(from->at, to->at);
        mutex_unlock(&rename_lock);
    }
    put_move(&m);
    return err;
}

static int rename_last(struct walk *from, struct walk *to, unsigned flags)
{
    if (from->at->inode->fs != to->at->inode->fs) {
        return -EXDEV;
    }
    if (from->length == 0 || walk_ends_in_dots(from)) {
        return -EBUSY;
    }
    if (to->length == 0 || walk_ends_in_dots(to)) {
        return (flags & RENAME_NOREPLACE) != 0 ? -EEXIST : -EBUSY;
    }
    int err = names_check_directory(from->at);

    if (err == 0) {
        err = names_check_directory(to->at);
    }
    return err != 0 ? err : move_last(from, to, flags);
}

int names_rename(struct dentry *from, const char *old_path, struct dentry *to, const char *new_path,
                 unsigned flags)
{
    struct walk old;
    struct walk new;

    if ((flags & ~(unsigned)(RENAME_NOREPLACE | RENAME_EXCHANGE)) != 0 ||
        flags == (RENAME_NOREPLACE | RENAME_EXCHANGE)) {
        return -EINVAL;
    }
    int err = walk_begin(&old, from, old_path);
    int new_err = walk_begin(&new, to, new_path);

    err = err != 0 ? err : new_err;
    if (err == 0) {
        err = rename_last(&old, &new, flags);
    }
    walk_end(&new);
    walk_end(&old);
    return err;
}
