// SPDX-License-Identifier: MIT
// user/lib/run.h - run another program.
#pragma once

// Become the program argv[0], found along PATH. Returns only if that fails: 127 if there is no
// such program, 126 if it cannot be executed; the message has been printed.
int run_instead(char **argv);

// The exit status that a status of wait(2) stands for: of a signal, 128 and its number.
int run_status(int status);
