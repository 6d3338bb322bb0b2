// SPDX-License-Identifier: MIT
// tools/model/payload/main.c - a guest without a kernel that shows what a QEMU makes of time.
//
// It runs from reset in machine mode (-bios none), contends for a lock, makes its checks, prints
// one JSON object and ends the machine. The launcher's self-check compares two such runs.
#include "tools/model/payload/checks.h"
#include "tools/model/payload/contention.h"
#include "tools/model/payload/parameters.h"
#include "tools/model/payload/record.h"
#include "tools/model/payload/virt.h"

// Where start.S goes.
void payload_main(uint64_t me);

void payload_main(uint64_t me)
{
    const struct parameters *p = parameters();

    if (me >= p->harts) {
        return;
    }
    contention_run(me);
    if (me != 0) {
        if (p->checks) {
            checks_answer(me);
        }
        return;
    }
    contention_record();
    if (p->checks) {
        checks_run();
    }
    record_end();
    virt_finish();
}
