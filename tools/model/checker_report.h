// SPDX-License-Identifier: MIT
// tools/model/checker_report.h - what is written of an access by an old translation.
//
// One JSON object. Addresses are numbers; `changed` is null if it is not known who changed the
// entry.
#pragma once

#include "tools/model/translations.h"

// Write it at `cycle` of the hart to a new file. Returns: false with errno.
bool checker_report(const char *path, const struct translations_error *error, uint64_t cycle);
