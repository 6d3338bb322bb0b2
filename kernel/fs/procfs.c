// SPDX-License-Identifier: MIT
// kernel/fs/procfs.c - files whose text is made when they are read.
#include "kernel/fs/proc_fail.h"
#include "kernel/fs/proc_realtime.h"
#include "kernel/fs/procfs.h"

#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "kernel/base/string.h"
#include "kernel/fs/dentry.h"
#include "kernel/fs/file.h"
#include "kernel/fs/tmpfs.h"
#include "mm/frame.h"
#include "mm/memory.h"
#include "mm/objcache.h"

enum { TEXT_ORDER_MAX = 8, DIRECTORY_MODE = 0555, LINE_BYTES = 512, STATUS_NONE = 0 };

const struct filesystem procfs = {
    .name = "proc", .device = DEVICE(0, 3), .magic = PROC_SUPER_MAGIC, .fixed = true};
static const struct filesystem sysfs = {
    .name = "sysfs", .device = DEVICE(0, 4), .magic = SYSFS_MAGIC, .fixed = true};

// ---- Open files --------------------------------------------------------------------------------

struct proc_open {
    struct mutex lock;
    // guarded by: lock.
    char *text; // NULL: none has been made
    unsigned order;
    size_t length;
    int status; // of the last write
};

static struct objcache proc_opens = OBJCACHE_INIT(proc_opens, struct proc_open);

static const struct proc_node *node_of(const struct inode *inode)
{
    return inode->u.node.data;
}

static int open_node(struct file *file)
{
    struct proc_open *open = objcache_alloc_or_reclaim(&proc_opens);

    if (open == NULL) {
        return -ENOMEM;
    }
    memset(open, 0, sizeof(*open));
    mutex_init(&open->lock);
    open->status = STATUS_NONE;
    file->private_data = open;
    return 0;
}

static void forget_text(struct proc_open *open) REQUIRES(open->lock)
{
    if (open->text != NULL) {
        frames_free(open->text, open->order);
        open->text = NULL;
    }
}

// Make the text, in as many frames as it takes. Returns: 0; -ENOMEM.
static int make_text(struct proc_open *open, const struct inode *inode) REQUIRES(open->lock)
{
    struct sink sink = {.length = 1};

    for (unsigned order = 0; sink.length > sink.size; order++) {
        forget_text(open);
        sink.text = order <= TEXT_ORDER_MAX ? frames_alloc_or_reclaim(order) : NULL;
        if (sink.text == NULL) {
            return -ENOMEM;
        }
        sink.size = PAGE_SIZE << order;
        sink.length = 0;
        open->text = sink.text;
        open->order = order;
        node_of(inode)->show(&sink, proc_id_of(inode), open->status);
    }
    open->length = sink.length;
    return 0;
}

static long copy_text(const struct proc_open *open, struct uio *uio, uint64_t offset)
{
    if (offset >= open->length) {
        return 0;
    }
    return uio_copy_to(uio, open->text + offset, min_u64(uio->remaining, open->length - offset));
}

static long ops_read(struct file *file, struct uio *uio, uint64_t offset)
{
    struct proc_open *open = file->private_data;

    if (node_of(file->inode)->show == NULL) {
        return -EINVAL;
    }
    mutex_lock(&open->lock);
    long n = offset == 0 || open->text == NULL ? make_text(open, file->inode) : 0;

    if (n == 0) {
        n = copy_text(open, uio, offset);
    }
    mutex_unlock(&open->lock);
    return n;
}

// Takes `line` over.
static long write_line(struct file *file, char *line)
{
    struct proc_open *open = file->private_data;
    int status = node_of(file->inode)->write(line, proc_id_of(file->inode));

    if (status >= 0) {
        mutex_lock(&open->lock);
        open->status = status;
        mutex_unlock(&open->lock);
    }
    return status;
}

static long ops_write(struct file *file, struct uio *uio, uint64_t offset)
{
    char line[LINE_BYTES];

    (void)offset;
    if (node_of(file->inode)->write == NULL) {
        return -EPERM;
    }
    if (uio->remaining >= sizeof(line)) {
        return -EINVAL;
    }
    size_t wanted = uio->remaining;
    long n = uio_copy_from(uio, line, wanted);

    if (n != (long)wanted) {
        return -EFAULT;
    }
    line[n] = '\0';
    long status = write_line(file, line);

    return status < 0 ? status : n;
}

static void ops_release(struct file *file)
{
    struct proc_open *open = file->private_data;

    mutex_lock(&open->lock); // nobody else has it; what follows asks for it
    forget_text(open);
    mutex_unlock(&open->lock);
    objcache_free(&proc_opens, open);
}

static const struct file_ops file_ops = {
    .read = ops_read,
    .write = ops_write,
    .release = ops_release,
};

// ---- Inodes ------------------------------------------------------------------------------------

static long read_link(struct inode *inode, char *text, size_t size)
{
    return node_of(inode)->read_link(proc_id_of(inode), text, size);
}

static int follow(struct inode *inode, struct dentry **target)
{
    return node_of(inode)->follow(proc_id_of(inode), target);
}

static const struct inode_ops text_ops = {.open = open_node};
static const struct inode_ops link_ops = {.read_link = read_link};
static const struct inode_ops magic_link_ops = {.read_link = read_link, .follow = follow};

static unsigned mode_of(const struct proc_node *node)
{
    if (node->directory != NULL) {
        return S_IFDIR | node->mode;
    }
    return (node->read_link != NULL ? S_IFLNK : S_IFREG) | node->mode;
}

struct inode *proc_inode(const struct filesystem *fs, const struct proc_node *node, uint64_t id,
                         uint64_t number)
{
    const struct inode_ops *ops = node->directory;
    const struct file_ops *files = node->directory != NULL ? &directory_ops : &file_ops;

    if (node->read_link != NULL) {
        ops = node->follow != NULL ? &magic_link_ops : &link_ops;
    } else if (ops == NULL) {
        ops = &text_ops;
    }
    struct inode *inode = inode_new(fs, ops, files, mode_of(node));

    if (inode == NULL) {
        return NULL;
    }
    if (node->directory != NULL) {
        inode->u.dir.about = id;
    } else {
        inode->u.node.data = node;
        inode->u.node.id = id;
    }
    inode->number = number != 0 ? number : inode->number;
    return inode;
}

struct dentry *proc_make(struct dentry *dir, const char *name, size_t length,
                         const struct proc_node *node, uint64_t id)
{
    // Numbers that stay: by what it is about, and where it is in its table.
    uint64_t number = id << 8 | ((uintptr_t)node >> 3) % 256 | (uint64_t)1 << 60;
    struct inode *inode = proc_inode(dir->inode->fs, node, id, number);

    if (inode == NULL) {
        return NULL;
    }
    struct dentry *made = dentry_new(dir, name, length, inode);

    inode_put(inode);
    return made;
}

// ---- Fixed names -------------------------------------------------------------------------------

// Put `inode`, taken over, into the tree. NULL: memory is short. Returns: 0; -ENOMEM.
static int fix(struct dentry *dir, const char *name, size_t length, struct inode *inode)
{
    struct dentry *d = inode != NULL ? dentry_new(dir, name, length, inode) : NULL;

    if (inode != NULL) {
        inode_put(inode);
    }
    if (d == NULL) {
        return -ENOMEM;
    }
    mutex_lock(&dir->inode->lock);
    tree_add(dir, d);
    mutex_unlock(&dir->inode->lock);
    dentry_put(d);
    return 0;
}

// The directory `name` in `dir`, made if need be. Returns: it, no reference taken; NULL.
static struct dentry *fixed_directory(struct dentry *dir, const char *name, size_t length,
                                      const struct filesystem *fs)
{
    struct dentry *found;

    mutex_lock(&dir->inode->lock);
    found = tree_find(dir, name, length);
    mutex_unlock(&dir->inode->lock);
    if (found == NULL &&
        fix(dir, name, length, tmpfs_inode(fs, S_IFDIR | DIRECTORY_MODE, 0)) == 0) {
        mutex_lock(&dir->inode->lock);
        found = tree_find(dir, name, length);
        mutex_unlock(&dir->inode->lock);
    }
    return found;
}

// The directory that `path` leads to from `dir`; what is behind the last slash is left in *path.
// Returns: it, no reference taken; NULL: memory is short.
static struct dentry *fixed_directories(struct dentry *dir, const char **path)
{
    const struct filesystem *fs = dir->inode->fs;

    for (const char *slash; dir != NULL && (slash = strchr(*path, '/')) != NULL;
         *path = slash + 1) {
        dir = fixed_directory(dir, *path, (size_t)(slash - *path), fs);
    }
    return dir;
}

static int fix_node(struct dentry *root, const struct proc_node *node, uint64_t id)
{
    const char *name = node->name;
    struct dentry *dir = fixed_directories(root, &name);

    return dir != NULL ? fix(dir, name, strlen(name), proc_inode(root->inode->fs, node, id, 0))
                       : -ENOMEM;
}

int proc_fix(struct dentry *root, const char *below, const struct proc_table *table, uint64_t id)
{
    struct dentry *dir = fixed_directories(root, &below);
    int err = 0;

    if (dir != NULL && *below != '\0') {
        dir = fixed_directory(dir, below, strlen(below), root->inode->fs);
    }
    if (dir == NULL) {
        return -ENOMEM;
    }
    for (size_t i = 0; err == 0 && i < table->nr; i++) {
        err = fix_node(dir, &table->nodes[i], id);
    }
    return err;
}

// ---- Mounting ----------------------------------------------------------------------------------

// The root of a file system, as `name` in the root directory. Returns: it, no reference taken.
static struct dentry *mount(const char *name, const struct filesystem *fs,
                            const struct inode_ops *ops)
{
    const struct proc_node root = {.name = name, .mode = DIRECTORY_MODE, .directory = ops};
    size_t length = strlen(name);
    struct dentry *found = NULL;

    if (fix(fs_root, name, length, proc_inode(fs, &root, 0, 0)) == 0) {
        mutex_lock(&fs_root->inode->lock);
        found = tree_find(fs_root, name, length);
        mutex_unlock(&fs_root->inode->lock);
    }
    return found;
}

int procfs_mount(void)
{
    static const struct inode_ops sys_root_ops = {};
    struct dentry *proc = mount("proc", &procfs, &proc_root_ops);
    struct dentry *sys = proc != NULL ? mount("sys", &sysfs, &sys_root_ops) : NULL;

    if (sys == NULL) {
        return -ENOMEM;
    }
    int err = proc_fix(proc, "", &proc_machine, 0);

    if (err == 0) {
        err = proc_fix(proc, "", &proc_fail, 0);
    }
    if (err == 0) {
        err = proc_fix(proc, "", &proc_realtime, 0);
    }
    if (err == 0) {
        err = proc_fix(proc, "", &proc_links, 0);
    }
    return err == 0 ? sys_cpu_fix(sys) : err;
}
