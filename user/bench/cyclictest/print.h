// SPDX-License-Identifier: MIT
// user/bench/cyclictest/print.h - the lines that cyclictest prints.
#pragma once

#include "user/bench/cyclictest/measure.h"

// `policy: fifo: loadavg: ...`
void cyclic_print_head(const char *policy);

// The line of one thread.
void cyclic_print_thread(const struct cyclic_thread *thread);

// What -h asks for; all threads have ended.
void cyclic_print_histogram(struct cyclic_thread *const *threads, int count);
