// SPDX-License-Identifier: MIT
// kernel/proc/proc_files.h - answering what files ask about processes.
#pragma once

// From now on. Context: boot, before the first process.
void proc_files_init(void);
