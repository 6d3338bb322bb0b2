// SPDX-License-Identifier: MIT
// kernel/fs/pipe.h - pipes: a ring of bytes, in pages that come and go with them.
//
// Guarantee:  a write of up to PIPE_BUF bytes is not torn, nor mixed with others.
// Locks:      pipe.lock, a mutex, held while bytes are copied from or to a program, so that it
//             comes before an address space's. Nobody is woken with it held but by those who are
//             about to release it for a wait.
// Cost:       an empty pipe starts over at the front of its page, so that what is written and read
//             a page at a time is copied at once, aligned.
#pragma once

#include <stdatomic.h>

#include "kernel/base/annot.h"
#include "kernel/base/types.h"
#include "kernel/fs/poll.h"
#include "mm/user/copy.h"
#include "sync/block/condvar.h"
#include "sync/block/mutex.h"

struct file;
struct uio;

enum { PIPE_PAGES = 16, PIPE_PAGES_MAX = 256 }; // 64 KiB to begin with, up to 1 MiB

// How many threads wait for bytes, or for room. At least `told` of them are awake again, and will
// look when they get the lock, so that no more than `untold` sleep: nobody need be told if that is
// 0. Whoever comes back is taken for one of those who were told, even if it was a signal.
struct pipe_waiters {
    unsigned untold;
    unsigned told;
};

struct pipe {
    struct mutex lock;
    // guarded by: lock.
    uint64_t head;     // bytes taken out since the pipe was empty
    uint64_t tail;     // bytes put in
    void **pages;      // [nr_pages], a ring; NULL where there are no bytes
    uint64_t nr_pages; // a power of two
    unsigned readers;  // open files that read, and that write
    unsigned writers;
    struct pipe_waiters reading; // at can_read
    struct pipe_waiters writing; // at can_write
    uint64_t reader_opens;       // since it was made
    uint64_t writer_opens;
    void *spare; // a page kept for the next bytes, or NULL

    struct condvar can_read;
    struct condvar can_write;
    struct poll_list pollers;
    atomic_uint refs;
    uint64_t number; // st_ino
    void *own_pages[PIPE_PAGES];
};

// Returns: an empty pipe that nobody has open, one reference; NULL if memory is short.
NODISCARD struct pipe *pipe_new(void);
struct pipe *pipe_get(struct pipe *pipe);
void pipe_put(struct pipe *pipe);

// One end is open from now on, or not any more. `access`: enum file_access bits.
void pipe_open_ends(struct pipe *pipe, unsigned access);
void pipe_close_ends(struct pipe *pipe, unsigned access);

// The same, but what is in it stays to be read: as sockets are closed. Whoever reads an empty pipe
// then gets 0, and whoever has to wait for room -EPIPE, if it is their own end that is closed, too.
void pipe_shut_ends(struct pipe *pipe, unsigned access);

// Returns: bytes moved; 0 at the end; -EAGAIN if it would wait and `nonblock`; -EPIPE; -EFAULT;
// -ERESTARTSYS; -ENOMEM. Context: thread, no lock held.
NODISCARD long pipe_read(struct pipe *pipe, struct uio *uio, bool nonblock);
NODISCARD long pipe_write(struct pipe *pipe, struct uio *uio, bool nonblock);

// The same of 1 to COPY_AT_ONCE_MAX bytes, where they are in one page on either side; the read is
// through `file`, and the write without waiting. Returns: bytes moved, or -errno as above; 0: it
// was not done, and is to be done the other way. Context: as above, interrupts on.
NODISCARD long pipe_read_short(struct pipe *pipe, uva_t to, size_t bytes, const struct file *file);
NODISCARD size_t pipe_write_at_once(struct pipe *pipe, uva_t from, size_t bytes);

// POLL* of the reading end: POLLHUP if a writer has come since `opens` and gone; of the writing
// end.
unsigned pipe_poll_read(struct pipe *pipe, struct poll_table *table, uint64_t opens);
unsigned pipe_poll_write(struct pipe *pipe, struct poll_table *table);

// How many bytes are in it.
uint64_t pipe_used(struct pipe *pipe);

// Two new files, the ends of a new pipe. `flags`: O_NONBLOCK. Returns: 0; -ENOMEM.
NODISCARD int pipe_make(struct file *ends[2], unsigned flags);

// What `file` is an end of, NULL if it is none. The file holds it.
struct pipe *pipe_of(struct file *file);

// Returns: the capacity in bytes; of pipe_set_capacity(): or -EBUSY if it holds more; -EPERM if
// that is too much; -ENOMEM.
long pipe_capacity(struct pipe *pipe);
NODISCARD long pipe_set_capacity(struct pipe *pipe, uint64_t bytes);

extern const struct file_ops pipe_ops; // of either end, or of both: private_data is the pipe
