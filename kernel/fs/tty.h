// SPDX-License-Identifier: MIT
// kernel/fs/tty.h - a terminal: editing of lines, echo, and signals by key.
//
// Input comes byte by byte through tty_input(), from a thread of the kernel's that reads the
// console, so that Ctrl-C works whether or not anybody reads.
// Locks:  tty.lock, a mutex; write_lock, the same, keeps what one write() prints together.
#pragma once

#include "kernel/abi/ioctl.h"
#include "kernel/base/annot.h"
#include "kernel/base/types.h"
#include "kernel/fs/poll.h"
#include "sync/block/condvar.h"
#include "sync/block/mutex.h"

struct file;
struct uio;

enum { TTY_INPUT_MAX = 4096 }; // bytes that have not been read

struct tty {
    void (*output)(const char *text, size_t bytes); // constant
    struct mutex write_lock;
    struct mutex lock;
    // guarded by: lock.
    struct condvar readable;
    struct condvar writable; // for who brings what has been typed
    struct ktermios termios;
    struct kwinsize size;
    int foreground; // process group that keys signal, 0: none
    int session;
    bool literal;    // the next byte is no key
    unsigned column; // of the cursor, in what has been echoed of the line
    unsigned read;   // [read, ready) can be read, [ready, filled) is a line being edited
    unsigned ready;
    unsigned filled;
    uint16_t input[TTY_INPUT_MAX]; // a ring: bytes, or TTY_END
    struct poll_list pollers;
};

// In input[]: the end of the file has been typed.
enum { TTY_END = 0x100 };

// As Linux sets a new terminal up: canonical, echoing, with signals.
void tty_init(struct tty *tty, void (*output)(const char *text, size_t bytes));

// Wait until there is room for what is typed, unless it is one line, which nobody could read yet.
// Context: thread. Returns: 0; -EINTR if killed.
NODISCARD int tty_await_room(struct tty *tty);

// A byte has been typed; what finds no room is lost. Context: thread.
void tty_input(struct tty *tty, uint8_t byte);

// Returns: bytes moved; 0 at the end of the file; -EAGAIN; -ERESTARTSYS; -EFAULT.
NODISCARD long tty_read(struct tty *tty, struct uio *uio, bool nonblock);
NODISCARD long tty_write(struct tty *tty, struct uio *uio);

// The settings. `flush`: what has not been read is dropped.
void tty_set_termios(struct tty *tty, const struct ktermios *termios, bool flush);

// How many bytes a read() could get now.
unsigned tty_available(struct tty *tty);

// Returns: the foreground process group of the console, if it belongs to that session; -1: it does
// not. Racy, as the answer's use.
int tty_foreground_of(int session);

// `file` is of the console from now on; the first one starts the thread that reads it.
// Returns: 0; -errno of thread_spawn().
NODISCARD int tty_open_console(struct file *file);
