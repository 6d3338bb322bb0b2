// SPDX-License-Identifier: MIT
// kernel/fs/test/path_test.c - paths: what they lead to, and what making and removing them says.
#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/base/compiler.h"
#include "kernel/base/string.h"
#include "kernel/fs/names.h"
#include "kernel/fs/path.h"
#include "kernel/fs/test/support.h"
#include "kernel/ktest.h"

// /a/b/f, /a/g, /e, and links.
static struct dentry *plant(void)
{
    struct dentry *root = fs_test_begin();

    KT_CHECK(names_make(root, "a", S_IFDIR | 0755, 0) == 0);
    KT_CHECK(names_make(root, "a/b/", S_IFDIR | 0755, 0) == 0);
    KT_CHECK(names_make(root, "e", S_IFDIR | 0755, 0) == 0);
    file_put(fs_test_open(root, "a/b/f", O_CREAT | O_WRONLY));
    file_put(fs_test_open(root, "a/g", O_CREAT | O_WRONLY));
    KT_CHECK(names_symlink(root, "to_b", "a/b") == 0);
    KT_CHECK(names_symlink(root, "a/up", "..") == 0);
    KT_CHECK(names_symlink(root, "to_f", "to_b/f") == 0);
    KT_CHECK(names_symlink(root, "loop", "loop") == 0);
    KT_CHECK(names_symlink(root, "nowhere", "gone") == 0);
    return root;
}

struct path_case {
    const char *path;
    bool follow;
    int result;
    const char *leads_to; // its path
};

static void check_case(struct dentry *root, const struct path_case *c)
{
    struct dentry *found;
    char path[128];
    int err = path_find(root, c->path, c->follow, &found);

    KT_CHECK(err == c->result);
    if (err != 0) {
        return;
    }
    KT_CHECK(dentry_path(found, path, sizeof(path)) == (long)strlen(c->leads_to));
    KT_CHECK(strcmp(path, c->leads_to) == 0);
    dentry_put(found);
}

KTEST(path_cases,
      "a path leads where it should: dots, links, slashes; and each mistake has its error")
{
    static const struct path_case cases[] = {
        {"a", true, 0, "/a"},
        {"a/", true, 0, "/a"},
        {"./a//b/./f", true, 0, "/a/b/f"},
        {"a/b/../../e", true, 0, "/e"},
        {"..", true, 0, "/"},
        {"a/..", true, 0, "/"},
        {"to_b", true, 0, "/a/b"},
        {"to_b", false, 0, "/to_b"},
        {"to_b/", false, 0, "/a/b"},
        {"to_b/f", false, 0, "/a/b/f"},
        {"to_f", true, 0, "/a/b/f"},
        {"a/up/a/up/e", true, 0, "/e"},
        {"", true, -ENOENT, NULL},
        {"x", true, -ENOENT, NULL},
        {"x/y", true, -ENOENT, NULL},
        {"a/g/", true, -ENOTDIR, NULL},
        {"a/g/h", true, -ENOTDIR, NULL},
        {"to_f/", true, -ENOTDIR, NULL},
        {"loop", true, -ELOOP, NULL},
        {"loop", false, 0, "/loop"},
        {"loop/x", true, -ELOOP, NULL},
        {"nowhere", true, -ENOENT, NULL},
    };
    struct dentry *root = plant();

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        check_case(root, &cases[i]);
    }
    if (fs_test_has_root(root)) {
        check_case(root, &(struct path_case){"/", true, 0, "/"});
        check_case(root, &(struct path_case){"//a/b", true, 0, "/a/b"});
    }
    fs_test_end(root);
}

KTEST(path_long, "a name of 255 bytes is found, one of 256 is too long")
{
    static char name[NAME_MAX + 2];
    struct dentry *root = fs_test_begin();
    struct dentry *found;

    memset(name, 'n', NAME_MAX);
    name[NAME_MAX] = '\0';
    KT_CHECK(names_make(root, name, S_IFREG | 0644, 0) == 0);
    KT_CHECK(path_find(root, name, true, &found) == 0);
    dentry_put(found);
    name[NAME_MAX] = 'n';
    name[NAME_MAX + 1] = '\0';
    KT_CHECK(path_find(root, name, true, &found) == -ENAMETOOLONG);
    KT_CHECK(names_make(root, name, S_IFREG | 0644, 0) == -ENAMETOOLONG);
    fs_test_end(root);
}

KTEST(path_make_remove, "making and removing names: what is there, is not, or is something else")
{
    struct dentry *root = plant();
    struct dentry *f;

    KT_CHECK(names_make(root, "a", S_IFDIR, 0) == -EEXIST);
    KT_CHECK(names_make(root, "a/.", S_IFDIR, 0) == -EEXIST);
    KT_CHECK(names_make(root, "nowhere", S_IFDIR, 0) == -EEXIST);
    KT_CHECK(names_make(root, "new/", S_IFREG, 0) == -ENOENT);
    KT_CHECK(names_make(root, "x/new", S_IFREG, 0) == -ENOENT);
    KT_CHECK(names_make(root, "a/g/new", S_IFREG, 0) == -ENOTDIR);
    KT_CHECK(names_remove(root, "a", false) == -EISDIR);
    KT_CHECK(names_remove(root, "a", true) == -ENOTEMPTY);
    KT_CHECK(names_remove(root, "a/g", true) == -ENOTDIR);
    KT_CHECK(names_remove(root, "a/g/", false) == -ENOTDIR);
    KT_CHECK(names_remove(root, "a/.", true) == -EINVAL);
    KT_CHECK(names_remove(root, "a/b/..", true) == -ENOTEMPTY);
    KT_CHECK(names_remove(root, "x", false) == -ENOENT);
    KT_CHECK(names_remove(root, "loop", false) == 0);
    KT_CHECK(names_symlink(root, "l", "") == -ENOENT);
    KT_CHECK(path_find(root, "a/b/f", true, &f) == 0);
    KT_CHECK(names_link(f, root, "f2") == 0 && f->inode->nlink == 2);
    KT_CHECK(names_remove(root, "a/b/f", false) == 0 && f->inode->nlink == 1);
    KT_CHECK(names_remove(root, "f2", false) == 0 && f->inode->nlink == 0);
    KT_CHECK(names_link(f, root, "f3") == -ENOENT); // its last name has gone
    dentry_put(f);
    KT_CHECK(names_remove(root, "a/b", true) == 0);
    fs_test_end(root);
}

KTEST(path_rename, "renames: over files and directories, into themselves, exchanged")
{
    struct dentry *root = plant();
    struct dentry *d;

    KT_CHECK(names_rename(root, "a", root, "a/b/c", 0) == -EINVAL);
    KT_CHECK(names_rename(root, "a/b", root, "a", 0) == -ENOTEMPTY);
    KT_CHECK(names_rename(root, "a/g", root, "e", 0) == -EISDIR);
    KT_CHECK(names_rename(root, "e", root, "a/g", 0) == -ENOTDIR);
    KT_CHECK(names_rename(root, "x", root, "y", 0) == -ENOENT);
    KT_CHECK(names_rename(root, "a/g", root, "a/b/f", RENAME_NOREPLACE) == -EEXIST);
    KT_CHECK(names_rename(root, "a/g", root, "a/b/f", 0) == 0);
    KT_CHECK(path_find(root, "a/g", true, &d) == -ENOENT);
    KT_CHECK(names_rename(root, "a/b", root, "e", 0) == 0); // over an empty directory
    check_case(root, &(struct path_case){"e/f", true, 0, "/e/f"});
    check_case(root, &(struct path_case){"e/..", true, 0, "/"});
    KT_CHECK(names_rename(root, "e", root, "a/e2", 0) == 0);
    check_case(root, &(struct path_case){"a/e2/..", true, 0, "/a"});
    KT_CHECK(names_rename(root, "a/e2/f", root, "to_b", RENAME_EXCHANGE) == 0);
    check_case(root, &(struct path_case){"to_b", false, 0, "/to_b"});
    check_case(root, &(struct path_case){"a/e2/f", false, 0, "/a/e2/f"});
    KT_CHECK(path_find(root, "to_b", false, &d) == 0 && inode_is(d->inode, S_IFREG));
    dentry_put(d);
    KT_CHECK(names_rename(root, "to_b", root, "gone", RENAME_EXCHANGE) == -ENOENT);
    fs_test_end(root);
}

KTEST(path_removed_directory,
      "in a directory that has been removed nothing is found but what is above")
{
    struct dentry *root = plant();
    struct dentry *e;
    struct dentry *found;
    char path[64];

    KT_CHECK(path_find(root, "e", true, &e) == 0);
    KT_CHECK(names_remove(root, "e", true) == 0);
    KT_CHECK(names_make(e, "x", S_IFREG, 0) == -ENOENT);
    KT_CHECK(path_find(e, "x", true, &found) == -ENOENT);
    KT_CHECK(path_find(e, "..", true, &found) == 0 && found == root);
    dentry_put(found);
    KT_CHECK(dentry_path_linked(e, path, sizeof(path)) == -ENOENT);
    KT_CHECK(dentry_path(e, path, sizeof(path)) > 0 && strcmp(path, "/e (deleted)") == 0);
    dentry_put(e);
    fs_test_end(root);
}

KTEST(open_flags, "open: each flag does what it says, and each mistake has its error")
{
    static const struct {
        const char *path;
        unsigned flags;
        int result;
    } cases[] = {
        {"new", O_RDONLY, -ENOENT},
        {"new/", O_CREAT | O_WRONLY, -EISDIR},
        {"new", O_CREAT | O_EXCL | O_WRONLY, 0},
        {"new", O_CREAT | O_EXCL | O_WRONLY, -EEXIST},
        {"nowhere", O_CREAT | O_EXCL | O_WRONLY, -EEXIST},
        {"nowhere", O_CREAT | O_WRONLY, 0}, // makes what it leads to
        {"gone", O_RDONLY, 0},
        {"to_f", O_RDONLY | O_NOFOLLOW, -ELOOP},
        {"to_f", O_RDONLY | O_NOFOLLOW | O_PATH, 0},
        {"to_f", O_RDONLY | O_DIRECTORY, -ENOTDIR},
        {"to_b", O_RDONLY | O_DIRECTORY, 0},
        {"a", O_RDWR, -EISDIR},
        {"a", O_CREAT | O_RDONLY, -EISDIR},
        {"a", O_TMPFILE | O_RDWR, 0},
        {"a", O_TMPFILE | O_RDONLY, -EINVAL},
    };
    struct dentry *root = plant();

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        struct file *file;

        KT_CHECK(fs_open_at(root, cases[i].path, cases[i].flags, 0644, &file) == cases[i].result);
        if (file != NULL) {
            file_put(file);
        }
    }
    fs_test_end(root);
}
