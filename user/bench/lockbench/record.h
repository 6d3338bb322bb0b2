// SPDX-License-Identifier: MIT
// user/bench/lockbench/record.h - what lockbench prints of a sample.
#pragma once

#include "user/bench/lockbench/sample.h"

void record_head(void);

// A row of the table, and a line RESULT with a JSON object for each metric.
void record_sample(const struct sample *sample);
