// SPDX-License-Identifier: MIT
// user/sh/jobs.h - child processes.
#pragma once

#include <sys/types.h>

// This shell is somebody's only way in: what it starts may have the last of memory.
void jobs_prefer(void);

// What this process starts in the background leaves the last of memory and of processes to others.
void jobs_be_modest(void);

// Fork a subshell, whose signals are as a program expects them. Returns: as fork(2), with a message
// if it fails.
pid_t jobs_fork(void);

// Leave a subshell.
_Noreturn void jobs_exit(int status);

// Wait for a child in the foreground. Returns: its exit status; of a signal, which is reported,
// 128 and its number.
int jobs_wait_for(pid_t pid);

// Remember a child that runs in the background.
void jobs_add(pid_t pid);

// Print those that have ended, and forget those that were waited for; before a prompt.
void jobs_report(void);

int jobs_builtin(int argc, char **argv);
int wait_builtin(int argc, char **argv);
