// SPDX-License-Identifier: MIT
// kernel/command.h - commands at the prompt: a file defines one and registers it here.
#pragma once

#include "kernel/base/compiler.h"

struct command {
    const char *name;  // one word, or two: "bench locks"
    const char *usage; // the arguments
    const char *help;  // one line
    // argv[0] is the command's last word. Returns: 0; > 0 it failed and said why; -EINVAL: bad
    // arguments, the usage line is printed; another -errno, which is printed.
    int (*run)(int argc, char **argv);
};

// Register the command `entry`, an identifier of the file's own.
#define COMMAND(entry, command_name, arguments, text, function)                                    \
    static const struct command entry##_command = {                                                \
        .name = (command_name), .usage = (arguments), .help = (text), .run = (function)};          \
    USED SECTION("commands") static const struct command *const entry##_registered =               \
        &entry##_command

// The `i`th command there is, NULL past the last.
const struct command *command_at(unsigned i);

// Does the line begin as a command does?
bool command_is_known(const char *line);

// Run one line. Returns: its status, 0 if it succeeded; 127 if there is no such command.
int command_run(char *line);

// What the first thread runs: the command of the bootargs, or the prompt. Returns the machine's
// exit status.
int shell_main(void *unused);
