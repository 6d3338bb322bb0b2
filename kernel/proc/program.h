// SPDX-License-Identifier: MIT
// kernel/proc/program.h - an executable file, and its image in an address space.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/elf.h"
#include "kernel/fs/file.h"
#include "kernel/proc/exec_args.h"
#include "mm/user/aspace.h"

#define STACK_TOP       (USER_END - 4 * PAGE_SIZE)
#define STACK_MAX_BYTES (8UL << 20)
#define PIE_BASE        0x1555554000UL // two thirds of the way up, as Linux has it
enum { PROGRAM_LINE_BYTES = 2048 };    // of a file that may be the first line of a script

struct program {
    struct file *file;
    struct vmo *vmo;
    struct elf_image elf;
    uint64_t bias; // added to every address of the image
};

// Open `path` as something to run.
// Returns: 0; -errno. Context: thread.
struct fs_context;
NODISCARD int program_open(struct program *program, struct fs_context *fs, const char *path);
void program_close(struct program *program);

// Read its ELF headers. Returns: 0; -ENOEXEC; -ELIBBAD; -ENOMEM.
NODISCARD int program_read(struct program *program);

// Read what it begins with, if it is a script, as a string, into PROGRAM_LINE_BYTES + 1 bytes.
// Returns: 0; -ENOEXEC: it is none; -ENOMEM.
NODISCARD int program_read_line(struct program *program, char *line);

// Map the image and a stack of `stack_bytes` into `as`, which is empty. Returns: 0 or -errno.
NODISCARD int program_map(struct program *program, struct aspace *as, uint64_t stack_bytes);

// Where program_fill() puts the strings of `args`.
uint64_t program_strings_at(const struct exec_args *args, const char *path);

// Fill in what a mapping cannot: zeros after the data, arguments and auxiliary vector on the stack.
// Context: `as` is loaded, as the calling thread's. Returns: 0 and the stack pointer; -EFAULT.
NODISCARD int program_fill(const struct program *program, const struct exec_args *args,
                           const char *path, uint64_t *sp);
