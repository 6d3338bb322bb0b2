// SPDX-License-Identifier: MIT
// kernel/abi/stat.h - what stat() and its like tell of a file, as Linux lays it out for riscv64.
//
// Source: stat(2), statx(2), statfs(2), Linux's generic layouts. The structures are the kernel's
// own names for them: struct kstat is struct stat.
#pragma once

#include <stdint.h>

#define S_IFMT   0170000
#define S_IFSOCK 0140000
#define S_IFLNK  0120000
#define S_IFREG  0100000
#define S_IFBLK  0060000
#define S_IFDIR  0040000
#define S_IFCHR  0020000
#define S_IFIFO  0010000

struct kstat {
    uint64_t dev;
    uint64_t ino;
    uint32_t mode;
    uint32_t nlink;
    uint32_t uid;
    uint32_t gid;
    uint64_t rdev;
    uint64_t unused0;
    int64_t size;
    int32_t blksize;
    int32_t unused1;
    int64_t blocks; // of 512 bytes
    int64_t atime_s;
    uint64_t atime_ns;
    int64_t mtime_s;
    uint64_t mtime_ns;
    int64_t ctime_s;
    uint64_t ctime_ns;
    uint32_t unused2[2];
};
_Static_assert(sizeof(struct kstat) == 128, "Linux's struct stat");

struct kstatx_time {
    int64_t s;
    uint32_t ns;
    int32_t unused;
};

struct kstatx {
    uint32_t mask;
    uint32_t blksize;
    uint64_t attributes;
    uint32_t nlink;
    uint32_t uid;
    uint32_t gid;
    uint16_t mode;
    uint16_t unused0;
    uint64_t ino;
    uint64_t size;
    uint64_t blocks;
    uint64_t attributes_mask;
    struct kstatx_time atime;
    struct kstatx_time btime;
    struct kstatx_time ctime;
    struct kstatx_time mtime;
    uint32_t rdev_major;
    uint32_t rdev_minor;
    uint32_t dev_major;
    uint32_t dev_minor;
    uint64_t unused1[14];
};
_Static_assert(sizeof(struct kstatx) == 256, "Linux's struct statx");

#define STATX_BASIC_STATS 0x7ffU
#define STATX__RESERVED   0x80000000U

struct kstatfs {
    int64_t type;
    int64_t bsize;
    uint64_t blocks;
    uint64_t bfree;
    uint64_t bavail;
    uint64_t files;
    uint64_t ffree;
    int32_t fsid[2];
    int64_t namelen;
    int64_t frsize;
    int64_t flags;
    int64_t spare[4];
};
_Static_assert(sizeof(struct kstatfs) == 120, "Linux's struct statfs");

#define TMPFS_MAGIC      0x01021994
#define PROC_SUPER_MAGIC 0x9fa0
#define SYSFS_MAGIC      0x62656572
#define PIPEFS_MAGIC     0x50495045

#define UTIME_NOW  0x3fffffff
#define UTIME_OMIT 0x3ffffffe

// A device number: 12 bits of major, 20 of minor, as dev_t has them.
#define DEVICE(major, minor) ((uint64_t)(((minor)&0xff) | (major) << 8 | ((minor) & ~0xffU) << 12))
#define DEVICE_MAJOR(device) ((uint32_t)((device) >> 8 & 0xfff))
#define DEVICE_MINOR(device) ((uint32_t)(((device)&0xff) | ((device) >> 12 & 0xfff00)))
