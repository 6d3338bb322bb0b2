// SPDX-License-Identifier: MIT
// kernel/proc/exec_prepare.c - finding out what is to be run, and making its address space.
//
// Nothing of the caller changes here, so everything may fail.
#include "kernel/abi/errno.h"
#include "kernel/abi/resource.h"
#include "kernel/base/string.h"
#include "kernel/console.h"
#include "kernel/proc/exec.h"
#include "kernel/proc/process.h"
#include "mm/frame.h"
#include "mm/memory.h"

enum { SCRIPTS_MAX = 4 };

_Static_assert(sizeof(struct exec) <= PAGE_SIZE, "it has a frame");

// ---- Finding out what to run -------------------------------------------------------------------

static char *skip_blanks(char *at)
{
    while (*at == ' ' || *at == '\t') {
        at++;
    }
    return at;
}

// End the word that begins at `at`. Returns: what follows it.
static char *cut_word(char *at)
{
    while (*at != '\0' && *at != ' ' && *at != '\t') {
        at++;
    }
    if (*at != '\0') {
        *at++ = '\0';
    }
    return at;
}

// Split the first line of a script. Returns: whether it names an interpreter; *argument, all that
// follows its name, may be NULL.
static bool interpreter_of(char *line, char **interpreter, char **argument)
{
    char *end = strchr(line, '\n');

    if (end == NULL) {
        return false;
    }
    *end = '\0';
    *interpreter = skip_blanks(line + 2);
    char *rest = skip_blanks(cut_word(*interpreter));
    *argument = *rest != '\0' ? rest : NULL;
    return **interpreter != '\0';
}

// The file that has been opened is a script: open what it names instead. Returns: 0 or -errno.
static int open_interpreter(struct exec *exec)
{
    char *interpreter;
    char *argument;

    if (!interpreter_of(exec->line, &interpreter, &argument)) {
        return -ENOEXEC;
    }
    int err = exec_args_interpret(&exec->args, interpreter, argument, exec->path);
    if (err != 0) {
        return err;
    }
    (void)str_copy(exec->path, interpreter, EXEC_PATH_BYTES);
    program_close(&exec->program);
    return program_open(&exec->program, current_process()->fs, exec->path);
}

static int open_program(struct exec *exec)
{
    int err = program_open(&exec->program, current_process()->fs, exec->path);

    for (unsigned depth = 0; err == 0; depth++) {
        err = program_read(&exec->program);
        if (err != -ENOEXEC) {
            break;
        }
        err = program_read_line(&exec->program, exec->line);
        if (err != 0) {
            break;
        }
        err = depth < SCRIPTS_MAX ? open_interpreter(exec) : -ELOOP;
    }
    if (err == -ELIBBAD) {
        printk("%s: it wants a dynamic loader; link it with -static\n", exec->path);
        err = -ENOEXEC;
    }
    return err;
}

static uint64_t stack_bytes(const struct process *p)
{
    uint64_t limit = p->limits[RLIMIT_STACK].soft; // racy, as in new_aspace()

    limit = limit < STACK_MAX_BYTES ? limit : STACK_MAX_BYTES;
    return limit < 16 * PAGE_SIZE ? 16 * PAGE_SIZE : limit / PAGE_SIZE * PAGE_SIZE;
}

// Returns: NULL if memory is short.
static struct aspace *new_aspace(const struct rlimit *limits)
{
    struct aspace *as = aspace_new();

    if (as != NULL) { // racy: another thread of the process may set them just now
        aspace_set_limits(as, limits[RLIMIT_AS].soft, limits[RLIMIT_DATA].soft);
    }
    return as;
}

int exec_prepare(struct exec *exec)
{
    int err = open_program(exec);

    if (err == 0) {
        exec->as = new_aspace(current_process()->limits);
        err = exec->as != NULL
                  ? program_map(&exec->program, exec->as, stack_bytes(current_process()))
                  : -ENOMEM;
    }
    return err;
}

// ---- Collecting it -----------------------------------------------------------------------------

static void free_frames(struct exec *exec)
{
    if (exec->path != NULL) {
        frames_free(exec->path, 0);
    }
    frames_free(exec, 0);
}

struct exec *exec_new(void)
{
    struct exec *exec = frames_alloc_or_reclaim(0);

    if (exec == NULL) {
        return NULL;
    }
    exec->program.file = NULL;
    exec->program.vmo = NULL;
    exec->as = NULL;
    exec->path = frames_alloc_or_reclaim(0);
    if (exec->path == NULL || exec_args_init(&exec->args) != 0) {
        free_frames(exec);
        return NULL;
    }
    return exec;
}

void exec_free(struct exec *exec)
{
    if (exec->as != NULL) {
        aspace_put(exec->as);
    }
    program_close(&exec->program);
    exec_args_free(&exec->args);
    free_frames(exec);
}
