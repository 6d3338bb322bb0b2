// SPDX-License-Identifier: MIT
// kernel/abi/dirent.h - what getdents64() returns. Source: getdents(2).
#pragma once

#include <stdint.h>

struct kdirent {
    uint64_t ino;
    int64_t offset;  // where the next one is
    uint16_t length; // of all of it, a multiple of 8
    uint8_t type;    // DT_*
    char name[];     // ends with a 0
};
enum { KDIRENT_NAME_AT = 19 }; // there is no padding before the name

#define DT_UNKNOWN 0
#define DT_FIFO    1
#define DT_CHR     2
#define DT_DIR     4
#define DT_BLK     6
#define DT_REG     8
#define DT_LNK     10
#define DT_SOCK    12
