// SPDX-License-Identifier: MIT
// user/lib/option.h - one-letter options, by getopt.
#pragma once

// Have -5 mean -n5 among the options, as head and tail of old have it.
void option_numbers(int argc, char **argv);

// The next option of the command line, as getopt(3) has it in `optarg` and `optind`. Options end
// at the first other word: `nice ls -l` gives -l to ls. What is not in `letters` is reported, and
// the program ends with status 2.
// Returns: the letter, or -1.
int option_next(int argc, char **argv, const char *letters);
