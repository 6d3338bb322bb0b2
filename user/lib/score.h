// SPDX-License-Identifier: MIT
// user/lib/score.h - who is the last to run out of memory.
#pragma once

#include <stdbool.h>

// Set the calling process's /proc/self/oom_score_adj, which its children inherit, to a number from
// -1000 to 1000: below 0 it may have the last memory. Returns: whether that was allowed.
bool score_set(const char *number);
