// SPDX-License-Identifier: MIT
// kernel/fs/path.c - walking along a path.
#include "kernel/fs/path.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/base/string.h"
#include "kernel/fs/dentry.h"
#include "mm/frame.h"
#include "mm/memory.h"

// Be at `d`, whose reference is handed over, from now on.
static void go(struct walk *w, struct dentry *d)
{
    struct dentry *old = w->at;

    w->at = d;
    dentry_put(old);
}

// Cut the next component off w->rest. Returns: whether there is one; -ENAMETOOLONG.
static int next_component(struct walk *w)
{
    while (*w->rest == '/') {
        w->rest++;
    }
    w->name = w->rest;
    while (*w->rest != '\0' && *w->rest != '/') {
        w->rest++;
    }
    w->length = (size_t)(w->rest - w->name);
    if (w->length > NAME_MAX) {
        return -ENAMETOOLONG;
    }
    w->slash = *w->rest == '/';
    while (*w->rest == '/') {
        w->rest++;
    }
    return w->length > 0;
}

static bool is_dots(const struct walk *w, size_t dots)
{
    return w->length == dots && w->name[0] == '.' && w->name[dots - 1] == '.';
}

bool walk_ends_in_dots(const struct walk *w)
{
    return is_dots(w, 1) || is_dots(w, 2);
}

// What the component that has been cut off names.
static int look(struct walk *w, struct dentry **found)
{
    if (!inode_is(w->at->inode, S_IFDIR)) {
        return -ENOTDIR;
    }
    if (is_dots(w, 1)) {
        *found = dentry_get(w->at);
        return 0;
    }
    if (is_dots(w, 2)) {
        *found = dentry_parent(w->at);
        return 0;
    }
    return dentry_lookup(w->at, w->name, w->length, found);
}

// Put the text of `link` in front of what is left of the path.
static int splice(struct walk *w, struct inode *link)
{
    char *buffer = frames_alloc_or_reclaim(0);

    if (buffer == NULL) {
        return -ENOMEM;
    }
    long length = link->ops->read_link(link, buffer, PATH_MAX - 1);
    size_t rest = strlen(w->rest);
    int err = length < 0 ? (int)length : 0;

    if (err == 0 && length == 0) {
        err = -ENOENT;
    }
    if (err == 0 && (size_t)length + 1 + rest >= PATH_MAX) {
        err = -ENAMETOOLONG;
    }
    if (err != 0) {
        frames_free(buffer, 0);
        return err;
    }
    if (w->slash) {
        buffer[length++] = '/';
    }
    memcpy(buffer + length, w->rest, rest + 1);
    if (w->buffer != NULL) {
        frames_free(w->buffer, 0);
    }
    w->buffer = buffer;
    w->rest = buffer;
    if (*buffer == '/') {
        go(w, dentry_get(fs_root));
    }
    return 0;
}

// Go on where the symbolic link `d` leads; its reference is taken over. Returns: 0; 1: it led to
// what w->at is now; -errno.
static int follow_link(struct walk *w, struct dentry *d)
{
    struct inode *link = d->inode;
    struct dentry *target;
    int err;

    if (++w->links > WALK_LINKS_MAX) {
        err = -ELOOP;
    } else if (link->ops->follow != NULL) {
        err = link->ops->follow(link, &target);
        if (err == 0) {
            go(w, target);
            err = 1;
        }
    } else {
        err = splice(w, link);
    }
    dentry_put(d);
    return err;
}

// Enter the component that has been cut off, which is not the last.
static int enter(struct walk *w)
{
    struct dentry *d;
    int err = look(w, &d);

    if (err != 0) {
        return err;
    }
    if (inode_is(d->inode, S_IFLNK)) {
        err = follow_link(w, d);
        return err > 0 ? 0 : err;
    }
    go(w, d);
    return 0;
}

// Walk on to the last component.
static int walk_on(struct walk *w)
{
    for (;;) {
        int found = next_component(w);

        if (found < 0) {
            return found;
        }
        if (found == 0 || *w->rest == '\0') {
            return 0;
        }
        int err = enter(w);

        if (err != 0) {
            return err;
        }
    }
}

int walk_begin(struct walk *w, struct dentry *start, const char *path)
{
    *w = (struct walk){.at = dentry_get(*path == '/' ? fs_root : start), .rest = path};
    return *path != '\0' ? walk_on(w) : -ENOENT;
}

void walk_end(struct walk *w)
{
    dentry_put(w->at);
    if (w->buffer != NULL) {
        frames_free(w->buffer, 0);
    }
}

// The last component is what w->at has become.
static void become_last(struct walk *w)
{
    w->length = 0;
}

int walk_last(struct walk *w, bool follow, struct dentry **found)
{
    for (;;) {
        if (w->length == 0) {
            *found = dentry_get(w->at);
            break;
        }
        int err = look(w, found);

        if (err != 0) {
            w->missing = err == -ENOENT;
            return err;
        }
        if (!inode_is((*found)->inode, S_IFLNK) || !(follow || w->slash)) {
            break;
        }
        err = follow_link(w, *found);
        if (err == 0) {
            err = walk_on(w);
        } else if (err > 0) {
            become_last(w);
            err = 0;
        }
        if (err != 0) {
            return err;
        }
    }
    if (w->slash && !inode_is((*found)->inode, S_IFDIR)) {
        dentry_put(*found);
        return -ENOTDIR;
    }
    return 0;
}

int path_find(struct dentry *start, const char *path, bool follow, struct dentry **found)
{
    struct walk w;
    int err = walk_begin(&w, start, path);

    if (err == 0) {
        err = walk_last(&w, follow, found);
    }
    walk_end(&w);
    return err;
}
