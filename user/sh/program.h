// SPDX-License-Identifier: MIT
// user/sh/program.h - programs: where they are, and how they are executed.
#pragma once

// The file of a program: along PATH, unless there is a slash in its name. Returns: NULL if there is
// none; else a text in the arena.
const char *program_find(const char *name);

// Execute it in this process, with the environment that the variables make. Returns only if that
// fails, with the status that this is: the message has been printed.
int program_execute(const char *path, char **argv);
