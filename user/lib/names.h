// SPDX-License-Identifier: MIT
// user/lib/names.h - names of signals and of scheduling policies.
#pragma once

// The number of a signal from `9`, `KILL` or `SIGKILL`. Returns: -1 if it is none.
int signal_number(const char *text);

// The name of a signal without SIG. Returns: NULL if it has none.
const char *signal_name(int number);

// What ps shows of a scheduling policy: TS, FF, RR, B, IDL or ?.
const char *policy_class(int policy);

// The name of a scheduling policy: SCHED_OTHER and so on, or SCHED_?.
const char *policy_name(int policy);
