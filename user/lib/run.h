// SPDX-License-Identifier: MIT
// user/lib/run.h - run another program, or a part of this one.
#pragma once

#include <sys/types.h>

// Become the program argv[0], found along PATH. Returns only if that fails: 127 if there is no
// such program, 126 if it cannot be executed; the message has been printed.
int run_instead(char **argv);

// The exit status that a status of wait(2) stands for: of a signal, 128 and its number.
int run_status(int status);

// fork(), with nothing printed twice: what standard output keeps is written first. Returns: 0 in
// the child, else its id; if there can be none, it ends this program with a message.
pid_t fork_or_die(void);

// Wait for a child, whatever signals come. Returns: its status as of wait(2); if there is no such
// child, it ends this program with a message.
int wait_or_die(pid_t child);
