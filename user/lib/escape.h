// SPDX-License-Identifier: MIT
// user/lib/escape.h - backslash escapes, as echo -e and printf know them.
#pragma once

// Print the character that `*text` begins with, which may be an escape. After \c there is none.
// Returns: what follows it, NULL after \c.
const char *escape_print(const char *text);
