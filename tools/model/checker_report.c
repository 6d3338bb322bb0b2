// SPDX-License-Identifier: MIT
// tools/model/checker_report.c - what is written of an access by an old translation.
#include "tools/model/checker_report.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const use_names[USES] = {"load", "store", "fetch"};

static void write_change(FILE *file, const struct translations_change *change)
{
    if (!change->known) {
        (void)fprintf(file, "null");
        return;
    }
    (void)fprintf(file, "{\"hart\": %u, \"pc\": %" PRIu64 ", \"thread\": %" PRIu64 "}",
                  change->hart, change->pc, change->thread);
}

bool checker_report(const char *path, const struct translations_error *error, uint64_t cycle)
{
    const struct translations_use *use = &error->use;
    FILE *file = fopen(path, "w");

    if (file == NULL) {
        return false;
    }
    (void)fprintf(file,
                  "{\"cycle\": %" PRIu64 ", \"hart\": %u, \"use\": \"%s\", \"user\": %s, "
                  "\"pc\": %" PRIu64 ", \"va\": %" PRIu64 ", \"thread\": %" PRIu64 ", "
                  "\"asid\": %" PRIu64 ", \"global\": %s, \"reused\": %s, \"level\": %d, "
                  "\"old\": %" PRIu64 ", \"now\": %" PRIu64 ", \"changed\": ",
                  cycle, use->hart, use_names[use->use], use->user ? "true" : "false", use->pc,
                  use->va, error->thread, sv39_asid(error->satp), error->global ? "true" : "false",
                  error->reused ? "true" : "false", error->level, error->old, error->now);
    write_change(file, &error->change);
    (void)fprintf(file, "}\n");
    return fclose(file) == 0;
}
