// SPDX-License-Identifier: MIT
// kernel/fs/proc_usage.h - how much of everything is in use.
#pragma once

#include "kernel/fs/procfs.h"

// The text of /proc/hartbeat/usage; see struct proc_node.
void show_usage(struct sink *sink, uint64_t id, int status);
