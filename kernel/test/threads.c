// SPDX-License-Identifier: MIT
// kernel/test/threads.c - `threads N`: the first thing a scheduler should be able to do.
#include "kernel/abi/errno.h"
#include "kernel/base/options.h"
#include "kernel/command.h"
#include "kernel/console.h"
#include "kernel/pool.h"
#include "kernel/thread.h"
#include "mm/frame.h"
#include "mm/memory.h"

static int hello(void *index)
{
    printk("hello from kernel thread %lu\n", (unsigned long)index);
    return 0;
}

// Where the tids are kept between spawn and join.
enum { TIDS_PER_FRAME = PAGE_SIZE / sizeof(tid_t), FRAMES_MAX = POOL_SLOTS / TIDS_PER_FRAME };

static tid_t *frames[FRAMES_MAX]; // one command runs at a time

static tid_t *tid_at(uint64_t i)
{
    return &frames[i / TIDS_PER_FRAME][i % TIDS_PER_FRAME];
}

// Spawn thread `i` and remember its tid. Returns: 0 or -errno.
static int spawn_hello(uint64_t i)
{
    if (i % TIDS_PER_FRAME == 0) {
        frames[i / TIDS_PER_FRAME] = frames_alloc_or_reclaim(0);
    }
    if (frames[i / TIDS_PER_FRAME] == NULL) {
        return -ENOMEM;
    }
    int tid = thread_spawn(&(struct thread_attr){.name = "hello"}, hello, (void *)i);
    *tid_at(i) = tid;
    return tid < 0 ? tid : 0;
}

static void free_tids(void)
{
    for (unsigned i = 0; i < FRAMES_MAX && frames[i] != NULL; i++) {
        frames_free(frames[i], 0);
        frames[i] = NULL;
    }
}

static int threads_run(int argc, char **argv)
{
    unsigned before = thread_count();
    uint64_t spawned = 0;
    uint64_t count;
    int err = 0;

    if (argc != 2 || parse_u64(argv[1], &count) != 0 || count == 0 || count >= POOL_SLOTS) {
        return -EINVAL;
    }
    while (spawned < count && (err = spawn_hello(spawned)) == 0) {
        spawned++;
    }
    for (uint64_t i = 0; i < spawned; i++) {
        int joined = thread_join(*tid_at(i), NULL);
        err = err != 0 ? err : joined;
    }
    free_tids();
    if (err != 0) {
        printk("threads: %lu of %lu were started: error %d\n", spawned, count, -err);
        return 1;
    }
    return thread_count() == before ? 0 : 1;
}
COMMAND(threads, "threads", "N", "start N (1..131071) threads that each say hello; join them all",
        threads_run);
