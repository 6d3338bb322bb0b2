// SPDX-License-Identifier: MIT
// kernel/proc/program.c - mapping an executable.
#include "kernel/proc/program.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/abi/mman.h"
#include "kernel/abi/stat.h"
#include "kernel/base/bits.h"
#include "kernel/base/string.h"
#include "kernel/bootargs.h"
#include "kernel/fs/fs.h"
#include "kernel/fs/inode.h"
#include "kernel/proc/vdso.h"
#include "mm/user/copy.h"
#include "mm/user/page.h"

enum { EXECUTE_BITS = 0111, HWCAP_IMAFDC = 0x112d, CLOCK_TICKS = 100, MIN_SIGNAL_STACK = 1088 };

// ---- Opening -----------------------------------------------------------------------------------

static int check_file(struct file *file)
{
    unsigned mode =
        file->inode != NULL ? file->inode->mode : 0; // racy, as it may be set at any time

    return (mode & S_IFMT) == S_IFREG && (mode & EXECUTE_BITS) != 0 ? 0 : -EACCES;
}

int program_open(struct program *program, struct fs_context *fs, const char *path)
{
    program->vmo = NULL;
    int err = fs_open(fs, path, O_RDONLY, 0, &program->file);
    if (err != 0) {
        program->file = NULL;
        return err;
    }
    err = check_file(program->file);
    if (err == 0) {
        program->vmo =
            program->file->ops->map != NULL ? program->file->ops->map(program->file) : NULL;
        err = program->vmo != NULL ? 0 : -EACCES;
    }
    if (err != 0) {
        program_close(program);
    }
    return err;
}

void program_close(struct program *program)
{
    if (program->vmo != NULL) {
        vmo_put(program->vmo);
    }
    if (program->file != NULL) {
        file_put(program->file);
    }
    program->vmo = NULL;
    program->file = NULL;
}

int program_read_line(struct program *program, char *line)
{
    long bytes = vmo_read(program->vmo, 0, line, PROGRAM_LINE_BYTES);

    if (bytes < 0) {
        return (int)bytes;
    }
    line[bytes] = '\0';
    return bytes >= 2 && line[0] == '#' && line[1] == '!' ? 0 : -ENOEXEC;
}

// The headers, where they are. The file may be changing.
static int read_headers(struct program *program)
{
    void *page;
    uint64_t bytes = vmo_bytes(program->vmo);
    int err = vmo_page(program->vmo, 0, false, &page);

    if (err != 0) {
        return err == -ENXIO ? -ENOEXEC : err; // it is empty
    }
    err = elf_read(page, min_u64(bytes, PAGE_SIZE), bytes, USER_END, &program->elf);
    page_put(page);
    return err;
}

int program_read(struct program *program)
{
    int err = read_headers(program);

    program->bias = err == 0 && program->elf.position_independent ? PIE_BASE : 0;
    if (err == 0 && (program->elf.end + program->bias > STACK_TOP - STACK_MAX_BYTES ||
                     program->elf.start + program->bias < PAGE_SIZE)) {
        err = -ENOEXEC;
    }
    return err;
}

// ---- Mapping -----------------------------------------------------------------------------------

static unsigned prot_of(const struct elf_segment *segment)
{
    return (segment->flags & PF_R ? PROT_READ : 0U) | (segment->flags & PF_W ? PROT_WRITE : 0U) |
           (segment->flags & PF_X ? PROT_EXEC : 0U);
}

static int map(struct aspace *as, struct map_request request)
{
    request.flags |= MAP_PRIVATE;
    return aspace_add_area(as, &request);
}

// The pages of `segment` that the file has, then those it has not.
static int map_segment(const struct program *program, struct aspace *as,
                       const struct elf_segment *segment)
{
    uint64_t start = round_down(segment->vaddr, PAGE_SIZE) + program->bias;
    uint64_t file_end = segment->filesz == 0
                            ? start
                            : round_up(segment->vaddr + segment->filesz, PAGE_SIZE) + program->bias;
    uint64_t end = round_up(segment->vaddr + segment->memsz, PAGE_SIZE) + program->bias;
    int err = 0;

    if (file_end > start) {
        err = map(as, (struct map_request){.at = start,
                                           .bytes = file_end - start,
                                           .prot = prot_of(segment),
                                           .vmo = program->vmo,
                                           .offset = round_down(segment->offset, PAGE_SIZE)});
    }
    if (err == 0 && end > file_end) {
        err = map(as, (struct map_request){.at = file_end,
                                           .bytes = end - file_end,
                                           .prot = prot_of(segment),
                                           .flags = MAP_ANONYMOUS});
    }
    return err;
}

int program_map(struct program *program, struct aspace *as, uint64_t stack_bytes)
{
    int err = 0;

    aspace_begin_areas(as);
    for (unsigned i = 0; i < program->elf.nr && err == 0; i++) {
        err = map_segment(program, as, &program->elf.segment[i]);
    }
    if (err == 0) {
        err = map(as, (struct map_request){.at = STACK_TOP - stack_bytes,
                                           .bytes = stack_bytes,
                                           .prot = PROT_READ | PROT_WRITE,
                                           .flags = MAP_ANONYMOUS | MAP_NORESERVE,
                                           .name = "[stack]"});
    }
    err = err != 0 ? err : vdso_map(as);
    aspace_end_areas(as);
    aspace_set_heap(as, program->elf.end + program->bias);
    return err;
}

// ---- Filling in --------------------------------------------------------------------------------

// The rest of the last page that comes from the file.
static int clear_tails(const struct program *program)
{
    for (unsigned i = 0; i < program->elf.nr; i++) {
        const struct elf_segment *segment = &program->elf.segment[i];
        uint64_t end = segment->vaddr + segment->filesz;
        uint64_t page_end = round_up(end, PAGE_SIZE);

        if (segment->memsz > segment->filesz && (segment->flags & PF_W) && page_end > end &&
            clear_user(end + program->bias, page_end - end) != 0) {
            return -EFAULT;
        }
    }
    return 0;
}

struct auxiliary {
    uint64_t type;
    uint64_t value;
};

// 16 bytes that differ from program to program, and are the same from run to run.
static void fill_random(uint64_t random[2])
{
    static atomic_uint programs; // relaxed: a number for each, in whatever order

    unsigned n = atomic_fetch_add_explicit(&programs, 1, memory_order_relaxed);
    random[0] = (n + 1) * UINT64_C(0x9e3779b97f4a7c15) ^ bootargs.seed;
    random[1] = random[0] * UINT64_C(0xbf58476d1ce4e5b9) ^ random[0] >> 31;
}

// Words on their way to the stack, as many at once as are copied without sstatus.SUM.
struct words {
    uva_t at; // where the first goes
    unsigned n;
    uint64_t word[COPY_AT_ONCE_MAX / sizeof(uint64_t)];
};

// Returns: 0; -EFAULT, here and below.
static int flush_words(struct words *words)
{
    size_t bytes = words->n * sizeof(words->word[0]);
    int err = copy_to_user(words->at, words->word, bytes);

    words->at += bytes;
    words->n = 0;
    return err;
}

static int put_word(struct words *words, uint64_t word)
{
    words->word[words->n++] = word;
    return words->n == sizeof(words->word) / sizeof(words->word[0]) ? flush_words(words) : 0;
}

// Copy argc, argv and envp, with the strings at `strings_at`, to `sp` and up.
static int put_vectors(const struct exec_args *args, uint64_t strings_at, uint64_t sp)
{
    struct words words;
    const char *text = args->strings;

    words.at = sp;
    words.word[0] = args->argc;
    words.n = 1;
    for (unsigned i = 0; i < args->argc + args->envc + 2; i++) {
        bool is_end = i == args->argc || i == args->argc + args->envc + 1;

        if (put_word(&words, is_end ? 0 : strings_at + (uint64_t)(text - args->strings)) != 0) {
            return -EFAULT;
        }
        text += is_end ? 0 : strlen(text) + 1;
    }
    return words.n > 0 ? flush_words(&words) : 0;
}

// On top of all, below a word of zeros.
#define PATH_END (STACK_TOP - sizeof(uint64_t))
static uint64_t path_address(const char *path)
{
    return PATH_END - (strlen(path) + 1);
}

uint64_t program_strings_at(const struct exec_args *args, const char *path)
{
    return path_address(path) - args->bytes;
}

// Copy the strings, and the path behind them: at once, if there is room for it. Returns: 0;
// -EFAULT.
static int put_strings(const struct exec_args *args, const char *path, uint64_t at)
{
    size_t path_bytes = PATH_END - (at + args->bytes);

    if (args->bytes + path_bytes <= PAGE_SIZE << args->order) {
        memcpy(args->strings + args->bytes, path, path_bytes);
        return copy_to_user(at, args->strings, args->bytes + path_bytes);
    }
    return copy_to_user(at + args->bytes, path, path_bytes) != 0 ||
                   copy_to_user(at, args->strings, args->bytes) != 0
               ? -EFAULT
               : 0;
}

int program_fill(const struct program *program, const struct exec_args *args, const char *path,
                 uint64_t *sp)
{
    uint64_t random[2];
    uint64_t path_at = path_address(path);
    uint64_t strings_at = path_at - args->bytes; // as program_strings_at() has it
    uint64_t random_at = round_down(strings_at - sizeof(random), 16);
    const struct elf_image *elf = &program->elf;
    const struct auxiliary vector[] = {
        {AT_SYSINFO_EHDR, vdso_base()},
        {AT_HWCAP, HWCAP_IMAFDC},
        {AT_PAGESZ, PAGE_SIZE},
        {AT_CLKTCK, CLOCK_TICKS},
        {AT_PHDR, elf->headers_at != 0 ? elf->headers_at + program->bias : 0},
        {AT_PHENT, sizeof(struct elf_segment)},
        {AT_PHNUM, elf->nr_headers},
        {AT_BASE, 0},
        {AT_FLAGS, 0},
        {AT_ENTRY, elf->entry + program->bias},
        {AT_UID, 0},
        {AT_EUID, 0},
        {AT_GID, 0},
        {AT_EGID, 0},
        {AT_SECURE, 0},
        {AT_RANDOM, random_at},
        {AT_EXECFN, path_at},
        {AT_MINSIGSTKSZ, MIN_SIGNAL_STACK},
        {AT_NULL, 0},
    };
    uint64_t words = 1 + args->argc + 1 + args->envc + 1;
    uint64_t vector_at = random_at - sizeof(vector);
    *sp = round_down(vector_at - words * sizeof(uint64_t), 16);
    vector_at = *sp + words * sizeof(uint64_t);

    fill_random(random);
    if (clear_tails(program) != 0 || put_strings(args, path, strings_at) != 0 ||
        put_user_pair(random_at, random[0], random[1]) != 0 ||
        copy_to_user(vector_at, vector, sizeof(vector)) != 0 ||
        put_vectors(args, strings_at, *sp) != 0) {
        return -EFAULT;
    }
    // It is where the program begins. What is wrong with it, the program will find.
    (void)!aspace_fault(current_aspace(), elf->entry + program->bias, FAULT_FETCH);
    return 0;
}
