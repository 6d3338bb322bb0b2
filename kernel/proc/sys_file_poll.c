// SPDX-License-Identifier: MIT
// kernel/proc/sys_file_poll.c - waiting for files: ppoll(), pselect6().
#include "kernel/abi/errno.h"
#include "kernel/abi/poll.h"
#include "kernel/base/bits.h"
#include "kernel/base/string.h"
#include "kernel/fs/poll.h"
#include "kernel/proc/poll_mask.h"
#include "kernel/proc/sys.h"
#include "kernel/proc/sys_file.h"
#include "kernel/timer.h"
#include "mm/frame.h"
#include "mm/memory.h"
#include "mm/user/copy.h"

enum { NS_PER_SECOND = 1000000000, ITEMS_INLINE = 8, WORD_BITS = 64 };

// ---- Time --------------------------------------------------------------------------------------

struct user_time {
    int64_t s;
    int64_t ns;
};

// When a wait with the timeout at `at` (0: none) is over; 0 if it is not to wait at all.
// Returns: 0; -EFAULT; -EINVAL.
static int read_deadline(uint64_t at, uint64_t *deadline)
{
    struct user_time t;

    *deadline = TIME_NEVER;
    if (at == 0) {
        return 0;
    }
    if (copy_from_user(&t, at, sizeof(t)) != 0) {
        return -EFAULT;
    }
    if (t.s < 0 || t.ns < 0 || t.ns >= NS_PER_SECOND) {
        return -EINVAL;
    }
    if (t.s == 0 && t.ns == 0) {
        *deadline = 0;
    } else if (t.s < INT64_MAX / NS_PER_SECOND) {
        *deadline = deadline_after_ns((uint64_t)t.s * NS_PER_SECOND + (uint64_t)t.ns);
    }
    return 0;
}

// Say how much of the timeout is left, as Linux does; it does not matter if that cannot be said.
static void write_rest(uint64_t at, uint64_t deadline)
{
    if (at == 0 || deadline == TIME_NEVER) {
        return;
    }
    uint64_t now = time_now_ticks();
    uint64_t left_ns = deadline > now ? ticks_to_ns(deadline - now) : 0;
    struct user_time left = {(int64_t)(left_ns / NS_PER_SECOND),
                             (int64_t)(left_ns % NS_PER_SECOND)};

    (void)!copy_to_user(at, &left, sizeof(left));
}

// ---- Items -------------------------------------------------------------------------------------

static unsigned order_for(size_t bytes)
{
    size_t pages = (bytes + PAGE_SIZE - 1) >> PAGE_SHIFT;

    return pages <= 1 ? 0 : bit_highest(pages - 1) + 1;
}

struct items {
    struct poll_item *at;
    size_t nr;
    unsigned order;
    struct poll_item few[ITEMS_INLINE];
};

static int items_begin(struct items *items, size_t nr)
{
    items->nr = nr;
    items->at = items->few;
    if (nr > ITEMS_INLINE) {
        items->order = order_for(nr * sizeof(*items->at));
        items->at = frames_alloc_or_reclaim(items->order);
    }
    if (items->at == NULL) {
        return -ENOMEM;
    }
    memset(items->at, 0, nr * sizeof(*items->at));
    return 0;
}

static void items_end(struct items *items)
{
    for (size_t i = 0; i < items->nr; i++) {
        if (items->at[i].file != NULL) {
            file_put(items->at[i].file);
        }
    }
    if (items->at != items->few) {
        frames_free(items->at, items->order);
    }
}

// A wait that a signal has ended starts again unless a handler has run.
static long wait_for(struct items *items, uint64_t deadline)
{
    int result = poll_wait(items->at, items->nr, deadline);

    return result == -EINTR ? -ERESTARTNOHAND : result;
}

// ---- ppoll() -----------------------------------------------------------------------------------

static int read_pollfds(struct items *items, uint64_t at)
{
    for (size_t i = 0; i < items->nr; i++) {
        struct poll_item *item = &items->at[i];
        struct kpollfd fd;

        if (copy_from_user(&fd, at + i * sizeof(fd), sizeof(fd)) != 0) {
            return -EFAULT;
        }
        if (fd.fd < 0) {
            continue;
        }
        item->events = (uint16_t)fd.events;
        item->file = user_file((uint64_t)fd.fd);
        item->found = item->file == NULL ? POLLNVAL : 0;
    }
    return 0;
}

static int write_results(const struct items *items, uint64_t at)
{
    for (size_t i = 0; i < items->nr; i++) {
        uint16_t found = (uint16_t)items->at[i].found;
        uint64_t place = at + i * sizeof(struct kpollfd) + offsetof(struct kpollfd, revents);

        if (copy_to_user(place, &found, sizeof(found)) != 0) {
            return -EFAULT;
        }
    }
    return 0;
}

static long poll_fds(uint64_t at, size_t nr, uint64_t deadline)
{
    struct items items;
    long result = items_begin(&items, nr);

    if (result != 0) {
        return result;
    }
    result = read_pollfds(&items, at);
    if (result == 0) {
        result = wait_for(&items, deadline);
    }
    if (result >= 0 && write_results(&items, at) != 0) {
        result = -EFAULT;
    }
    items_end(&items);
    return result;
}

long sys_ppoll(uint64_t fds, uint64_t nr, uint64_t timeout, uint64_t mask, uint64_t mask_bytes)
{
    uint64_t deadline;

    if (nr > (uint64_t)user_fd_limit()) {
        return -EINVAL;
    }
    int err = read_deadline(timeout, &deadline);

    if (err == 0) {
        err = poll_mask_set(mask, mask_bytes);
    }
    if (err != 0) {
        return err;
    }
    long result = poll_fds(fds, nr, deadline);

    poll_mask_restore(mask, result);
    write_rest(timeout, deadline);
    return result;
}

// ---- pselect6() --------------------------------------------------------------------------------

enum set { READABLE, WRITABLE, EXCEPTIONAL, SETS };

static const unsigned events_of[SETS] = {
    [READABLE] = POLLIN | POLLRDNORM | POLLRDBAND | POLLHUP | POLLERR,
    [WRITABLE] = POLLOUT | POLLWRNORM | POLLWRBAND | POLLERR,
    [EXCEPTIONAL] = POLLPRI,
};

// The three sets of descriptors, one bit each.
struct sets {
    uint64_t at[SETS]; // in the program; 0: none
    size_t nr;         // of descriptors
    uint64_t *bits[SETS];
};

static size_t set_bytes(const struct sets *sets)
{
    return (sets->nr + WORD_BITS - 1) / WORD_BITS * sizeof(uint64_t);
}

static int read_sets(struct sets *sets)
{
    for (unsigned i = 0; i < SETS; i++) {
        memset(sets->bits[i], 0, set_bytes(sets));
        if (sets->at[i] != 0 && copy_from_user(sets->bits[i], sets->at[i], set_bytes(sets)) != 0) {
            return -EFAULT;
        }
    }
    return 0;
}

static int write_sets(const struct sets *sets)
{
    for (unsigned i = 0; i < SETS; i++) {
        if (sets->at[i] != 0 && copy_to_user(sets->at[i], sets->bits[i], set_bytes(sets)) != 0) {
            return -EFAULT;
        }
    }
    return 0;
}

static bool is_in(const struct sets *sets, unsigned set, size_t fd)
{
    return (sets->bits[set][fd / WORD_BITS] & bit(fd % WORD_BITS)) != 0;
}

// What the sets ask of descriptor `fd`.
static unsigned asked_of(const struct sets *sets, size_t fd)
{
    unsigned events = 0;

    for (unsigned i = 0; i < SETS; i++) {
        events |= is_in(sets, i, fd) ? events_of[i] : 0;
    }
    return events;
}

static int sets_to_items(const struct sets *sets, struct items *items)
{
    for (size_t fd = 0; fd < sets->nr; fd++) {
        struct poll_item *item = &items->at[fd];

        item->events = asked_of(sets, fd);
        item->file = item->events != 0 ? user_file(fd) : NULL;
        if (item->events != 0 && item->file == NULL) {
            return -EBADF;
        }
    }
    return 0;
}

// What stays of descriptor `fd`, of which `found` holds. Returns: in how many sets.
static long keep_in_sets(struct sets *sets, size_t fd, unsigned found)
{
    long n = 0;

    for (unsigned i = 0; i < SETS; i++) {
        if ((found & events_of[i]) == 0) {
            sets->bits[i][fd / WORD_BITS] &= ~bit(fd % WORD_BITS);
        }
        n += is_in(sets, i, fd);
    }
    return n;
}

// What stays in the sets. Returns: how many bits.
static long items_to_sets(const struct items *items, struct sets *sets)
{
    long n = 0;

    for (size_t fd = 0; fd < sets->nr; fd++) {
        n += keep_in_sets(sets, fd, items->at[fd].found);
    }
    return n;
}

// poll_wait() looks at all that a file may have; only what a set asks for ends the wait.
static long select_sets(struct sets *sets, uint64_t deadline)
{
    struct items items;
    long result = items_begin(&items, sets->nr);

    if (result != 0) {
        return result;
    }
    result = sets_to_items(sets, &items);
    if (result == 0) {
        result = wait_for(&items, deadline);
    }
    if (result >= 0) {
        result = items_to_sets(&items, sets);
    }
    items_end(&items);
    return result;
}

static long select_bits(struct sets *sets, uint64_t deadline)
{
    long result = read_sets(sets);

    if (result == 0) {
        result = select_sets(sets, deadline);
    }
    return result >= 0 && write_sets(sets) != 0 ? -EFAULT : result;
}

// With room for all three sets.
static long select_in_frames(struct sets *sets, uint64_t deadline)
{
    unsigned order = order_for(SETS * set_bytes(sets));
    char *block = frames_alloc_or_reclaim(order);

    if (block == NULL) {
        return -ENOMEM;
    }
    for (unsigned i = 0; i < SETS; i++) {
        sets->bits[i] = (uint64_t *)(void *)(block + i * set_bytes(sets));
    }
    long result = select_bits(sets, deadline);

    frames_free(block, order);
    return result;
}

// The mask comes as a pointer to a pointer and a size, since a call has six arguments.
static int set_mask(uint64_t at, uint64_t *mask)
{
    uint64_t pair[2] = {0, 0};

    if (at != 0 && copy_from_user(pair, at, sizeof(pair)) != 0) {
        return -EFAULT;
    }
    *mask = pair[0];
    return poll_mask_set(pair[0], pair[1]);
}

// NOLINTNEXTLINE(readability-function-size): as many parameters as the call has
long sys_pselect6(uint64_t nr, uint64_t readable, uint64_t writable, uint64_t exceptional,
                  uint64_t timeout, uint64_t mask_at)
{
    struct sets sets = {.at = {readable, writable, exceptional},
                        .nr = min_u64((unsigned)nr, fd_capacity(current_process()->files))};
    uint64_t deadline;
    uint64_t mask;

    if ((int)nr < 0) {
        return -EINVAL;
    }
    int err = read_deadline(timeout, &deadline);

    if (err == 0) {
        err = set_mask(mask_at, &mask);
    }
    if (err != 0) {
        return err;
    }
    long result = select_in_frames(&sets, deadline);

    poll_mask_restore(mask, result);
    write_rest(timeout, deadline);
    return result;
}
