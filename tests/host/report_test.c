// SPDX-License-Identifier: MIT
// tests/host/report_test.c - tools/model/report.h: the JSON of a region, to the last character.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "kernel/base/compiler.h"
#include "tests/host/shim/expect_panic.h"
#include "tools/model/report.h"

#define RAM  0x80000000UL
#define DATA (RAM + 0x2000)

enum { RAM_BYTES = 0x10000, TEXT_BYTES = 1 << 17 };

static unsigned char ram[RAM_BYTES];
static char path[32];
static char text[TEXT_BYTES];

static void read_ram(uint64_t pa, void *to, size_t bytes)
{
    assert_in_range(pa - RAM, 0, RAM_BYTES - bytes);
    memcpy(to, &ram[pa - RAM], bytes);
}

static const struct report_memory memory = {
    .read = read_ram,
    .ram_base = RAM,
    .data_base = DATA,
    .data_bytes = 0x2010,
};

static int set_up(void **state)
{
    int file = mkstemp(strcpy(path, "/tmp/report-XXXXXX"));

    *state = hot_new();
    return file < 0 || close(file) != 0 || *state == NULL;
}

static int tear_down(void **state)
{
    hot_free(*state);
    return unlink(path);
}

static void note(struct hot *hot, uint64_t pa, unsigned hart, enum access access, enum miss miss)
{
    hot_note(hot, &(struct coherence_event){.pa = pa,
                                            .pc = 7,
                                            .hart = hart,
                                            .access = access,
                                            .miss = miss,
                                            .stall_cycles = 80,
                                            .queued_cycles = 20});
}

// Write one region with one hart into a new file. Returns: what the file holds then.
static const char *written(struct hot *hot, const struct report_memory *with)
{
    const struct report_hart begin = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}};
    const struct report_hart end = {{1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21}};
    struct report *report = report_open(path, with);

    assert_non_null(report);
    assert_int_equal(
        report_region(report,
                      &(struct report_region){
                          .number = 3, .harts = 1, .begin = &begin, .end = &end, .hot = hot}),
        0);
    assert_int_equal(report_close(report), 0);
    FILE *file = fopen(path, "r");

    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    return text;
}

#define HARTS                                                                                      \
    "{\"region\": 3, \"harts\": [{\"cycles\": 0, \"instructions\": 1, \"hits\": 2, "               \
    "\"misses\": 3, \"transfers\": 4, \"upgrades\": 5, \"stall_cycles\": 6, "                      \
    "\"queued_cycles\": 7, \"tlb_flushes\": 8, \"satp_changes\": 9, \"sum_changes\": 10}]"

static void test_counters_only(void **state)
{
    (void)state;
    assert_string_equal(written(NULL, NULL), HARTS "}\n");
}

static void test_line_without_memory(void **state)
{
    note(*state, RAM + 64, 0, ACCESS_LOAD, MISS_MEMORY);
    note(*state, RAM + 72, 0, ACCESS_ATOMIC, MISS_UPGRADE);
    note(*state, RAM + 72, 2, ACCESS_STORE, MISS_TRANSFER);
    note(*state, RAM + 72, 2, ACCESS_STORE, MISS_TRANSFER);
    assert_string_equal(
        written(*state, NULL),
        HARTS ", \"discarded\": {\"misses\": 0, \"stall_cycles\": 0}, \"lines\": [{"
              "\"pa\": 2147483712, \"misses\": 4, \"transfers\": 2, \"upgrades\": 1, "
              "\"stores\": 3, \"stall_cycles\": 320, \"queued_cycles\": 80, \"sites\": ["
              "{\"offset\": 0, \"pc\": 7, \"harts\": {\"0\": 1}, \"misses\": 1, \"transfers\": 0, "
              "\"upgrades\": 0, \"stores\": 0, \"stall_cycles\": 80, \"queued_cycles\": 20}, "
              "{\"offset\": 8, \"pc\": 7, \"harts\": {\"0\": 1, \"2\": 2}, \"misses\": 3, "
              "\"transfers\": 2, \"upgrades\": 1, \"stores\": 3, \"stall_cycles\": 240, "
              "\"queued_cycles\": 60}]}]}\n");
}

// The page and the heads of the four blocks around a line; the word in question is in each head.
static void test_memory_around_a_line(void **state)
{
    const uint64_t line = RAM + 0xf040;
    const char *found;

    memset(ram, 0, sizeof(ram));
    ram[0xf000] = 0xa1;
    ram[0xffff] = 0xa2;
    ram[0xe000] = 0xb1;
    ram[0xc000] = 0xc1;
    ram[0x8000] = 0xd1;
    note(*state, line, 0, ACCESS_LOAD, MISS_LLC);
    found = written(*state, &memory);
    const char *page = strstr(found, "\"page\": \"a1");

    assert_non_null(page);
    page += strlen("\"page\": \"");
    assert_int_equal(strcspn(page, "\""), 2 * 4096);
    assert_memory_equal(page + 2 * 4095, "a2\", \"heads\": [\"a1", 18);
    assert_non_null(strstr(page, "00\", \"b1"));
    assert_non_null(strstr(page, "00\", \"c1"));
    assert_non_null(strstr(page, "00\", \"d1"));
}

// The image's data, all of it and no more, comes with the first line outside of it, once.
static void test_data_comes_with_a_line_outside_of_it(void **state)
{
    memset(ram, 0, sizeof(ram));
    ram[DATA - 1 - RAM] = ram[DATA + memory.data_bytes - RAM] = 0xee;
    ram[DATA - RAM] = 0xd1;
    ram[DATA + memory.data_bytes - 1 - RAM] = 0xd2;
    note(*state, DATA + 0x2000, 0, ACCESS_LOAD, MISS_LLC);
    const char *found = written(*state, &memory);

    assert_null(strstr(found, "\"page\""));
    assert_null(strstr(found, "\"data\""));
    hot_clear(*state);
    note(*state, DATA - 1, 0, ACCESS_LOAD, MISS_LLC);
    note(*state, DATA + 0x2040, 0, ACCESS_LOAD, MISS_LLC);
    found = strstr(written(*state, &memory), "}], \"data\": \"d1");
    assert_non_null(found);
    found += strlen("}], \"data\": \"");
    assert_int_equal(strlen(found), 2 * memory.data_bytes + strlen("\"}\n"));
    assert_string_equal(found + 2 * memory.data_bytes - 2, "d2\"}\n");
}

static void test_file_that_cannot_be_written(void **state)
{
    const struct report_hart hart = {};
    struct report_region region = {.number = 1, .harts = 1, .begin = &hart, .end = &hart};

    (void)state;
    assert_null(report_open("/nowhere/report", NULL));
    assert_int_equal(report_close(NULL), 0);
    struct report *full = report_open("/dev/full", NULL);

    assert_non_null(full);
    assert_int_equal(report_region(full, &region), -1);
    (void)report_close(full);
}

#define REPORT_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        REPORT_TEST(test_counters_only),
        REPORT_TEST(test_line_without_memory),
        REPORT_TEST(test_memory_around_a_line),
        REPORT_TEST(test_data_comes_with_a_line_outside_of_it),
        REPORT_TEST(test_file_that_cannot_be_written),
    };

    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
