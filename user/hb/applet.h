// SPDX-License-Identifier: MIT
// user/hb/applet.h - the programs that share one executable, each in a file of its own.
#pragma once

#define APPLET(name, usage) int name##_main(int argc, char **argv);
#include "user/hb/applets.def"
#undef APPLET

// Run the program argv[0] in this process, if it is one of them, with messages in its name.
// Returns: its exit status; -1 if it is not one of them.
int applet_run(int argc, char **argv);
