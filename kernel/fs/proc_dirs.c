// SPDX-License-Identifier: MIT
// kernel/fs/proc_dirs.c - the directories of /proc that are about processes.
#include "kernel/fs/proc_dirs.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/base/format.h"
#include "kernel/base/string.h"
#include "kernel/fs/dentry.h"
#include "kernel/fs/file.h"
#include "kernel/fs/pipe.h"
#include "kernel/fs/processes.h"

enum { NUMBER_DIGITS = 10, DIRECTORY_MODE = 0555, FD_SHIFT = 32, NAME_BYTES = 256 };

// The pid, or tid, that the directory is about.
static int about(const struct dentry *dir)
{
    return (int)dir->inode->u.dir.about;
}

// Returns: the number that `name` is; -1: it is none.
static int number_of(const char *name, size_t length)
{
    int64_t number = 0;

    if (length == 0 || length > NUMBER_DIGITS || (length > 1 && name[0] == '0')) {
        return -1;
    }
    for (size_t i = 0; i < length; i++) {
        if (name[i] < '0' || name[i] > '9') {
            return -1;
        }
        number = number * 10 + (name[i] - '0');
    }
    return number <= INT32_MAX ? (int)number : -1;
}

static size_t print_number(char name[NAME_BYTES], int number)
{
    return format(name, NAME_BYTES, "%d", number);
}

static bool exists(int pid)
{
    struct process_info info;

    return processes->describe(pid, &info) == 0;
}

static int found_or_no_memory(struct dentry *d, struct dentry **found)
{
    *found = d;
    return d != NULL ? 0 : -ENOMEM;
}

// ---- What is in a table ------------------------------------------------------------------------

// Returns: NULL if there is none of that name.
static const struct proc_node *node_named(const struct proc_table *table, const char *name,
                                          size_t length)
{
    for (size_t i = 0; i < table->nr; i++) {
        const struct proc_node *node = &table->nodes[i];

        if (strncmp(node->name, name, length) == 0 && node->name[length] == '\0') {
            return node;
        }
    }
    return NULL;
}

static int lookup_in(const struct proc_table *table, struct dentry *dir, const char *name,
                     size_t length, struct dentry **found)
{
    const struct proc_node *node = node_named(table, name, length);

    if (node == NULL || !exists(about(dir))) {
        return -ENOENT;
    }
    return found_or_no_memory(proc_make(dir, name, length, node, (unsigned)about(dir)), found);
}

static size_t entry_in(const struct proc_table *table, uint64_t n, char *name, struct kstat *stat)
{
    if (n >= table->nr) {
        return 0;
    }
    const struct proc_node *node = &table->nodes[n];

    stat->ino = n + 1;
    stat->mode = node->directory != NULL ? S_IFDIR : node->read_link != NULL ? S_IFLNK : S_IFREG;
    return str_copy(name, node->name, NAME_BYTES);
}

static int lookup_process(struct dentry *dir, const char *name, size_t length,
                          struct dentry **found)
{
    return lookup_in(&proc_of_process, dir, name, length, found);
}

static size_t entry_process(struct dentry *dir, uint64_t *n, char *name, struct kstat *stat)
{
    (void)dir;
    return entry_in(&proc_of_process, *n, name, stat);
}

static int lookup_thread(struct dentry *dir, const char *name, size_t length, struct dentry **found)
{
    return lookup_in(&proc_of_thread, dir, name, length, found);
}

static size_t entry_thread(struct dentry *dir, uint64_t *n, char *name, struct kstat *stat)
{
    (void)dir;
    return entry_in(&proc_of_thread, *n, name, stat);
}

static const struct inode_ops process_ops = {.lookup = lookup_process, .entry = entry_process};
static const struct inode_ops thread_ops = {.lookup = lookup_thread, .entry = entry_thread};
static const struct proc_node process_node = {.mode = DIRECTORY_MODE, .directory = &process_ops};
static const struct proc_node thread_node = {.mode = DIRECTORY_MODE, .directory = &thread_ops};

// ---- Processes and threads ---------------------------------------------------------------------

static int lookup_pid(struct dentry *dir, const char *name, size_t length, struct dentry **found)
{
    int pid = number_of(name, length);

    if (pid <= 0 || !exists(pid)) {
        return -ENOENT;
    }
    return found_or_no_memory(proc_make(dir, name, length, &process_node, (unsigned)pid), found);
}

// Positions are pids.
static size_t entry_pid(struct dentry *dir, uint64_t *n, char *name, struct kstat *stat)
{
    int pid = processes->next((int)*n);

    (void)dir;
    if (pid == 0) {
        return 0;
    }
    *n = (unsigned)pid - 1;
    stat->ino = (unsigned)pid;
    stat->mode = S_IFDIR;
    return print_number(name, pid);
}

const struct inode_ops proc_root_ops = {.lookup = lookup_pid, .entry = entry_pid};

static bool is_thread_of(int pid, int tid)
{
    return tid > 0 && processes->next_thread(pid, tid - 1) == tid;
}

static int lookup_tid(struct dentry *dir, const char *name, size_t length, struct dentry **found)
{
    int tid = number_of(name, length);

    if (!is_thread_of(about(dir), tid)) {
        return -ENOENT;
    }
    return found_or_no_memory(proc_make(dir, name, length, &thread_node, (unsigned)tid), found);
}

static size_t entry_tid(struct dentry *dir, uint64_t *n, char *name, struct kstat *stat)
{
    int tid = processes->next_thread(about(dir), (int)*n);

    if (tid == 0) {
        return 0;
    }
    *n = (unsigned)tid - 1;
    stat->ino = (unsigned)tid;
    stat->mode = S_IFDIR;
    return print_number(name, tid);
}

const struct inode_ops proc_threads_ops = {.lookup = lookup_tid, .entry = entry_tid};

// ---- Descriptors -------------------------------------------------------------------------------

static struct file *file_of(uint64_t id)
{
    return processes->descriptor((int)(id & UINT32_MAX), (int)(id >> FD_SHIFT));
}

static size_t describe_nameless(struct file *file, char *text, size_t size)
{
    struct kstat stat;
    const char *kind = "anon_inode";

    if (file_stat(file, &stat) != 0) {
        return 0;
    }
    if ((stat.mode & S_IFMT) == S_IFIFO) {
        kind = "pipe";
    } else if ((stat.mode & S_IFMT) == S_IFSOCK) {
        kind = "socket";
    }
    return format(text, size, "%s:[%lu]", kind, stat.ino);
}

static long read_descriptor(uint64_t id, char *text, size_t size)
{
    char name[NAME_BYTES];
    struct file *file = file_of(id);

    if (file == NULL) {
        return -ENOENT;
    }
    if (file->dentry != NULL) {
        struct dentry *d = dentry_get(file->dentry);

        file_put(file);
        return proc_path_text(d, text, size);
    }
    size_t length = describe_nameless(file, name, sizeof(name));

    file_put(file);
    length = length < size ? length : size;
    memcpy(text, name, length);
    return (long)length;
}

// Open once more what `file`, kept in the inode, is an end of.
static int reopen(struct file *file)
{
    struct pipe *pipe = pipe_of((struct file *)(uintptr_t)proc_id_of(file->inode));

    if (pipe == NULL) {
        return -ENXIO;
    }
    file->ops = &pipe_ops;
    file->stream = true;
    file->private_data = pipe_get(pipe);
    pipe_open_ends(pipe, file->access);
    return 0;
}

static void forget_file(struct inode *inode)
{
    file_put((struct file *)(uintptr_t)proc_id_of(inode));
}

// A name for `file`, taken over, which has none.
static int name_for(struct file *file, struct dentry **target)
{
    static const struct inode_ops ops = {.open = reopen, .destroy = forget_file};
    static const struct file_ops none = {};
    struct inode *inode = inode_new(&procfs, &ops, &none, S_IFIFO | 0600);

    if (inode == NULL) {
        file_put(file);
        return -ENOMEM;
    }
    inode->u.node.id = (uintptr_t)file;
    *target = dentry_new(fs_root, "nameless", 8, inode);
    inode_put(inode);
    return *target != NULL ? 0 : -ENOMEM;
}

static int follow_descriptor(uint64_t id, struct dentry **target)
{
    struct file *file = file_of(id);

    if (file == NULL) {
        return -ENOENT;
    }
    if (file->dentry == NULL) {
        return name_for(file, target);
    }
    *target = dentry_get(file->dentry);
    file_put(file);
    return 0;
}

static const struct proc_node descriptor_node = {
    .mode = 0700, .read_link = read_descriptor, .follow = follow_descriptor};

static int lookup_fd(struct dentry *dir, const char *name, size_t length, struct dentry **found)
{
    int fd = number_of(name, length);
    struct file *file = fd >= 0 ? processes->descriptor(about(dir), fd) : NULL;

    if (file == NULL) {
        return -ENOENT;
    }
    file_put(file);
    return found_or_no_memory(proc_make(dir, name, length, &descriptor_node,
                                        (uint64_t)fd << FD_SHIFT | (unsigned)about(dir)),
                              found);
}

static size_t entry_fd(struct dentry *dir, uint64_t *n, char *name, struct kstat *stat)
{
    int fd = processes->next_descriptor(about(dir), (int)*n);

    if (fd < 0) {
        return 0;
    }
    *n = (unsigned)fd;
    stat->ino = (unsigned)fd + 1;
    stat->mode = S_IFLNK;
    return print_number(name, fd);
}

const struct inode_ops proc_descriptors_ops = {.lookup = lookup_fd, .entry = entry_fd};
