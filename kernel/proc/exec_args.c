// SPDX-License-Identifier: MIT
// kernel/proc/exec_args.c - collecting arguments and environment.
#include "kernel/proc/exec_args.h"

#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "kernel/base/string.h"
#include "mm/frame.h"
#include "mm/memory.h"
#include "mm/user/copy.h"

enum { STRING_MAX_BYTES = 128 << 10 };

int exec_args_init(struct exec_args *args)
{
    *args = (struct exec_args){.strings = frames_alloc_or_reclaim(0)};
    return args->strings != NULL ? 0 : -ENOMEM;
}

void exec_args_free(struct exec_args *args)
{
    if (args->strings != NULL) {
        frames_free(args->strings, args->order);
    }
    args->strings = NULL;
}

static size_t room(const struct exec_args *args)
{
    return (PAGE_SIZE << args->order) - args->bytes;
}

// Twice as much room. Returns: 0; -E2BIG; -ENOMEM.
static int grow(struct exec_args *args)
{
    if (args->order == EXEC_STRINGS_MAX_ORDER) {
        return -E2BIG;
    }
    char *larger = frames_alloc_or_reclaim(args->order + 1);
    if (larger == NULL) {
        return -ENOMEM;
    }
    memcpy(larger, args->strings, args->bytes);
    frames_free(args->strings, args->order);
    args->strings = larger;
    args->order++;
    return 0;
}

// Append the program's string at `from`. Returns: 0 or -errno.
static int append_user(struct exec_args *args, uint64_t from)
{
    for (;;) {
        long length = copy_string_from_user(args->strings + args->bytes, from, room(args));

        if (length >= STRING_MAX_BYTES) {
            return -E2BIG;
        }
        if (length >= 0) {
            args->bytes += (size_t)length + 1;
            return 0;
        }
        int err = length == -ENAMETOOLONG ? grow(args) : (int)length;
        if (err != 0) {
            return err;
        }
    }
}

static int append(struct exec_args *args, const char *text)
{
    size_t bytes = strlen(text) + 1;

    while (room(args) < bytes) {
        int err = grow(args);
        if (err != 0) {
            return err;
        }
    }
    memcpy(args->strings + args->bytes, text, bytes);
    args->bytes += bytes;
    return 0;
}

static int get_pointer(uint64_t *pointer, uint64_t from)
{
    return is_aligned(from, sizeof(*pointer)) ? get_user_u64(pointer, from)
                                              : copy_from_user(pointer, from, sizeof(*pointer));
}

// Returns: 0, with the number of strings of `array` added to *count; -errno.
static int append_array(struct exec_args *args, uint64_t array, unsigned *count)
{
    for (; array != 0; array += sizeof(uint64_t)) {
        uint64_t string;

        if (get_pointer(&string, array) != 0) {
            return -EFAULT;
        }
        if (string == 0) {
            break;
        }
        int err = append_user(args, string);
        if (err != 0) {
            return err;
        }
        (*count)++;
    }
    return 0;
}

int exec_args_copy(struct exec_args *args, uint64_t argv, uint64_t envp)
{
    int err = append_array(args, argv, &args->argc);

    if (err == 0 && args->argc == 0) {
        err = exec_args_add(args, "");
    }
    args->argv_bytes = args->bytes;
    return err != 0 ? err : append_array(args, envp, &args->envc);
}

int exec_args_add(struct exec_args *args, const char *text)
{
    int err = append(args, text);

    args->argc += err == 0;
    args->argv_bytes = args->bytes;
    return err;
}

int exec_args_interpret(struct exec_args *args, const char *first, const char *second,
                        const char *path)
{
    struct exec_args old = *args;
    size_t skipped = strlen(old.strings) + 1; // argv[0]
    int err = exec_args_init(args);

    if (err == 0) {
        err = exec_args_add(args, first);
    }
    if (err == 0 && second != NULL) {
        err = exec_args_add(args, second);
    }
    if (err == 0) {
        err = exec_args_add(args, path);
    }
    while (err == 0 && room(args) < old.bytes - skipped) {
        err = grow(args);
    }
    if (err == 0) {
        memcpy(args->strings + args->bytes, old.strings + skipped, old.bytes - skipped);
        args->bytes += old.bytes - skipped;
        args->argv_bytes += old.argv_bytes - skipped;
        args->argc += old.argc - 1;
        args->envc = old.envc;
    }
    exec_args_free(&old);
    return err;
}
